"""Tables of sensitivity: Sharpe ratios on varied terms, break-evens and capacity."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import polars as pl

from walkforge.evaluation.sensitivity_grid import DELAYS, LOOK_AHEAD, GridAxis
from walkforge.reporting.amounts import bps, money
from walkforge.reporting.records import EQUAL_WEIGHT, SEED_MEAN
from walkforge.reporting.tables import (
    Cell,
    Column,
    Row,
    Table,
    number_cell,
    percent,
    text_cell,
    two_decimals,
)

_INTERVAL = ("difference", "low", "high")
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
    return Table(
        caption=caption,
        columns=_columns(map(label, values)),
        rows=[
            _row(key, [_ratio_cell(own[*_key(key), value]) for value in values])
            for key in ordered(rows.select("kind", "strategy", "seed").unique().rows(named=True))
        ],
        notes=_RATIO_NOTES,
    )


def break_even_table(figures: pl.DataFrame, findings: Mapping[str, Any]) -> Table:
    """The break-even cost of every strategy and seed."""
    free = figures.filter(pl.col("study") == "costs", pl.col("value") == 0.0)
    error = {_key(row): row["return_error"] for row in free.rows(named=True)}
    edges = (0.0, findings["most_cost_bps"])
    labels = ["break-even, bps", "from", "to", "gross / turnover, bps", "gross return", "turnover"]
    rows = []
    for found in ordered(findings["strategies"]):
        own = found["break_even"]
        gross = found["gross_return"]
        spread = percent(error[_key(found)])
        cells = [
            *crossing_cells(own, edges, bps),
            number_cell(own["closed_form"], bps),
            Cell(text=f"{percent(gross)} ± {spread}", value=repr(gross), kind="number"),
            number_cell(found["turnover"], two_decimals),
            text_cell(own["reason"]),
        ]
        rows.append(_row(found, cells))
    return Table(
        caption="Break-even cost of every strategy and seed",
        columns=[*_columns(labels), Column(label="why none", kind="text")],
        rows=rows,
        notes=_BREAK_EVEN_NOTES,
    )


def beside_table(findings: Mapping[str, Any]) -> Table:
    """The cost and the capital at which each agent earns what equal weight does."""
    costs = (0.0, findings["most_cost_bps"])
    sizes = (findings["capital"][0], findings["capital"][-1])
    rows = []
    for found in ordered(findings["strategies"]):
        if found["kind"] == "agent":
            cost = found["break_even_beside"]
            size = found["capacity_beside"]
            cells = [
                text_cell(cost["ahead"]),
                *crossing_cells(cost, costs, bps),
                text_cell(cost["reason"]),
                text_cell(size["ahead"]),
                *crossing_cells(size, sizes, money),
                text_cell(size["reason"]),
            ]
            rows.append(_row(found, cells))
    parts = [_crossing_columns(what) for what in ("cost, bps", "capital")]
    ahead = Column(label="ahead", kind="text")
    return Table(
        caption="Every agent and seed beside equal weight",
        columns=[Column(label="strategy", kind="text"), ahead, *parts[0], ahead, *parts[1]],
        rows=rows,
        notes=_BESIDE_NOTES,
    )


def delay_table(figures: pl.DataFrame, findings: Mapping[str, Any]) -> Table:
    """The Sharpe ratio by when orders fill, and what a session more changes."""
    caption = "Sharpe ratio of every strategy and seed by when orders fill"
    table = ratio_table(figures, "delay", caption=caption, label=delay_label)
    kept = ordered(findings["strategies"])
    more = [
        [number_cell(found["delay"][name], "{:+z.2f}".format) for name in _INTERVAL]
        for found in kept
    ]
    return Table(
        caption=caption,
        columns=[*table.columns, *_columns(["a session more", "from", "to"])[1:]],
        rows=[
            Row(cells=[*row.cells, *cells], headline=row.headline)
            for row, cells in zip(table.rows, more, strict=True)
        ],
        notes=_DELAY_NOTES,
    )


def capacity_table(findings: Mapping[str, Any]) -> Table:
    """The capital at which returns reach 0, and ratios their half."""
    edges = (findings["capital"][0], findings["capital"][-1])
    rows = []
    for found in ordered(findings["strategies"]):
        cells: list[Cell] = []
        for own in (found["capacity"], found["half_sharpe"]):
            cells += [*crossing_cells(own, edges, money), text_cell(own["reason"])]
        rows.append(_row(found, cells))
    parts = [_crossing_columns(what) for what in ("return 0 at", "half ratio at")]
    return Table(
        caption="Capital that every strategy and seed can bear",
        columns=[Column(label="strategy", kind="text"), *parts[0], *parts[1]],
        rows=rows,
        notes=_CAPACITY_NOTES,
    )


def crossing_cells(
    found: Mapping[str, Any], edges: tuple[float, float], write: Callable[[float], str]
) -> list[Cell]:
    """The cells of a crossing: its place and interval, which ends at the edges at most."""
    cells = [number_cell(found["value"], write)]
    return cells + [number_cell(found[side], edge_text(edges, write)) for side in ("low", "high")]


def edge_text(edges: tuple[float, float], write: Callable[[float], str]) -> Callable[[float], str]:
    """What writes a bound of an interval: at an edge of what was simulated it says so."""
    least, most = edges

    def text(value: float) -> str:
        if value <= least * (1.0 + 1e-9):
            return f"{write(least)} or below"
        return f"{write(most)} or above" if value >= most * (1.0 - 1e-9) else write(value)

    return text


def ordered(rows: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Rows of strategies: agents' means and seeds, equal weight, then other baselines."""
    return sorted(rows, key=_place)


def named(row: Mapping[str, Any]) -> str:
    """The name of a strategy or seed."""
    seed = {"": "", SEED_MEAN: ", mean of seeds"}.get(row["seed"], f", seed {row['seed']}")
    return f"{row['strategy']}{seed}"


def delay_label(value: float) -> str:
    """When orders fill, by the value in frames; look-ahead is named."""
    name = DELAYS[int(value)].name
    return f"{name} (look-ahead)" if value == LOOK_AHEAD else name


def _key(row: Mapping[str, Any]) -> tuple[str, str, str]:
    return row["kind"], row["strategy"], row["seed"]


def _place(row: Mapping[str, Any]) -> tuple[object, ...]:
    kind, strategy, seed = _key(row)
    return kind, strategy != EQUAL_WEIGHT, strategy, seed != SEED_MEAN, len(seed), seed


def _row(found: Mapping[str, Any], cells: list[Cell]) -> Row:
    return Row(cells=[text_cell(named(found)), *cells], headline=found["seed"] == SEED_MEAN)


def _columns(labels: Any) -> list[Column]:
    numbers = [Column(label=label, kind="number") for label in labels]
    return [Column(label="strategy", kind="text"), *numbers]


def _crossing_columns(what: str) -> list[Column]:
    return [*_columns([what, "from", "to"])[1:], Column(label="why none", kind="text")]


def _ratio_cell(row: Mapping[str, Any]) -> Cell:
    cell = number_cell(row["sharpe"], two_decimals)
    if not cell.value:
        return cell
    return Cell(text=f"{cell.text} ± {row['sharpe_error']:.2f}", value=cell.value, kind=cell.kind)
