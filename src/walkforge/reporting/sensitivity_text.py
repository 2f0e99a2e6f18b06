"""Sentences on sensitivity: what is seen of costs, of the delay of execution and of capital."""

import math
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import polars as pl

from walkforge.evaluation.sensitivity_grid import GridAxis
from walkforge.reporting.amounts import bps, money
from walkforge.reporting.records import EQUAL_WEIGHT, SEED_MEAN
from walkforge.reporting.sensitivity_tables import edge_text
from walkforge.reporting.tables import UNDEFINED

_NOTHING = "earns nothing any more at"
_NO_POINT = "has no break-even"


def cost_sentence(findings: Mapping[str, Any]) -> str:
    """What each agent's break-even cost is, and how the closed form compares."""
    scale = _Scale((0.0, findings["most_cost_bps"]), bps, " bps")
    traded = [
        found["break_even"]
        for found in findings["strategies"]
        if found["kind"] == "baseline" and found["break_even"]["closed_form"] is not None
    ]
    inside = [own for own in traded if _inside(own, scale.edges)]
    told = [
        f"{found['strategy']} (mean of its seeds) "
        + _reached(found["break_even"], scale, what=_NOTHING, none=_NO_POINT)
        for found in _agents(findings)
    ]
    agree = (
        f"gross return over turnover lies within the interval of the simulated break-even for "
        f"{len(inside)} of the {len(traded)} baselines that trade"
    )
    return f"Of flat costs on each traded value, {'; '.join([*told, agree])}."


def delay_sentence(findings: Mapping[str, Any]) -> str:
    """What a session's delay does to each agent, and what close t is."""
    told = []
    for found in _agents(findings):
        own = found["delay"]
        if own["difference"] is None:
            told.append(f"of {found['strategy']} nothing, since it has no Sharpe ratio")
        else:
            change = f"{own['difference']:+z.2f} ({own['low']:z.2f} to {own['high']:z.2f})"
            told.append(f"the Sharpe ratio of {found['strategy']} by {change}")
    return (
        f"A session's delay, from the open of t+1 to that of t+2, changes {'; '.join(told)}; a "
        "fill at the close of t, the price that was decided on, is a study of look-ahead and no "
        "evidence."
    )


def beside_sentence(findings: Mapping[str, Any]) -> str:
    """On which side of which cost each agent is ahead of equal weight."""
    scale = _Scale((0.0, findings["most_cost_bps"]), bps, " bps")
    told = []
    for found in _agents(findings):
        own = found["break_even_beside"]
        what = f"is ahead {own['ahead']}"
        reached = _reached(own, scale, what=what, none="changes places with it nowhere")
        told.append(f"{found['strategy']} {reached}")
    return f"Beside equal weight, both paying the same costs, {'; '.join(told)}."


def ratio_sentence(figures: pl.DataFrame, study: GridAxis, *, label: Callable[[float], str]) -> str:
    """What becomes of the Sharpe ratios of agents and equal weight over a study's values."""
    rows = figures.filter(pl.col("study") == study).sort("value")
    means = rows.filter(pl.col("seed") == SEED_MEAN)["strategy"].unique().sort().to_list()
    told = []
    for name, seed in [*((name, SEED_MEAN) for name in means), (EQUAL_WEIGHT, "")]:
        own = rows.filter(strategy=name, seed=seed)
        texts = [_ratio(own.row(place, named=True)) for place in (0, -1)]
        told.append(f"that of {name} from {texts[0]} to {texts[1]}")
    first, last = (label(rows["value"][place]) for place in (0, -1))
    return f"From {first} to {last} the Sharpe ratio changes as follows: {'; '.join(told)}."


def capital_sentence(findings: Mapping[str, Any]) -> str:
    """How much capital each agent bears, or why capital changes nothing."""
    impact = findings["impact"]
    coefficient = findings["impact_coefficient"]
    if impact == "none" or coefficient == 0.0:
        is_none = f"market.costs.impact is {impact}"
        is_zero = "market.costs.impact_coefficient is 0"
        return (
            f"Capital changes nothing: {is_none if impact == 'none' else is_zero}, and no cost "
            "depends on how much is traded."
        )
    if impact == "simple":
        return (
            "Capital changes nothing: market.costs.impact is simple, which grows with the share of "
            "equity that is traded, whatever the equity."
        )
    scale = _Scale((findings["capital"][0], findings["capital"][-1]), money, "")
    told = [
        f"{found['strategy']} (mean of its seeds) "
        + _reached(found["capacity"], scale, what=_NOTHING, none=_NO_POINT)
        for found in _agents(findings)
    ]
    return (
        f"As square-root impact grows with what is traded, of initial cash {'; '.join(told)}, in "
        "currency units."
    )


def _ratio(row: Mapping[str, Any]) -> str:
    """A Sharpe ratio with its standard error; that of an account that is idle is none."""
    if not math.isfinite(row["sharpe"]):
        return UNDEFINED
    return f"{row['sharpe']:z.2f} ± {row['sharpe_error']:.2f}"


class _Scale(NamedTuple):
    """On what a crossing lies: first and last place simulated, how one is written, and its unit."""

    edges: tuple[float, float]
    write: Callable[[float], str]
    unit: str


def _reached(found: Mapping[str, Any], scale: _Scale, *, what: str, none: str) -> str:
    """Where a crossing is with its interval, or why there is none."""
    if found["low"] is None:
        return f"{none}: {found['reason']}"
    text = edge_text(scale.edges, scale.write)
    interval = f"interval {text(found['low'])} to {text(found['high'])}"
    if found["value"] is None:
        return f"{none}: {found['reason']} ({interval})"
    return f"{what} {scale.write(found['value'])}{scale.unit} ({interval})"


def _inside(own: Mapping[str, Any], edges: tuple[float, float]) -> bool:
    """Whether a closed form lies within its interval, edges standing for all beyond."""
    least, most = edges
    return bool(own["low"] <= min(max(own["closed_form"], least), most) <= own["high"])


def _agents(findings: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The findings of the means over seeds."""
    return [found for found in findings["strategies"] if found["seed"] == SEED_MEAN]
