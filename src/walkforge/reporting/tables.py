"""Tables for people: metrics and rankings, ready for a page."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import polars as pl

from walkforge.reporting import choices
from walkforge.reporting.records import CONSENSUS, EQUAL_WEIGHT, SEED_MEAN
from walkforge.reporting.statement import DAILY_LEAST, METRICS, RECORD
from walkforge.reporting.told import (
    ACTION,
    PERCENT,
    RULES,
    TWO,
    WHOLE,
    WHOLE_PERCENT,
    Source,
    Told,
    place_of,
    say,
    together,
    written,
)

UNDEFINED = "–"
LATEST = "rankings/latest.parquet"
_FIRST_NOTE = (
    "All figures are out of sample and net of costs, over all test windows, one after the other. "
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
    "For an account that holds cash alone: hold means about an equal share; orders of the "
    "account are on the ranking's own page. Agreement is the share of seeds that say so. The "
    "out-of-sample record says whether such a ranking has been worth anything.",
)


Values = Mapping[str, Any]  # a row of a frame or of a record: what it holds, by field


@dataclass(frozen=True, slots=True)
class Column:
    """A heading, what stands under it, and how that is written.

    kind: 'number' is set flush right and sorts as a number; else 'text' or 'date'. field: of a row,
    or what makes a value or a cell of a row. write: a format, or what makes text; '' is as it is.
    """

    label: str
    kind: str
    field: str | Callable[[Values], Any]
    write: str | Callable[[Any], str] = ""

    def cell(self, row: Values) -> "Cell":
        """The cell of a row; a field that the row lacks is undefined."""
        value, place = _found(row, self.field)
        if isinstance(value, Cell):
            return value
        cell = self._cell(value, row)
        if place is None or not isinstance(self.write, str):
            return cell
        return replace(cell, source=place, format=self.write)

    def _cell(self, value: Any, row: Values) -> "Cell":
        """The cell of a value."""
        if self.write == ACTION:
            return action_cell(value, symbol=row["symbol"])
        if self.kind == "number":
            return number_cell(value, self.written)
        return text_cell(value, look=self.kind)

    @property
    def data_field(self) -> str:
        """The field, '' where it is made of several."""
        return self.field if isinstance(self.field, str) else ""

    def written(self, value: Any) -> str:
        """A value as it is shown."""
        return written(value, self.write) if isinstance(self.write, str) else self.write(value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """What a reader sees, what the table sorts by ('' is last), and the classes of its look.

    href: the page, beside this one, that the text leads to; '' where it leads nowhere. source,
    format: see told, '' where verify does not ask for them, or the text holds its own.
    """

    text: str
    value: str
    kind: str
    href: str = ""
    source: str = ""
    format: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """The cells of one row; a headline is set bold."""

    cells: list[Cell]
    headline: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table with its caption, and notes below it."""

    caption: str
    columns: Sequence[Column]
    rows: list[Row]
    notes: tuple[str, ...] = ()


def _found(row: Values, field: str | Callable[[Values], Any]) -> tuple[Any, str | None]:
    """What stands in a row under a field, and its place; None where it has none."""
    if not isinstance(field, str):
        return field(row), None
    first, _, _ = field.partition("/")
    if isinstance(row, Source) and first in row:
        return row.find(field)
    return row.get(field), None


def make_table(
    caption: str,
    columns: Sequence[Column],
    *,
    rows: pl.DataFrame | Iterable[Values],
    headline: Callable[[Values], bool] | None = None,
    notes: tuple[str, ...] = (),
) -> Table:
    """The table of columns and rows; headline says which rows are set bold."""
    given = rows.rows(named=True) if isinstance(rows, pl.DataFrame) else rows
    made = [
        Row(
            cells=[column.cell(row) for column in columns],
            headline=headline is not None and headline(row),
        )
        for row in given
    ]
    return Table(caption=caption, columns=columns, rows=made, notes=notes)


def metrics_table(metrics: pl.DataFrame, *, figures: Sequence[str], file: str = METRICS) -> Table:
    """The table of metrics: agents first, the mean of the seeds, their consensus, then each seed.

    Args:
        metrics: as pages.metrics.metrics_html takes it.
        figures: fields of Performance to show, in order: HEADLINE, ALL, or others among ALL.
        file: that holds them.
    """
    _check_columns(metrics, ["strategy", "kind", "seed", "periods_per_year", *figures])
    chosen = [_FIGURES[name] for name in figures]
    if "effective_names" in figures and not (metrics["effective_names"] > 1.0 + 1e-9).any():
        chosen.remove(_FIGURES["effective_names"])  # of one symbol there is no spread to tell
    more = () if set(figures) <= set(HEADLINE) else _MORE_NOTES
    shown = (_CONSENSUS_NOTE,) if CONSENSUS in metrics["seed"] else ()
    # Of one seed the mean is the same row again.
    several = (pl.len() > 2).over("strategy", "kind")
    kept = metrics.filter((pl.col("kind") != "agent") | (pl.col("seed") == SEED_MEAN) | several)
    return make_table(
        "Performance of every agent, seed and baseline",
        [STRATEGY_AND_SEED, *chosen, Column("kind", "text", "kind")],
        rows=[
            Source(place_of(file, row["kind"], row["strategy"], row["seed"]), row)
            for row in sorted(kept.rows(named=True), key=strategy_place)
        ],
        headline=is_mean,
        notes=(_FIRST_NOTE, *shown, _annual_note(metrics, file), *_METRICS_NOTES, *more),
    )


def _annual_note(metrics: pl.DataFrame, file: str) -> Told:
    """What annual figures were scaled by."""
    year = int(metrics["periods_per_year"][0])
    facts = {"year": year, "bar": "day" if year >= DAILY_LEAST else "bar"}
    sources = (Source(RECORD if file == METRICS else "", facts), RULES)
    return together(
        say(
            "Returns, volatility and ratios are annual ({year} bars a year), the risk-free rate is "
            "{zero:d}.",
            *sources,
        ),
        say("{bar:@A_DAY}", *sources),
    )


def ranking_table(ranking: pl.DataFrame, *, limit: int, file: str = LATEST) -> Table:
    """The table of the `limit` best ranks of a file, its caption saying as of which bar.

    `ranking` has rank (1 is best), symbol, action ('buy', 'hold', 'sell'), target_weight, score,
    agreement (share of seeds), last_bar and as_of (dates). Raises ValueError when a column is
    missing or rows differ in as_of.
    """
    _check_columns(ranking, ["last_bar", "as_of", *(str(each.field) for each in _RANKING)])
    as_of = ranking["as_of"].unique().sort().to_list()
    if len(as_of) > 1:
        raise ValueError(f"the ranking mixes as_of dates {as_of[0]} to {as_of[-1]}: rank one date")
    shown = ranking.sort("rank", "symbol").head(limit)
    facts = {"shown": shown.height, "symbols": ranking.height, "as_of": next(iter(as_of), None)}
    caption = say(
        "{shown} of {symbols} symbols, best first, {as_of:@KNOWN}",
        Source("computed#ranking", facts),
    )
    columns = [*_RANKING, LAST_BAR, Column("as of", "date", "as_of")]
    rows = ranking_sources(shown, file)
    return make_table(caption, columns, rows=rows, notes=_RANKING_NOTES)


def ranking_sources(ranking: pl.DataFrame, file: str) -> list[Source]:
    """The rows of a ranking, each with its place."""
    return [Source(place_of(file, row["symbol"]), row) for row in ranking.rows(named=True)]


def text_cell(value: object, *, look: str = "text") -> Cell:
    """A cell of text or a date, which sorts as it reads; null is undefined."""
    if value is None:
        return Cell(text=UNDEFINED, value="", kind=look)
    text = value if isinstance(value, Told) else str(value)
    return Cell(text=text, value=str(value), kind=look)


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
    return written(value, PERCENT)


def two_decimals(value: float) -> str:
    """A number with two decimals, zero without a sign."""
    return written(value, TWO)


def strategy_and_seed(row: Values) -> str:
    """The name of a strategy, of a seed's record, of the mean of seeds or of their consensus."""
    return say("{strategy}{seed:@SEEDS}", row if isinstance(row, Source) else Source("", row))


def is_mean(row: Values) -> bool:
    """Whether a row is of the mean of an agent's seeds."""
    return bool(row["seed"] == SEED_MEAN)


def strategy_place(row: Values) -> tuple[object, ...]:
    """What rows of strategies are sorted by: agents' means and seeds, equal weight, the others."""
    strategy = row["strategy"]
    seed = row["seed"]
    of_all = seed != SEED_MEAN, seed != CONSENSUS
    return row["kind"], strategy != EQUAL_WEIGHT, strategy, *of_all, len(seed), seed


def action_cell(action: str, *, symbol: str) -> Cell:
    """The cell of an action; the mark tells it without colour.

    Raises:
        ValueError: it is none; names the symbol.
    """
    if action not in choices.ACTIONS:
        raise ValueError(f"{symbol!r} has action {action!r}: give buy, hold or sell")
    return Cell(text=choices.ACTIONS[action], value=action, kind=f"text {action}")


def _last_bar_cell(row: Values) -> Cell:
    """The cell of a symbol's last bar, which says so where it is stale."""
    day = row["last_bar"]
    if day is None:
        return text_cell(None, look="date")
    place = row.place if isinstance(row, Source) else ""
    own = Source(place, {"last_bar": day, "stale": day < row["as_of"]})
    return Cell(text=say("{last_bar}{stale:@STALE}", own), value=str(day), kind="date")


STRATEGY = Column("strategy", "text", "strategy")
STRATEGY_AND_SEED = Column("strategy", "text", strategy_and_seed)
LAST_BAR = Column("last bar", "date", _last_bar_cell)
_METRICS = (
    Column("Sharpe", "number", "sharpe", TWO),
    Column("SE", "number", "sharpe_standard_error", TWO),
    Column("return", "number", "annual_return", PERCENT),
    Column("volatility", "number", "annual_volatility", PERCENT),
    Column("max drawdown", "number", "max_drawdown", PERCENT),
    Column("days under", "number", "max_drawdown_days", WHOLE),
    Column("Sortino", "number", "sortino", TWO),
    Column("Calmar", "number", "calmar", TWO),
    Column("VaR", "number", "value_at_risk", PERCENT),
    Column("ES", "number", "expected_shortfall", PERCENT),
    Column("hits", "number", "hit_rate", PERCENT),
    Column("gain / loss", "number", "profit_factor", TWO),
    Column("invested", "number", "exposure", PERCENT),
    Column("names", "number", "effective_names", "z.1f"),
    Column("turnover", "number", "annual_turnover", TWO),
    Column("days", "number", "days", WHOLE),
)
_FIGURES = {str(column.field): column for column in _METRICS}
ALL = tuple(_FIGURES)
HEADLINE = (
    "sharpe", "sharpe_standard_error", "annual_return", "annual_volatility", "max_drawdown",
    "sortino", "calmar", "annual_turnover", "days",
)  # fmt: skip
_RANKING = (
    Column("symbol", "text", "symbol"),
    Column("rank", "number", "rank", WHOLE),
    Column("action", "text", "action", ACTION),
    Column("target weight", "number", "target_weight", PERCENT),
    Column("score", "number", "score", "z.4f"),
    Column("agreement", "number", "agreement", WHOLE_PERCENT),
)


def _check_columns(frame: pl.DataFrame, columns: list[str]) -> None:
    missing = [name for name in columns if name not in frame.columns]
    if missing:
        raise ValueError(f"columns {missing} are missing: the frame has {frame.columns}")
