"""From a stitched record to evidence: intervals, tests against baselines, verdicts."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date
from typing import Any, NamedTuple

import numpy as np
import polars as pl

from walkforge.errors import InputError
from walkforge.evaluation.evidence import (
    Bootstrap,
    Drawn,
    against_frame,
    check_days,
    common_block,
    strategies_frame,
)
from walkforge.evaluation.market_similarity import action_entropy, market_similarity
from walkforge.evaluation.seeds import over_seeds
from walkforge.evaluation.series import (
    BUY_AND_HOLD,
    EQUAL_WEIGHT,
    ROUNDING,
    Daily,
    Key,
    RandomReturns,
    agent,
    agents_of,
    baseline,
    columns_of,
    series_of,
)
from walkforge.evaluation.stitch import MEAN
from walkforge.evaluation.verdict import Grounds, Luck, judge
from walkforge.metrics.performance import sharpe
from walkforge.metrics.series import periods_per_year
from walkforge.metrics.significance import overfitting_probability
from walkforge.metrics.uncertainty import superior, superior_ability

SCHEMA_VERSION = 1
FAMILY_SIZE = 0.05  # of StepM: probability of naming any strategy wrongly
OVERFITTING_BLOCKS = 16


class Evidence(NamedTuple):
    """What a record proves; verdict is JSON.

    See evidence.strategies_frame (with the columns of largest_day) and against_frame.
    """

    strategies: pl.DataFrame
    against: pl.DataFrame
    verdict: dict[str, Any]


class RunFacts(NamedTuple):
    """What is known beside the record.

    trials: so far. holdout_opened: how often. execution: where orders fill; same_close is no
    evidence. least_sharpe: annual; an agent whose upper bound lies below it has no skill.
    """

    trials: int
    holdout_opened: int
    execution: str
    least_sharpe: float


def assess(
    returns: pl.DataFrame,
    random_policies: Mapping[str, RandomReturns],
    *,
    bootstrap: Bootstrap,
    facts: RunFacts,
) -> Evidence:
    """The evidence of a stitched record.

    Args:
        returns: see evaluation.stitch.stitch; equal_weight and buy_and_hold are in it.
        random_policies: those that are matched to each agent.
        bootstrap, facts: see there.

    Raises:
        InputError: the test windows hold too few days to draw from, or an agent traded nothing.
    """
    net = series_of(returns, "net_return")
    check_days(len(next(iter(net.values()))))
    check_traded(returns)
    drawn = Drawn(net, bootstrap, per_year=periods_per_year(returns["date"]))
    means = {
        name: grouped(each.returns, _seeds(net, name)) for name, each in random_policies.items()
    }
    strategies = strategies_frame(net, series_of(returns, "selection"), means, drawn=drawn)
    turnover = series_of(returns, "turnover")
    luck = {
        name: _luck(strategies, name, _ratio(random_policies[name].turnover, turnover[agent(name)]))
        for name in agents_of(net)
    }
    agents = _verdicts(returns, net, drawn, luck=luck, facts=facts)
    for name, found in agents.items():
        found["alpha_z"] = luck[name].alpha_z
        found["chance"] = {
            "sharpe": _of_agent(strategies, name, "random_sharpe"),
            "share_below": luck[name].share_below,
            "turnover_ratio": luck[name].turnover_ratio,
        }
    verdict = {
        "schema_version": SCHEMA_VERSION,
        "agents": agents,
        "trials": facts.trials,
        "holdout_opened": facts.holdout_opened,
        "execution": facts.execution,
        "no_skill_sharpe": facts.least_sharpe,
        "confidence": bootstrap.confidence,
        "block_days": drawn.block,
        "periods_per_year": drawn.per_year,
        "superior_to_equal_weight": _superior(net, drawn),
        "overfitting_probability": _overfitting(net),
    }
    days = returns["date"].unique().sort().to_list()
    strategies = with_largest_days(strategies, net, days, per_year=drawn.per_year)
    return Evidence(strategies, against_frame(net, drawn), verdict)


def check_traded(returns: pl.DataFrame) -> None:
    """Raise where an agent has no fill and holds nothing in all of a stitched record.

    Raises:
        InputError: names the agents, and what to look at: the market where nobody traded, the
            agent where others did.
    """
    acted = returns.group_by("kind", "strategy").agg(
        traded=((pl.col("turnover") > 0.0) | (pl.col("exposure") > 0.0)).any()
    )
    idle = sorted(acted.filter(~pl.col("traded"), kind="agent")["strategy"])
    if not idle:
        return
    said = f"nothing was traded by {', '.join(idle)} in {returns['date'].n_unique():,} sessions"
    if not acted.filter(kind="baseline")["traded"].any():
        raise InputError(
            f"{said}, nor by any baseline: there is no record to judge. No order could be filled: "
            "look whether volume is 0 on all bars (square_root impact needs volume; see "
            "data.volume and market.costs.impact), whether any symbol can be traded in the test "
            "windows (results/bars/quality.html), and at market.limits"
        )
    raise InputError(
        f"{said}, though baselines traded on the same terms: there is no record to judge. The "
        "policies want cash alone, or less than an order takes: look at the parameters of their "
        "scheme (schemes, such as kappa and cash_bias), at their reward, and at "
        "market.limits, or take them out of `agents`"
    )


def _verdicts(
    returns: pl.DataFrame,
    net: Mapping[Key, Daily],
    drawn: Drawn,
    *,
    luck: Mapping[str, Luck],
    facts: RunFacts,
) -> dict[str, Any]:
    """Each agent's verdict, its seeds and folds, and how like the market it is."""
    bootstrap = drawn.bootstrap
    names = agents_of(net)
    p = superior_ability(
        net[baseline(EQUAL_WEIGHT)],
        columns_of(net, [agent(name) for name in names]),
        replications=bootstrap.replications,
        seed=bootstrap.seed,
        block=drawn.longest,
    )
    variance = trial_variance([*drawn.differences.values()])
    found = {}
    for name in names:
        grounds = Grounds(
            interval=drawn.beyond(name),
            superior_p=p,
            trials=facts.trials,
            trial_variance=variance,
            least_sharpe=facts.least_sharpe,
            confidence=bootstrap.confidence,
            luck=luck[name],
            per_year=drawn.per_year,
        )
        verdict = judge(drawn.differences[name], grounds).as_json()
        seeds = over_seeds(returns, name, bootstrap, per_year=drawn.per_year)
        market = _market(returns, net, name, per_year=drawn.per_year)
        found[name] = verdict | {"over_seeds": seeds, "market": market}
    return found


def trial_variance(differences: list[Daily]) -> float:
    """The variance of the daily Sharpe ratios of what was tried.

    That of the agents at hand, but at least that of a ratio without skill over so many days: a few
    agents that are much alike say nothing of the trials that are not here.
    """
    ratios = [x.mean() / x.std(ddof=1) for x in differences if np.ptp(x) > ROUNDING]
    least = 1.0 / max(len(differences[0]) - 1, 1)
    return max(float(np.var(ratios, ddof=1)) if len(ratios) > 1 else 0.0, least)


def _luck(strategies: pl.DataFrame, name: str, turnover_ratio: float | None) -> Luck:
    """Where an agent stands among what luck gives at its exposure; see verdict.Luck."""
    alpha, error = (_of_agent(strategies, name, each) for each in ("alpha", "alpha_standard_error"))
    return Luck(
        share_below=_of_agent(strategies, name, "above_random"),
        turnover_ratio=turnover_ratio,
        alpha_z=alpha / error if alpha is not None and error and error > ROUNDING else None,
    )


def _of_agent(strategies: pl.DataFrame, name: str, figure: str) -> float | None:
    """One figure of an agent's row, None where it is undefined."""
    value = float(strategies.filter(kind="agent", strategy=name)[figure].item())
    return value if math.isfinite(value) else None


def _superior(net: Mapping[Key, Daily], drawn: Drawn) -> list[str]:
    """The strategies that StepM finds better than equal weight."""
    others = [key for key in drawn.keys if key != baseline(EQUAL_WEIGHT)]
    market = net[baseline(EQUAL_WEIGHT)]
    places = superior(
        market,
        columns_of(net, others),
        replications=drawn.bootstrap.replications,
        seed=drawn.bootstrap.seed,
        # Baselines are tested too, and may depend on their past for longer than any agent.
        block=common_block([net[key] - market for key in others]),
        size=FAMILY_SIZE,
    )
    return [others[place].strategy for place in places]


def _overfitting(net: Mapping[Key, Daily]) -> float | None:
    """Probability that the best agent is so by chance; None where all are one and the same."""
    agents = [agent(name) for name in agents_of(net)]
    days = len(next(iter(net.values())))
    columns = columns_of(net, agents)
    if days < 2 * OVERFITTING_BLOCKS or np.ptp(columns, axis=1).max() <= ROUNDING:
        return None
    return overfitting_probability(columns, blocks=OVERFITTING_BLOCKS)


def grouped(returns: Daily, size: int) -> Daily:
    """Means of `size` policies each [T, N // size], as an agent's is of its seeds."""
    count = returns.shape[1] // size
    if count == 0:
        return returns
    return np.asarray(returns[:, : count * size].reshape(len(returns), count, size).mean(axis=2))


def _seeds(net: Mapping[Key, Daily], name: str) -> int:
    """How many seeds an agent has."""
    return sum(key.strategy == name and key.kind == "agent" and key.seed != MEAN for key in net)


def _ratio(found: Daily, wanted: Daily) -> float | None:
    """One mean turnover over another; None over nothing."""
    return float(found.mean() / wanted.mean()) if wanted.mean() > 0.0 else None


def _market(
    returns: pl.DataFrame, net: Mapping[Key, Daily], name: str, *, per_year: int
) -> dict[str, Any]:
    """How like the market an agent is; None where a correlation is undefined."""
    turnover = series_of(returns, "turnover")
    own, held = (float(turnover[key].mean()) for key in (agent(name), baseline(BUY_AND_HOLD)))
    bought, sold = (series_of(returns, each)[agent(name)] for each in ("bought", "sold"))
    found = market_similarity(
        net[agent(name)],
        equal_weight=net[baseline(EQUAL_WEIGHT)],
        buy_and_hold=net[baseline(BUY_AND_HOLD)],
        turnover=(per_year * own, per_year * held),
        entropy=action_entropy(bought, sold),
    )
    figures = {
        key: None if isinstance(value, float) and math.isnan(value) else value
        for key, value in asdict(found).items()
    }
    return {"name": found.name, **figures}


def with_largest_days(
    strategies: pl.DataFrame, net: Mapping[Key, Daily], dates: Sequence[date], *, per_year: int
) -> pl.DataFrame:
    """The frame of strategies with what `largest_day` says of each.

    Args:
        strategies: see evidence.strategies_frame. net: daily net returns [T] by strategy.
        dates: [T], of the record. per_year: periods in a year.
    """
    by_name = {(key.kind, key.strategy): net[key] for key in net if key.seed in ("mean", "")}
    rows = [
        largest_day(by_name[kind, name], dates, per_year=per_year)
        for kind, name in strategies.select("kind", "strategy").rows()
    ]
    return strategies.hstack(pl.DataFrame(rows, schema_overrides={"largest_date": pl.Date}))


def largest_day(returns: Daily, dates: Sequence[date], *, per_year: int) -> dict[str, Any]:
    """The day that moved a record most, and the record with and without it.

    Keys: largest_date (the first of equals), largest_return, largest_share (of the sum of daily
    returns; nan where that is not on the same side of 0), total_return and total_without (growth
    less 1), sharpe_without (annual). Date None and numbers nan where every return is 0.
    """
    names = ("largest_return", "largest_share", "total_without", "sharpe_without")
    found: dict[str, Any] = {"largest_date": None, "total_return": _growth(returns)}
    if not returns.any():
        return found | dict.fromkeys(names, math.nan)
    place = int(np.abs(returns).argmax())
    day = float(returns[place])
    others = np.delete(returns, place)
    whole = float(returns.sum())
    share = day / whole if day * whole > 0.0 else math.nan
    without = sharpe(others, per_year) if len(others) > 1 else math.nan
    values = (day, share, _growth(others), without)
    return found | {"largest_date": dates[place]} | dict(zip(names, values, strict=True))


def _growth(returns: Daily) -> float:
    """Growth of 1 less 1."""
    return float(np.prod(1.0 + returns)) - 1.0
