"""Tables of sensitivity: Sharpe ratios on varied terms, break-evens and capacity."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import polars as pl

from walkforge.evaluation.sensitivity_grid import DELAYS, LOOK_AHEAD, GridAxis
from walkforge.reporting.amounts import bps, money
from walkforge.reporting.tables import (
    STRATEGY_AND_SEED,
    Cell,
    Column,
    Table,
    Values,
    is_mean,
    make_table,
    number_cell,
    percent,
    strategy_place,
    two_decimals,
)
from walkforge.reporting.told import SIGNED, TWO

_RATIO_NOTES = (
    "Annual net Sharpe ratio ± its standard error, both out of sample; the error is the deviation "
    "over the draws of the stationary bootstrap.",
)
_BREAK_EVEN_NOTES = (
    "Gross return ± its standard error, a year; turnover in multiples of equity a year. "
    "Break-even: the flat cost of each traded value, all other costs off, at which the mean net "
    "return is 0, between simulated costs on a straight line; from, to: its interval by the "
    "stationary bootstrap. Gross / turnover: the closed form, which leaves out that costs change "
    "what is traded.",
)
_BESIDE_NOTES = (
    "Where the mean net returns of agent and equal weight are the same, both paying the same. "
    "Ahead: on which side of it the agent earns more; an agent that trades less than equal weight "
    "is ahead above it.",
)
_CAPACITY_NOTES = (
    "At the configured costs, interpolated on the logarithm of the capital; from, to: interval by "
    "the stationary bootstrap. Half ratio: the Sharpe ratio is half of that at the least capital.",
)
_DELAY_NOTES = (
    *_RATIO_NOTES,
    "Open t+2: what was known at the close of t is ordered a session later. A session more: the "
    "ratio at the open of t+2 less that at the open of t+1, with its paired interval. Close t is a "
    "study of look-ahead: its fill is the price that the decision was made on.",
)


def ratio_table(
    figures: pl.DataFrame, study: GridAxis, *, caption: str, label: Callable[[float], str]
) -> Table:
    """The Sharpe ratio of every strategy and seed at each value of one study.

    Args:
        figures: see evaluation.sensitivity. caption: of the table. label: of a value.
    """
    rows = figures.filter(pl.col("study") == study)
    values = rows["value"].unique().sort().to_list()
    own = {(*_key(row), row["value"]): row for row in rows.rows(named=True)}

    def ratio(key: Values, value: float) -> Cell:
        return _ratio_cell(own[*_key(key), value])

    columns = [Column(label(each), "number", partial(ratio, value=each)) for each in values]
    kept = rows.select("kind", "strategy", "seed").unique().rows(named=True)
    return _table(caption, columns, kept, notes=_RATIO_NOTES)


def break_even_table(figures: pl.DataFrame, findings: Mapping[str, Any]) -> Table:
    """The break-even cost of every strategy and seed."""
    free = figures.filter(pl.col("study") == "costs", pl.col("value") == 0.0)
    error = {_key(row): row["return_error"] for row in free.rows(named=True)}

    def gross(found: Values) -> Cell:
        text = f"{percent(found['gross_return'])} ± {percent(error[_key(found)])}"
        return Cell(text=text, value=repr(found["gross_return"]), kind="number")

    def closed_form(found: Values) -> float | None:
        value: float | None = found["break_even"]["closed_form"]
        return value

    edges = (0.0, findings["most_cost_bps"])
    *crossing, why = _crossing("break-even, bps", "break_even", edges, bps)
    columns = [
        *crossing,
        Column("gross / turnover, bps", "number", closed_form, bps),
        Column("gross return", "number", gross),
        Column("turnover", "number", "turnover", TWO),
        why,
    ]
    caption = "Break-even cost of every strategy and seed"
    return _table(caption, columns, findings["strategies"], notes=_BREAK_EVEN_NOTES)


def beside_table(findings: Mapping[str, Any]) -> Table:
    """The cost and the capital at which each agent earns what equal weight does."""
    costs = (0.0, findings["most_cost_bps"])
    sizes = (findings["capital"][0], findings["capital"][-1])
    columns = [
        Column("ahead", "text", partial(_of, name="break_even_beside", field="ahead")),
        *_crossing("cost, bps", "break_even_beside", costs, bps),
        Column("ahead", "text", partial(_of, name="capacity_beside", field="ahead")),
        *_crossing("capital", "capacity_beside", sizes, money),
    ]
    agents = [found for found in findings["strategies"] if found["kind"] == "agent"]
    caption = "Every agent and seed beside equal weight"
    return _table(caption, columns, agents, notes=_BESIDE_NOTES)


def delay_table(figures: pl.DataFrame, findings: Mapping[str, Any]) -> Table:
    """The Sharpe ratio by when orders fill, and what a session more changes."""
    caption = "Sharpe ratio of every strategy and seed by when orders fill"
    table = ratio_table(figures, "delay", caption=caption, label=delay_label)
    columns = [
        Column("a session more", "number", partial(_of, name="delay", field="difference"), SIGNED),
        Column("from", "number", partial(_of, name="delay", field="low"), SIGNED),
        Column("to", "number", partial(_of, name="delay", field="high"), SIGNED),
    ]
    more = _table(caption, columns, findings["strategies"], notes=())
    return Table(
        caption=caption,
        columns=[*table.columns, *columns],
        rows=[
            replace(row, cells=[*row.cells, *added.cells[1:]])
            for row, added in zip(table.rows, more.rows, strict=True)
        ],
        notes=_DELAY_NOTES,
    )


def capacity_table(findings: Mapping[str, Any]) -> Table:
    """The capital at which returns reach 0, and ratios their half."""
    edges = (findings["capital"][0], findings["capital"][-1])
    columns = [
        *_crossing("return 0 at", "capacity", edges, money),
        *_crossing("half ratio at", "half_sharpe", edges, money),
    ]
    caption = "Capital that every strategy and seed can bear"
    return _table(caption, columns, findings["strategies"], notes=_CAPACITY_NOTES)


def _table(
    caption: str, columns: Sequence[Column], found: Sequence[Values], *, notes: tuple[str, ...]
) -> Table:
    """A table of strategies and seeds: agents' means and seeds, equal weight, other baselines."""
    rows = sorted(found, key=strategy_place)
    columns = [STRATEGY_AND_SEED, *columns]
    return make_table(caption, columns, rows=rows, headline=is_mean, notes=notes)


def _of(found: Values, *, name: str, field: str) -> Any:
    """What a part of what was found of a strategy holds."""
    return found[name][field]


def _crossing(
    label: str, name: str, edges: tuple[float, float], write: Callable[[float], str]
) -> list[Column]:
    """Columns of a crossing: its place, its interval, which ends at the edges at most, and why."""
    bounded = edge_text(edges, write)
    return [
        Column(label, "number", partial(_of, name=name, field="value"), write),
        Column("from", "number", partial(_of, name=name, field="low"), bounded),
        Column("to", "number", partial(_of, name=name, field="high"), bounded),
        Column("why none", "text", partial(_of, name=name, field="reason")),
    ]


def edge_text(edges: tuple[float, float], write: Callable[[float], str]) -> Callable[[float], str]:
    """What writes a bound of an interval: at an edge of what was simulated it says so."""
    least, most = edges

    def text(value: float) -> str:
        if value <= least * (1.0 + 1e-9):
            return f"{write(least)} or below"
        return f"{write(most)} or above" if value >= most * (1.0 - 1e-9) else write(value)

    return text


def delay_label(value: float) -> str:
    """When orders fill, by the value in frames; look-ahead is named."""
    name = DELAYS[int(value)].name
    return f"{name} (look-ahead)" if value == LOOK_AHEAD else name


def _key(row: Mapping[str, Any]) -> tuple[str, str, str]:
    return row["kind"], row["strategy"], row["seed"]


def _ratio_cell(row: Mapping[str, Any]) -> Cell:
    cell = number_cell(row["sharpe"], two_decimals)
    if not cell.value:
        return cell
    return Cell(text=f"{cell.text} ± {row['sharpe_error']:.2f}", value=cell.value, kind=cell.kind)
