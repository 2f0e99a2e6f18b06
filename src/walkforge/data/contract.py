"""The contract of single rows: which values, days and copies no bar may have.

Rows are a frame sorted by symbol, date and order of reading, with columns row, part, line, date,
second, symbol, open, high, low, close, volume, where given adj_close, and code: null for a row
that keeps the contract so far. Each judge returns the rows with the codes of those that break it.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from walkforge.data.bars import PRICE_COLUMNS, outside_range
from walkforge.errors import InputError, shown

# Above what any market trades in a day, and still exact enough in float64.
MAX_VOLUME = 1e18

# A date with conflicting bars is a fault; a symbol where most dates have several is not daily.
_MANY_DATES = 10

_OPEN_ROWS = pl.col("code").is_null()
_SHOWN = 5


def judged(rows: pl.DataFrame, broken: pl.Expr, code: str) -> pl.DataFrame:
    """The rows, those that are broken and have no code yet with this one."""
    marked = pl.when(_OPEN_ROWS & broken).then(pl.lit(code)).otherwise(pl.col("code"))
    return rows.with_columns(code=marked)


def judge_values(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows with codes NONPOSITIVE, VOLUME and OHLC."""
    lowest = pl.min_horizontal(PRICE_COLUMNS)
    rows = judged(rows, lowest <= 0, "NONPOSITIVE")
    rows = judged(rows, (pl.col("volume") < 0) | (pl.col("volume") > MAX_VOLUME), "VOLUME")
    return judged(rows, (pl.col("high") < pl.col("low")) | outside_range(), "OHLC")


def judge_sessions(rows: pl.DataFrame, sessions: pl.Series) -> pl.DataFrame:
    """The rows with code SESSION on days that are no session."""
    return judged(rows, ~pl.col("date").is_in(sessions.implode()), "SESSION")


def placed(row: Mapping[str, Any], units: Sequence[str]) -> str:
    """Where a row (part, line) stood, for messages.

    Args:
        row: a row. units: of each part, its file and what its rows are called.
    """
    return f"{units[row['part']]} {row['line']}"


def judge_copies(rows: pl.DataFrame, units: Sequence[str]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The rows without exact copies, conflicting ones with code DUPLICATE, and the copies.

    Of exact copies the first that was read stays; a time of day does not make a copy another bar.

    Args:
        rows: columns of contract. units: see placed.

    Raises:
        InputError: FREQUENCY where a symbol has several bars a day.
    """
    sound = rows.filter(_OPEN_ROWS)
    same_day = (pl.col("symbol") == pl.col("symbol").shift(1)) & (
        pl.col("date") == pl.col("date").shift(1)
    )
    if not sound.select(same_day.any()).item():
        return rows, rows.clear()
    several = sound.filter(pl.struct("symbol", "date").is_duplicated())
    _check_times(sound, several, units)
    places = ("row", "part", "line", "second", "code")
    values = [name for name in rows.columns if name not in places]
    kept = several.unique(values, keep="first", maintain_order=True)
    copies = several.join(kept, on="row", how="anti")
    conflicts = kept.filter(pl.struct("symbol", "date").is_duplicated())
    _check_frequency(sound, conflicts, units)
    left = rows.join(copies, on="row", how="anti", maintain_order="left")
    broken = pl.col("row").is_in(conflicts["row"].implode())
    return judged(left, broken, "DUPLICATE"), copies


def _check_times(sound: pl.DataFrame, several: pl.DataFrame, units: Sequence[str]) -> None:
    """Refuse a symbol that has bars at different times on most of its days."""
    day = several.group_by("symbol", "date", maintain_order=True).agg(
        pl.col("second").n_unique(), pl.col("part", "line").last()
    )
    intraday = day.filter(pl.col("second") > 1)
    _refuse_most_days(sound, intraday, "bars at several times of one day", units, at_least=1)


def _check_frequency(sound: pl.DataFrame, conflicts: pl.DataFrame, units: Sequence[str]) -> None:
    """Refuse a symbol that has several different bars on most of its days."""
    problem = "several bars on most of its days"
    _refuse_most_days(sound, conflicts, problem, units, at_least=_MANY_DATES)


def _refuse_most_days(
    sound: pl.DataFrame,
    doubled: pl.DataFrame,
    problem: str,
    units: Sequence[str],
    *,
    at_least: int,
) -> None:
    """Refuse a symbol of which more than half of the days, and some number, are doubled."""
    if doubled.is_empty():
        return
    days = sound.group_by("symbol").agg(days=pl.col("date").n_unique())
    counted = doubled.group_by("symbol", maintain_order=True).agg(
        pl.col("date", "part", "line").first(), several=pl.col("date").n_unique()
    )
    most = (pl.col("several") >= at_least) & (2 * pl.col("several") > pl.col("days"))
    many = counted.join(days, on="symbol").filter(most)
    if not many.is_empty():
        row = many.sort("symbol").row(0, named=True)
        day = (pl.col("symbol") == row["symbol"]) & (pl.col("date") == row["date"])
        parts = sound.filter(day)["part"].unique(maintain_order=True)
        raise _not_daily(row, problem, units, files=[_file(units[part]) for part in parts])


def _file(unit: str) -> str:
    """The file of one of the units that `placed` takes."""
    return unit.rpartition(": ")[0]


def _not_daily(
    row: Mapping[str, Any], problem: str, units: Sequence[str], *, files: Sequence[str]
) -> InputError:
    """The error of bars that are not daily; files: those of the first such day."""
    several = f", in {' and '.join(files[:_SHOWN])}" if len(set(files)) > 1 else ""
    remedy = "keep one of these files" if several else "give one bar a day"
    return InputError(
        f"{placed(row, units)}: {shown(row['symbol'])} has {problem}, first on {row['date']}"
        f"{several}: {remedy}",
        code="FREQUENCY",
    )


def check_future(rows: pl.DataFrame, as_of: dt.date, units: Sequence[str]) -> None:
    """Refuse a bar dated after the day on which the data can have been known.

    Args:
        rows: columns of contract. as_of: that day. units: see placed.

    Raises:
        InputError: FUTURE.
    """
    future = rows.filter(_OPEN_ROWS & (pl.col("date") > as_of))
    if not future.is_empty():
        first = future.row(0, named=True)
        raise InputError(
            f"{placed(first, units)}: {shown(first['symbol'])} has a bar on "
            f"{first['date']}, after {as_of} ({future.height} such rows): correct the dates, or "
            "data.as_of",
            code="FUTURE",
        )


def check_currency(rows: pl.DataFrame, units: Sequence[str]) -> pl.DataFrame:
    """The rows without their currency, known to be one.

    Args:
        rows: columns of contract. units: see placed.

    Raises:
        InputError: CURRENCY.
    """
    if "currency" not in rows.columns:
        return rows
    first = rows.filter(_OPEN_ROWS).unique("currency", keep="first", maintain_order=True)
    if first.height > 1:
        listed = ", ".join(
            f"{shown(str(row['currency']))} ({placed(row, units)})"
            for row in first.head(_SHOWN).iter_rows(named=True)
        )
        raise InputError(
            f"prices are in {first.height} currencies: {listed}: convert them to one, or keep the "
            "symbols of one with data.symbols",
            code="CURRENCY",
        )
    return rows.drop("currency")


def clamped(rows: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The rows with open and close inside [low, high], and what was changed.

    Rows that keep the contract leave it by rounding alone. Changes: row, column, before, after.
    """
    changes = []
    for name in ("open", "close"):
        within = pl.max_horizontal("low", pl.min_horizontal(name, "high"))
        moved = rows.filter(_OPEN_ROWS & (pl.col(name) != within)).select(
            "row", column=pl.lit(name), before=pl.col(name), after=within
        )
        changes.append(moved)
        if not moved.is_empty():
            rows = rows.with_columns(pl.when(_OPEN_ROWS).then(within).otherwise(name).alias(name))
    return rows, pl.concat(changes)
