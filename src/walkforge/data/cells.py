"""Raw rows from a table: every cell is read strictly, and a bad one is named with its place.

Raw rows are a frame of date (Date), symbol (String), open, high, low, close, volume and, where
the source gives it, adj_close (Float64), in the order of the source.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import polars as pl

from walkforge.data.config import ColumnNames
from walkforge.data.symbols import SYMBOL_RULE, is_symbol
from walkforge.errors import InputError

# ASCII digits alone: \d would take those of every script, which the cast then cannot read.
_NUMBER = r"^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$"
_DATE = r"^[12][0-9]{3}-[0-9]{2}-[0-9]{2}$"
_FIRST_DATE, _LAST_DATE = dt.date(1000, 1, 1), dt.date(2999, 12, 31)
_EPOCH = dt.date(1970, 1, 1)

_SHOWN_CHARACTERS = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where a table came from: its file, what a row is called there, the first row's number."""

    file: str
    unit: str
    first: int


def check_columns(found: Sequence[str], columns: ColumnNames, *, file: str) -> None:
    """Refuse a table that lacks a configured column, naming the column and those found."""
    for key, name in asdict(columns).items():
        if name is not None and name not in found:
            raise InputError(
                f"{file}: no column {name!r}, which data.columns.{key} names; "
                f"found {list(found)}: correct data.columns or the file"
            )


def raw_rows(table: pl.DataFrame, columns: ColumnNames, *, origin: Origin) -> pl.DataFrame:
    """Return the table's raw rows, its columns renamed as configured, every cell typed.

    Text is matched to a strict pattern and then cast; other types are cast without loss.

    Raises
    ------
    InputError
        For a missing column, no rows, a column of a type that cannot serve, or a cell that is
        empty or not what its column needs.

    """
    check_columns(table.columns, columns, file=origin.file)
    if table.is_empty():
        raise InputError(f"{origin.file}: no rows: give a file with at least one bar")
    typed = [_dates(table[columns.date], origin).alias("date")]
    typed.append(_symbols(table[columns.symbol], origin).alias("symbol"))
    for key, name in asdict(columns).items():
        if key not in {"date", "symbol"} and name is not None:
            typed.append(_numbers(table[name], origin).alias(key))
    return pl.DataFrame(typed)


def _dates(cells: pl.Series, origin: Origin) -> pl.Series:
    """Return the cells as dates, from dates, midnights without a time zone, or ISO text."""
    dtype = cells.dtype
    if dtype == pl.String:
        matched = cells.str.contains(_DATE)
        _refuse(cells, ~matched, origin, "is not a date: write it as YYYY-MM-DD")
        dates = cells.str.to_date("%Y-%m-%d", strict=False)
        _refuse(cells, dates.is_null(), origin, "is no day of the calendar: correct it")
        return dates
    if dtype != pl.Date and not (isinstance(dtype, pl.Datetime) and dtype.time_zone is None):
        raise InputError(
            f"{origin.file}: column {cells.name!r} has type {dtype}: give dates as days without "
            "time or time zone, or as text YYYY-MM-DD"
        )
    dates = cells.cast(pl.Date)
    # Days since 1970, for a date that is too far off cannot even be shown as one.
    days = dates.to_physical()
    known = days.is_between((_FIRST_DATE - _EPOCH).days, (_LAST_DATE - _EPOCH).days)
    too_far = f"is no day since {_EPOCH} that lies from {_FIRST_DATE} to {_LAST_DATE}: correct it"
    _refuse(days, ~known, origin, too_far)
    part_day = dates.cast(dtype) != cells
    _refuse(cells, part_day, origin, "has a time of day: give daily bars, dated by day")
    return dates


def _symbols(cells: pl.Series, origin: Origin) -> pl.Series:
    """Return the cells as symbols, from text alone: a number has lost its leading zeros."""
    if not isinstance(cells.dtype, (pl.String, pl.Categorical, pl.Enum)):
        raise InputError(
            f"{origin.file}: column {cells.name!r} has type {cells.dtype}: store symbols as text"
        )
    symbols = cells.cast(pl.String)
    _refuse(symbols, symbols.is_null(), origin, "is no symbol: fill it in or remove the row")
    bad = [symbol for symbol in symbols.unique() if not is_symbol(symbol)]
    if bad:
        _refuse(symbols, symbols.is_in(bad), origin, f"is no symbol: {SYMBOL_RULE}")
    return symbols


def _numbers(cells: pl.Series, origin: Origin) -> pl.Series:
    """Return the cells as finite float64 numbers, from numbers or from plain decimal text."""
    if cells.dtype == pl.String:
        matched = cells.str.contains(_NUMBER)
        plain = "is not a plain number: write it like 1234.5, without separators or units"
        _refuse(cells, ~matched, origin, plain)
    elif not cells.dtype.is_numeric():
        raise InputError(
            f"{origin.file}: column {cells.name!r} has type {cells.dtype}: store it as numbers"
        )
    numbers = cells.cast(pl.Float64)
    _refuse(cells, ~numbers.is_finite(), origin, "is not a finite number: correct it")
    return numbers


def _refuse(cells: pl.Series, bad: pl.Series, origin: Origin, problem: str) -> None:
    """Refuse the first cell that is bad or empty, naming its place and value."""
    rows = bad.fill_null(value=True).arg_true()
    if rows.is_empty():
        return
    first = int(rows[0])
    value = cells.slice(first, 1).cast(pl.String).item()
    shown = "an empty cell" if value is None else repr(value[:_SHOWN_CHARACTERS])
    raise InputError(
        f"{origin.file}: {origin.unit} {origin.first + first}, column {cells.name!r}: "
        f"{shown} {problem}"
    )
