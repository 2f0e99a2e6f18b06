"""Wide tables: one row for each date, one column for each field of each symbol.

Two header lines name field and symbol of each column, in either order, as pandas writes columns
of two levels; the first column holds the dates. A third line that names the first column alone
may follow.
"""

from collections.abc import Mapping
from dataclasses import asdict, replace
from functools import partial

import polars as pl

from walkforge.data.config import ColumnNames, TextFormat
from walkforge.data.headers import unnamed_adjusted
from walkforge.data.raw import RawTable, check_columns, issue, no_issues
from walkforge.data.text_file import Lines, fields_of, split_lines
from walkforge.errors import InputError, shown

# Of a line that cannot be split into fields, and is set aside once for each symbol.
_SHOWN_CHARACTERS = 120


def wide_table(lines: Lines, columns: ColumnNames, text: TextFormat) -> RawTable:
    """A wide file as a raw table: one row for each date and symbol with any cell filled.

    Raises:
        InputError: COLUMNS where the two levels or a field of a symbol are missing, DUP_COLUMN,
            NO_ROWS, QUOTE, TRUNCATED.
    """
    if len(lines.text) < 2:
        raise InputError(f"{lines.file}: a header of two lines is missing", code="COLUMNS")
    levels = [[cell.strip() for cell in fields_of(line, text.separator)] for line in lines.text[:2]]
    check_columns(len(levels[0]), file=lines.file)
    fields = {name: role for role, name in asdict(columns).items()
              if name is not None and role not in ("date", "symbol")}  # fmt: skip
    places = _places(levels, fields, lines)
    first = 2 + _names_index(lines, text)
    if len(lines.text) == first:
        raise InputError(
            f"{lines.file}: the file has a header and no rows: give one that holds bars",
            code="NO_ROWS",
        )
    rows = replace(lines, places=lines.places[first:], text=lines.text[first:])
    table, broken = split_lines(rows, len(levels[0]), text.separator)
    table.columns = [f"field_{i}" for i in range(table.width)]
    frames = [_one_symbol(table, symbol, own, rows, broken) for symbol, own in places.items()]
    long = pl.concat(frames)
    roles = [role for role in ("date", "symbol", *fields.values()) if role in long.columns]
    cells = long.select(roles)
    return RawTable(
        file=lines.file,
        unit="line",
        places=long["place"],
        cells=cells,
        broken=long["broken"],
        names={role: name for name, role in fields.items()},
        text=partial(_own_cells, long, {role: name for name, role in fields.items()}),
        issues=pl.concat([lines.issues, _adjusted(levels, columns, lines)]),
    )


def _own_cells(long: pl.DataFrame, names: Mapping[str, str], rows: pl.Series) -> pl.Series:
    """Date, symbol and own cells of some rows, named; the line's begin where it is broken.

    A line holds the cells of all symbols, of which others are no fault of this one.
    """
    own = [
        pl.format("{}={}", pl.lit(name), pl.col(role).fill_null(""))
        for role, name in names.items()
        if role in long.columns
    ]
    told = pl.format(
        "{} {}: {}", pl.col("date").fill_null(""), "symbol", pl.concat_str(own, separator=", ")
    )
    whole = pl.col("broken").is_null()
    begin = pl.col("text").str.slice(0, _SHOWN_CHARACTERS)
    return long[rows].select(text=pl.when(whole).then(told).otherwise(begin)).to_series()


def _adjusted(levels: list[list[str]], columns: ColumnNames, lines: Lines) -> pl.DataFrame:
    """The flag that asks about adjusted closes that no key of data.columns names."""
    found = (unnamed_adjusted(level[1:], columns) for level in levels)
    return pl.concat(
        [no_issues()]
        + [issue("FLAG", "ADJ_CLOSE", file=lines.file, column=name) for name in found if name]
    )


def _places(
    levels: list[list[str]], fields: Mapping[str, str], lines: Lines
) -> dict[str, dict[str, int]]:
    """Symbol -> role -> number of its column."""
    upper, lower = levels
    if len(upper) != len(lower):
        raise InputError(
            f"{lines.file}: the two header lines have {len(upper)} and {len(lower)} fields: "
            "give field and symbol of every column, or set data.layout to long",
            code="COLUMNS",
        )
    known = [sum(name in fields for name in level[1:]) for level in levels]
    if max(known) == 0:
        raise InputError(
            f"{lines.file}: neither header line names {', '.join(fields)}; found "
            f"{', '.join(map(shown, upper[1:6]))}: correct data.columns, or data.layout to long",
            code="COLUMNS",
        )
    names, symbols = (upper, lower) if known[0] >= known[1] else (lower, upper)
    places: dict[str, dict[str, int]] = {}
    for column, (name, symbol) in enumerate(zip(names, symbols, strict=True)):
        if column == 0 or name not in fields:
            continue
        own = places.setdefault(symbol, {})
        if fields[name] in own:
            raise InputError(
                f"{lines.file}: names {shown(name)} of {shown(symbol)} twice: remove one",
                code="DUP_COLUMN",
            )
        own[fields[name]] = column
    _check_complete(places, fields, lines)
    return places


def _check_complete(
    places: Mapping[str, Mapping[str, int]], fields: Mapping[str, str], lines: Lines
) -> None:
    """Refuse a symbol that lacks a configured field."""
    for symbol, own in places.items():
        for name, role in fields.items():
            if role not in own:
                raise InputError(
                    f"{lines.file}: no column {name!r} of {shown(symbol)}: add it, correct "
                    f"data.columns.{role}, or set data.layout to long",
                    code="COLUMNS",
                )


def _names_index(lines: Lines, text: TextFormat) -> bool:
    """Whether the third line names the first column and nothing else."""
    if len(lines.text) < 3:
        return False
    cells = fields_of(lines.text[2], text.separator)
    return bool(cells) and not any(cell.strip() for cell in cells[1:])


def _one_symbol(
    table: pl.DataFrame, symbol: str, own: Mapping[str, int], rows: Lines, broken: pl.Series
) -> pl.DataFrame:
    """One symbol's rows: those that hold a cell, and those that cannot be split into fields."""
    frame = table.select(
        pl.col("field_0").alias("date"),
        pl.lit(symbol).alias("symbol"),
        *(pl.col(f"field_{column}").alias(role) for role, column in own.items()),
    ).with_columns(place=rows.places, broken=broken, text=rows.text)
    filled = pl.any_horizontal((pl.col(role).str.strip_chars() != "") for role in own)
    return frame.filter(filled.fill_null(value=False) | pl.col("broken").is_not_null())
