"""Tables for people: metrics and rankings, ready for a page."""

import datetime as dt
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from walkforge.reporting.records import CONSENSUS, EQUAL_WEIGHT, SEED_MEAN

UNDEFINED = "–"
DAILY_LEAST = 200  # bars a year from which they are daily ones
_FIRST_NOTE = (
    "All figures are out of sample and net of costs, over the test windows in a row. "
    "An agent's headline row is the mean of its seeds' daily returns; turnover is in multiples of "
    "equity."
)
_CONSENSUS_NOTE = (
    "Consensus of seeds: one account that orders the mean of what the policies of all seeds order, "
    "as a ranking recommends. It is shown and not judged."
)
_METRICS_NOTES = (
    "SE: standard error of the Sharpe ratio, days taken as independent. "
    "–: undefined, as a ratio over no volatility or no loss is.",
)
_MORE_NOTES = (
    "Days under: the longest stretch of days below the highest equity before. VaR: the loss of a "
    "day that the worst 5 % of days exceed; ES: the mean loss of those days. Hits: days with a "
    "gain, of all with a gain or a loss. Gain / loss: sum of gains over sum of losses. Invested: "
    "mean share of equity that is not cash. Names: as many equal positions would be as spread as "
    "what is held, a mean over days with anything held.",
)
_RANKING_NOTES = (
    "For an account that holds cash alone: to hold is to want about an equal share; orders of the "
    "account are on the ranking's own page. Agreement is the share of seeds that say so. Whether "
    "such a ranking has been worth anything is what the out-of-sample record says.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A heading; kind 'number' is set flush right and sorts as a number, else 'text' or 'date'."""

    label: str
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """What a reader sees, what the table sorts by ('' is last), and the classes of its look.

    href: the page, beside this one, that the text leads to; '' where it leads nowhere.
    """

    text: str
    value: str
    kind: str
    href: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """The cells of one row; a headline is set bold."""

    cells: list[Cell]
    headline: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table with its caption, and notes below it."""

    caption: str
    columns: list[Column]
    rows: list[Row]
    notes: tuple[str, ...] = ()


def metrics_table(metrics: pl.DataFrame, *, figures: Sequence[str]) -> Table:
    """The table of metrics: agents first, the mean of the seeds, their consensus, then each seed.

    Args:
        metrics: as pages.metrics.metrics_html takes it.
        figures: fields of Performance to show, in order: HEADLINE, ALL, or others among ALL.
    """
    columns = {name: _METRICS_COLUMNS[name] for name in figures}
    _check_columns(metrics, ["strategy", "kind", "seed", "periods_per_year", *columns])
    if "effective_names" in columns and not (metrics["effective_names"] > 1.0 + 1e-9).any():
        del columns["effective_names"]  # of one symbol there is no spread to tell
    more = () if set(figures) <= set(HEADLINE) else _MORE_NOTES
    shown = (_CONSENSUS_NOTE,) if CONSENSUS in metrics["seed"] else ()
    # Of one seed the mean is the same row again.
    several = (pl.len() > 2).over("strategy", "kind")
    kept = metrics.filter((pl.col("kind") != "agent") | (pl.col("seed") == SEED_MEAN) | several)
    rows = sorted(kept.rows(named=True), key=_metrics_place)
    return Table(
        caption="Performance of every agent, seed and baseline",
        columns=[
            Column(label="strategy", kind="text"),
            *(Column(label=label, kind="number") for label, _ in columns.values()),
            Column(label="kind", kind="text"),
        ],
        rows=[
            Row(cells=_metrics_cells(row, columns), headline=row["seed"] == SEED_MEAN)
            for row in rows
        ],
        notes=(_FIRST_NOTE, *shown, _annual_note(metrics), *_METRICS_NOTES, *more),
    )


def _annual_note(metrics: pl.DataFrame) -> str:
    """What annual figures were scaled by."""
    year = int(metrics["periods_per_year"][0])
    told = "" if year >= DAILY_LEAST else " What is called a day is a bar."
    return (
        f"Returns, volatility and ratios are annual ({year} bars a year), the risk-free rate is 0."
        f"{told}"
    )


def ranking_table(ranking: pl.DataFrame, *, limit: int) -> Table:
    """The table of the `limit` best ranks, its caption saying as of which bar.

    `ranking` has rank (1 is best), symbol, action ('buy', 'hold', 'sell'), target_weight, score,
    agreement (share of seeds), last_bar and as_of (dates). Raises ValueError when a column is
    missing or rows differ in as_of.
    """
    _check_columns(ranking, [*_RANKING_COLUMNS])
    as_of = ranking["as_of"].unique().sort().to_list()
    if len(as_of) > 1:
        raise ValueError(f"the ranking mixes as_of dates {as_of[0]} to {as_of[-1]}: rank one date")
    rows = ranking.sort("rank", "symbol").head(limit).rows(named=True)
    known = f"known at the close of {as_of[0]}" if as_of else "none ranked"
    return Table(
        caption=f"{len(rows)} of {ranking.height} symbols, best first, {known}",
        columns=[Column(label=label, kind=kind) for label, kind in _RANKING_COLUMNS.values()],
        rows=[Row(cells=_ranking_cells(row)) for row in rows],
        notes=_RANKING_NOTES,
    )


def text_cell(value: object, *, look: str = "text") -> Cell:
    """A cell of text or a date, which sorts as it reads; null is undefined."""
    if value is None:
        return Cell(text=UNDEFINED, value="", kind=look)
    return Cell(text=str(value), value=str(value), kind=look)


def link_cell(page: str) -> Cell:
    """A cell that leads to a page beside this one and shows its name."""
    name = page.rsplit("/", 1)[-1]
    return Cell(text=name, value=name, kind="text", href=page)


def number_cell(value: float | None, write: Callable[[float], str]) -> Cell:
    """A cell that reads as `write` says and sorts by the exact number; nan is undefined."""
    if value is None or math.isnan(value):
        return Cell(text=UNDEFINED, value="", kind="number")
    exact = repr(value).replace("inf", "Infinity")
    return Cell(text=write(value), value=exact, kind="number")


def percent(value: float) -> str:
    """A fraction in per cent with one decimal, zero without a sign."""
    return f"{100.0 * value:z.1f} %"


def two_decimals(value: float) -> str:
    """A number with two decimals, zero without a sign."""
    return f"{value:z.2f}"


def whole_percent(value: float) -> str:
    """A fraction in per cent without decimals."""
    return f"{100.0 * value:.0f} %"


def _one_decimal(value: float) -> str:
    return f"{value:z.1f}"


Shown = tuple[str, Callable[[float], str]]  # a label, and how a figure is written
_METRICS_COLUMNS: Mapping[str, Shown] = {
    "sharpe": ("Sharpe", two_decimals),
    "sharpe_standard_error": ("SE", two_decimals),
    "annual_return": ("return", percent),
    "annual_volatility": ("volatility", percent),
    "max_drawdown": ("max drawdown", percent),
    "max_drawdown_days": ("days under", "{:,.0f}".format),
    "sortino": ("Sortino", two_decimals),
    "calmar": ("Calmar", two_decimals),
    "value_at_risk": ("VaR", percent),
    "expected_shortfall": ("ES", percent),
    "hit_rate": ("hits", percent),
    "profit_factor": ("gain / loss", two_decimals),
    "exposure": ("invested", percent),
    "effective_names": ("names", _one_decimal),
    "annual_turnover": ("turnover", two_decimals),
    "days": ("days", "{:,.0f}".format),
}
ALL = tuple(_METRICS_COLUMNS)
HEADLINE = (
    "sharpe", "sharpe_standard_error", "annual_return", "annual_volatility", "max_drawdown",
    "sortino", "calmar", "annual_turnover", "days",
)  # fmt: skip
_RANKING_COLUMNS = {
    "symbol": ("symbol", "text"),
    "rank": ("rank", "number"),
    "action": ("action", "text"),
    "target_weight": ("target weight", "number"),
    "score": ("score", "number"),
    "agreement": ("agreement", "number"),
    "last_bar": ("last bar", "date"),
    "as_of": ("as of", "date"),
}
_ACTION_MARKS = {"buy": "▲ buy", "hold": "hold", "sell": "▼ sell"}


def _metrics_cells(row: Mapping[str, Any], columns: Mapping[str, Shown]) -> list[Cell]:
    names = {"": "", SEED_MEAN: ", mean of seeds", CONSENSUS: ", consensus of seeds"}
    name = row["strategy"] + names.get(row["seed"], f", seed {row['seed']}")
    figures = [number_cell(row[column], write) for column, (_, write) in columns.items()]
    return [text_cell(name), *figures, text_cell(row["kind"])]


def _metrics_place(row: Mapping[str, Any]) -> tuple[object, ...]:
    kind = row["kind"]
    strategy = row["strategy"]
    seed = row["seed"]
    group = kind != "agent", strategy != EQUAL_WEIGHT, strategy
    return *group, seed != SEED_MEAN, seed != CONSENSUS, len(seed), seed


def _ranking_cells(row: Mapping[str, Any]) -> list[Cell]:
    return [
        text_cell(row["symbol"]),
        number_cell(row["rank"], "{:.0f}".format),
        action_cell(row["action"], symbol=row["symbol"]),
        number_cell(row["target_weight"], percent),
        number_cell(row["score"], "{:z.4f}".format),
        number_cell(row["agreement"], whole_percent),
        last_bar_cell(row["last_bar"], row["as_of"]),
        text_cell(row["as_of"], look="date"),
    ]


def action_cell(action: str, *, symbol: str) -> Cell:
    """The cell of an action; the mark tells it without colour.

    Raises:
        ValueError: it is none; names the symbol.
    """
    if action not in _ACTION_MARKS:
        raise ValueError(f"{symbol!r} has action {action!r}: give buy, hold or sell")
    return Cell(text=_ACTION_MARKS[action], value=action, kind=f"text {action}")


def last_bar_cell(last_bar: dt.date | None, as_of: dt.date) -> Cell:
    """The cell of a symbol's last bar, which says so where it is stale."""
    if last_bar is None:
        return text_cell(None, look="date")
    stale = " (stale)" if last_bar < as_of else ""
    return Cell(text=f"{last_bar}{stale}", value=str(last_bar), kind="date")


def _check_columns(frame: pl.DataFrame, columns: list[str]) -> None:
    missing = [name for name in columns if name not in frame.columns]
    if missing:
        raise ValueError(f"columns {missing} are missing: the frame has {frame.columns}")
