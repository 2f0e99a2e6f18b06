"""From cells to typed rows: every cell is read strictly, and a row with a bad one gets a code."""

from typing import NamedTuple

import polars as pl

from walkforge.data.config import TextFormat
from walkforge.data.dates import dates_of_text, dates_of_type
from walkforge.data.numbers import numbers_of_text, numbers_of_type
from walkforge.data.raw import ISSUES_SCHEMA, RawTable
from walkforge.errors import InputError

NUMBERS = ("open", "high", "low", "close", "volume", "adj_close")


class Parsed(NamedTuple):
    """Typed rows of one table, in its order, and its repairs and flags.

    rows: date, second (of the day, null for a plain date), symbol, open, high, low, close, volume
        and where given adj_close and currency, code (null where every cell can be read).
    issues: in ISSUES_SCHEMA.
    """

    rows: pl.DataFrame
    issues: pl.DataFrame


def parse(table: RawTable, text: TextFormat, *, zone: str) -> Parsed:
    """The rows of a table, typed.

    The code of a row is that of its first bad cell, date before numbers: FIELDS or HEADER from
    the reader, DATE, NULL, NONFINITE, NUMBER.

    Raises:
        InputError: DATE_FORMAT, TZ_MIX, or DTYPE for a column that cannot serve.
    """
    cells, issues = _stripped(table)
    dates = _dates(cells["date"], table, text, zone=zone)
    repeated = _headers(cells, table)
    symbols = _masked(_symbols(cells["symbol"], table.file), repeated.is_not_null())
    columns = [dates["date"], dates["second"], symbols]
    codes = [table.broken.alias("broken"), repeated, dates["code"].alias("dates")]
    for name in NUMBERS:
        if name in cells.columns:
            read = _numbers(cells[name], table, text)
            columns.append(read["value"].alias(name))
            codes.append(read["code"].alias(f"{name}_code"))
    if "currency" in cells.columns:
        columns.append(cells["currency"].cast(pl.String))
    code = pl.DataFrame(codes).select(pl.coalesce(pl.all()).alias("code")).to_series()
    rows = pl.DataFrame([*columns, code])
    return Parsed(rows, pl.concat([table.issues, issues, _times(rows, table)]))


def _stripped(table: RawTable) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The cells with text stripped of white space, and one repair for each such cell."""
    stripped = []
    repairs = []
    for cells in table.cells:
        if cells.dtype != pl.String:
            stripped.append(cells)
            continue
        clean = cells.str.strip_chars()
        stripped.append(clean)
        padded = (clean != cells).fill_null(value=False)
        if padded.any():
            repairs.append(_repairs(table, padded, cells, clean))
    issues = pl.concat(repairs) if repairs else pl.DataFrame(schema=ISSUES_SCHEMA)
    return pl.DataFrame(stripped), issues


def _repairs(
    table: RawTable, changed: pl.Series, before: pl.Series, after: pl.Series, code: str = "STRIP"
) -> pl.DataFrame:
    """One repair for each row that a mask marks."""
    frame = pl.DataFrame(
        {
            "line": table.places.filter(changed),
            "before": before.filter(changed).cast(pl.String),
            "after": after.filter(changed).cast(pl.String),
        }
    ).with_columns(
        action=pl.lit("REPAIR"),
        code=pl.lit(code),
        file=pl.lit(table.file),
        column=pl.lit(table.names.get(before.name, before.name)),
        symbol=pl.lit(None, dtype=pl.String),
        date=pl.lit(None, dtype=pl.Date),
    )
    return frame.select(*ISSUES_SCHEMA).cast(ISSUES_SCHEMA)


def _dates(cells: pl.Series, table: RawTable, text: TextFormat, *, zone: str) -> pl.DataFrame:
    """Date, second and code of the date cells."""
    if cells.dtype == pl.String:
        where = (table.file, table.unit, table.places)
        readable = _masked(cells, _headers_mask(cells, table) | table.broken.is_not_null())
        return dates_of_text(readable, declared=text.date_format, zone=zone, where=where)
    return dates_of_type(cells, zone=zone, file=table.file)


def _masked(cells: pl.Series, hidden: pl.Series) -> pl.Series:
    """The cells, null where hidden."""
    if not hidden.any():
        return cells
    return pl.select(pl.when(~hidden).then(cells)).to_series().alias(cells.name)


def _headers_mask(cells: pl.Series, table: RawTable) -> pl.Series:
    """Where a text cell holds the name of its own column."""
    name = table.names.get(cells.name)
    return (
        (cells == name).fill_null(value=False) if name else pl.repeat(False, len(cells), eager=True)
    )


def _headers(cells: pl.DataFrame, table: RawTable) -> pl.Series:
    """Code HEADER where a row repeats the names of the columns."""
    text = [
        name for name in cells.columns if cells[name].dtype == pl.String and name in table.names
    ]
    if "date" not in text or "close" not in text:
        return pl.Series("header", [None], dtype=pl.String).new_from_index(0, cells.height)
    repeated = _headers_mask(cells["date"], table) & _headers_mask(cells["close"], table)
    return pl.select(header=pl.when(repeated).then(pl.lit("HEADER"))).to_series()


def _symbols(cells: pl.Series, file: str) -> pl.Series:
    """The symbols as text.

    Raises:
        InputError: DTYPE for a column that is not text: a number has lost its leading zeros.
    """
    if not isinstance(cells.dtype, (pl.String, pl.Categorical, pl.Enum)):
        raise InputError(
            f"{file}: column of symbols has type {cells.dtype}: store symbols as text",
            code="DTYPE",
        )
    return cells.cast(pl.String).alias("symbol")


def _numbers(cells: pl.Series, table: RawTable, text: TextFormat) -> pl.DataFrame:
    """Value and code of one column of numbers."""
    if cells.dtype == pl.String:
        return numbers_of_text(cells, text, null_words=table.null_words)
    return numbers_of_type(cells, file=table.file)


def _times(rows: pl.DataFrame, table: RawTable) -> pl.DataFrame:
    """A repair for each date that was written with a time of day or a time zone."""
    cells = table.cells["date"]
    if cells.dtype == pl.String:
        stamped = rows["second"].is_not_null()
    elif isinstance(cells.dtype, pl.Datetime) and cells.dtype.time_zone:
        stamped = rows["date"].is_not_null()
    else:
        stamped = (rows["second"] > 0).fill_null(value=False)
    return _repairs(table, stamped, cells, rows["date"], "TIME")
