"""The leakage audit: features recomputed on data that end at t must not differ up to t.

Two checks of every column: the whole prefix at a few cuts, and the last row on many dates, the
newest in a row and as many in months spread over all of history; a third changes everything after
a cut. One cut alone misses leaks that touch few rows.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated

import numpy as np
import polars as pl
from numpy.typing import NDArray

from walkforge.errors import InputError
from walkforge.features.sample import some_symbols
from walkforge.settings import Bounds

# Bars -> date, symbol and columns of floats, rows as in the bars.
Compute = Callable[[pl.DataFrame], pl.DataFrame]

_KEYS = ("date", "symbol")
_PERTURBED = ("open", "high", "low", "close", "volume")
_FACTOR = 3.7
# History that the last rows are computed on: more than the longest window.
HISTORY_BARS = 520
# What follows the dates of a block, and how many dates a block away from the newest has.
FUTURE_BARS = 260
BLOCK_DATES = 21
# The calendar repeats itself, weekdays included, after 400 years.
ERA_DAYS = 146_097
# Histories side by side in one call: as many as keep the grid in a few megabytes.
COPIES = 63

_SCHEMA = {
    "feature": pl.String,
    "check": pl.String,
    "compared": pl.Int64,
    "leaks": pl.Int64,
    "cut": pl.Date,
    "symbol": pl.String,
    "date": pl.Date,
    "size": pl.Float64,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditConfig:
    """How thorough the checks of the features, and of the chain from bars to equity, are."""

    compared_symbols: Annotated[
        int, Bounds(at_least=1, at_most=10_000), "symbols that are compared with the library ta"
    ]
    symbols: Annotated[
        int, Bounds(at_least=1, at_most=10_000), "symbols on which all is recomputed"
    ]
    cuts: Annotated[
        int,
        Bounds(at_least=1, at_most=10_000),
        "dates, of each test window for the chain, at which every earlier row is recomputed",
    ]
    last_rows: Annotated[
        int,
        Bounds(at_least=1, at_most=100_000),
        "newest dates at which the last row is recomputed, and for features as many over history",
    ]


def audit(
    bars: pl.DataFrame, compute: Compute, *, config: AuditConfig, copies: int = 1
) -> pl.DataFrame:
    """One row for each column and check: how many values were compared, and the worst leak.

    Columns: feature, check ('prefix', 'last row', 'changed future'), compared (values), leaks
    (values that differ), and of the largest leak cut, symbol, date, size (difference; null where
    one of the two is missing).

    Args:
        bars: a bars frame, sorted by symbol, then date. compute: gives the columns.
        config: how thorough.
        copies: histories that end on different dates, computed in one call as if they were other
            symbols in other eras of 400 years. Above 1, the columns may not depend on names.

    Raises:
        ValueError: the columns of some bars have other rows, or other names, than those of all.
    """
    chosen = some_symbols(bars, config.symbols)
    days = chosen["date"].unique().sort()
    whole = compute(chosen)
    found = []
    for cut in cuts_of(days, config.cuts):
        known = pl.col("date") <= cut
        past = whole.filter(known)
        found.append(_compared("prefix", cut, past, compute(chosen.filter(known))))
        found.append(_compared("changed future", cut, past, _changed(chosen, compute, cut)))
    found += _last_rows(chosen, compute, days, count=config.last_rows, copies=copies)
    return _worst(pl.concat([pl.DataFrame(schema=_SCHEMA), *found]), whole.columns[len(_KEYS) :])


def check_audit(found: pl.DataFrame) -> pl.DataFrame:
    """What the audit found, once there is no leak.

    Raises:
        InputError: LEAK, naming each feature with the cut, the row and the size.
    """
    leaks = found.filter(pl.col("leaks") > 0).unique("feature", keep="first", maintain_order=True)
    if not leaks.is_empty():
        listed = "; ".join(
            f"{row['feature']} ({row['check']} at {row['cut']}: {row['symbol']!r} {row['date']} "
            f"{change(row['size'])})"
            for row in leaks.iter_rows(named=True)
        )
        raise InputError(
            f"{leaks.height} features use bars after their own: {listed}: a value of row t may "
            "use bars up to t alone",
            code="LEAK",
        )
    return found


def change(size: float | None) -> str:
    """How a value differs, for people."""
    if size is None:
        return "is missing or infinite on one side"
    return f"changes by {size}" if size else "changes its sign of zero"


def cuts_of(days: pl.Series, count: int) -> list[date]:
    """So many days, spread over all but the first few and the last; none of none."""
    if days.is_empty():
        return []
    places = np.linspace(min(5, len(days) - 1), max(len(days) - 2, 0), count).astype(int)
    return [days[int(place)] for place in np.unique(places)]


def _changed(bars: pl.DataFrame, compute: Compute, cut: date) -> pl.DataFrame:
    """The columns up to a cut, computed with all that follows changed."""
    factor = pl.when(pl.col("date") > cut).then(_FACTOR).otherwise(1.0)
    changed = bars.with_columns(pl.col(_PERTURBED) * factor)
    return compute(changed).filter(pl.col("date") <= cut)


def _last_rows(
    bars: pl.DataFrame, compute: Compute, days: pl.Series, *, count: int, copies: int
) -> list[pl.DataFrame]:
    """The comparison of the last row on the newest dates but one, and on earlier ones."""
    newest = max(len(days) - 1 - count, 0)
    if days.is_empty():
        return []
    blocks = [range(newest, len(days) - 1)]
    room = max(newest - BLOCK_DATES, 0)
    number = math.ceil(count / BLOCK_DATES)
    for start in np.unique(np.linspace(0, room, number).astype(int)):
        blocks.append(range(int(start), min(int(start) + BLOCK_DATES, newest)))
    parts = [
        (block, block[at : at + copies]) for block in blocks for at in range(0, len(block), copies)
    ]
    return [
        found
        for block, rows in parts
        for found in _compared_cuts(
            _around(bars, days, block), compute, cuts=[days[row] for row in rows]
        )
    ]


def _around(bars: pl.DataFrame, days: pl.Series, block: range) -> pl.DataFrame:
    """The bars of a block of dates, with history before and a future after it."""
    first = days[max(block.start - HISTORY_BARS, 0)]
    last = days[min(block.stop + FUTURE_BARS, len(days) - 1)]
    return bars.filter(pl.col("date").is_between(first, last))


def _compared_cuts(
    bars: pl.DataFrame, compute: Compute, *, cuts: Sequence[date]
) -> list[pl.DataFrame]:
    """The comparison of the last row of data that end on each of some dates."""
    whole = compute(bars)
    histories = [
        bars.filter(pl.col("date") <= cut).with_columns(
            _later(pl.col("date"), era),
            pl.format("{} {}", "symbol", pl.lit(era)).alias("symbol") if era else pl.col("symbol"),
        )
        for era, cut in enumerate(cuts)
    ]
    known = compute(pl.concat(histories))
    found = []
    for era, cut in enumerate(cuts):
        own = whole.filter(pl.col("date") == cut)
        last = known.filter(pl.col("date") == _later(pl.lit(cut), era))
        same_keys = last.with_columns(own["date"], own["symbol"]) if era else last
        found.append(_compared("last row", cut, own, same_keys))
    return found


def _later(day: pl.Expr, eras: int) -> pl.Expr:
    """The same day of the week and the month, so many eras later."""
    return (day.to_physical() + eras * ERA_DAYS).cast(pl.Date)


def _compared(check: str, cut: date, whole: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    """One row for each column: values compared, leaks, and the largest."""
    if whole.columns != known.columns or not whole.select(_KEYS).equals(known.select(_KEYS)):
        raise ValueError(f"rows up to {cut} are not those of the bars: compute must keep them")
    names = whole.columns[len(_KEYS) :]
    first = _floats(whole, names)
    second = _floats(known, names)
    differ = first.view(np.int64) != second.view(np.int64)
    rows: list[tuple[object, ...]] = [
        (name, check, len(differ), 0, None, None, None, None) for name in names
    ]
    for column in np.flatnonzero(differ.any(axis=0)):
        place, size = largest(first[:, column], second[:, column], differ[:, column])
        row = whole.row(place, named=True)
        leaks = int(differ[:, column].sum())
        where = (cut, row["symbol"], row["date"], size)
        rows[column] = (names[column], check, len(differ), leaks, *where)
    return pl.DataFrame(rows, schema=_SCHEMA, orient="row")


def _floats(frame: pl.DataFrame, names: Sequence[str]) -> NDArray[np.float64]:
    """The columns [N, F], null as NaN, so that equal bits mean equal values."""
    values = frame.select(pl.col(names).cast(pl.Float64).fill_null(float("nan")))
    return np.ascontiguousarray(values.to_numpy())


def largest(
    first: NDArray[np.float64], second: NDArray[np.float64], differ: NDArray[np.bool_]
) -> tuple[int, float | None]:
    """The row of the largest difference, and its size, None for a missing side."""
    apart = np.abs(first - second)
    ranked = np.where(differ, np.where(np.isfinite(apart), apart, np.inf), -1.0)
    place = int(np.argmax(ranked))
    return place, float(apart[place]) if np.isfinite(apart[place]) else None


def _worst(found: pl.DataFrame, features: Sequence[str]) -> pl.DataFrame:
    """One row for each feature and check, with sums and the largest leak."""
    unsized = pl.col("leaks").gt(0) & pl.col("size").is_null()
    ranked = found.with_columns(rank=pl.when(unsized).then(float("inf")).otherwise("size"))
    ordered = ranked.sort("rank", descending=True, nulls_last=True, maintain_order=True)
    summed = ordered.group_by("feature", "check", maintain_order=True).agg(
        pl.col("compared").sum(), pl.col("leaks").sum(),
        pl.col("cut", "symbol", "date", "size").first(),
    )  # fmt: skip
    order = pl.DataFrame({"feature": list(features)}).join(
        pl.DataFrame({"check": ["prefix", "changed future", "last row"]}), how="cross"
    )
    return order.join(summed, on=["feature", "check"], how="inner", maintain_order="left")
