"""Lines of delimited text, of a file or a download, as a raw table: one bar on each line."""

from collections.abc import Sequence
from dataclasses import asdict, replace

import polars as pl

from walkforge.data.config import ColumnNames, TextFormat
from walkforge.data.headers import has_two_levels, wide_columns
from walkforge.data.raw import (
    RawTable,
    check_columns,
    column_roles,
    extra_columns,
    issue,
    no_issues,
)
from walkforge.data.text_file import Lines, fields_of, split_lines
from walkforge.errors import InputError, shown


def long_table(
    lines: Lines, columns: ColumnNames, text: TextFormat, *, symbol: str | None
) -> RawTable:
    """Lines, the first of which names the columns, as a raw table.

    Raises:
        InputError: COLUMNS, DUP_COLUMN, NO_ROWS, QUOTE, TRUNCATED.
    """
    names, renamed = header(lines, text)
    _check_levels(lines, names, columns, text)
    roles = column_roles(names, columns, file=lines.file)
    _check_distinct(lines, names)
    if len(lines.text) == 1:
        raise InputError(
            f"{lines.file}: the file has a header and no rows: give one that holds bars",
            code="NO_ROWS",
        )
    rows = replace(lines, places=lines.places[1:], text=lines.text[1:])
    fields, broken = split_lines(rows, len(names), text.separator)
    fields.columns = [f"field_{i}" for i in range(len(names))]
    cells = fields.select(
        pl.col(f"field_{names.index(name)}").alias(role) for role, name in roles.items()
    )
    if symbol is not None:
        cells = cells.with_columns(symbol=pl.lit(symbol))
    open_end = issue("FLAG", "NO_NEWLINE", file=lines.file, line=int(rows.places[-1]))
    noted = [lines.issues, renamed, extra_columns(names, roles, columns, file=lines.file)]
    return RawTable(
        file=lines.file,
        unit="line",
        places=rows.places,
        cells=cells,
        broken=broken,
        names=roles,
        text=rows.text.gather,
        issues=pl.concat(noted if lines.ended else [*noted, open_end]),
    )


def _check_levels(
    lines: Lines, names: Sequence[str], columns: ColumnNames, text: TextFormat
) -> None:
    """Refuse a header of two levels that cannot serve as one of a level, and name the layout."""
    configured = [name for name in asdict(columns).values() if name is not None]
    if len(lines.text) < 2 or (set(configured) <= set(names) and len(set(names)) == len(names)):
        return
    second = [cell.strip() for cell in fields_of(lines.text[1], text.separator)]
    if has_two_levels(names, second):
        raise InputError(
            f"{lines.file}: lines {lines.places[0]} and {lines.places[1]} name field and symbol of "
            "each column, as pandas and yfinance write them: set data.layout: wide and "
            f"data.columns: {wide_columns(names, second)}",
            code="COLUMNS",
        )


def header(lines: Lines, text: TextFormat) -> tuple[list[str], pl.DataFrame]:
    """The names on the first line, stripped, and a repair where that changed one.

    Raises:
        InputError: COLUMNS when the line cannot be split into fields.
    """
    first = lines.text[0]
    found = fields_of(first, text.separator)
    check_columns(len(found), file=lines.file)
    names = [name.strip() for name in found]
    if not any(names):
        raise InputError(
            f"{lines.file}: line {lines.places[0]}: no column names in {shown(first)}: "
            "begin the file with a header",
            code="COLUMNS",
        )
    _check_separator(lines.file, names, text.separator)
    padded = names != found
    repaired = issue(
        "REPAIR", "STRIP", file=lines.file, line=int(lines.places[0]), before=first,
        after=text.separator.join(names),
    )  # fmt: skip
    return names, repaired if padded else no_issues()


def _check_separator(file: str, names: Sequence[str], separator: str) -> None:
    """Refuse one wide column that another separator would divide, with the remedy."""
    for other in (";", "\t", "|", ","):
        if len(names) == 1 and other != separator and names[0].count(other) >= 4:
            raise InputError(
                f"{file}: no column is divided by {separator!r}, but {shown(names[0])} is by "
                f"{other!r}: set data.text.separator to it (and data.text.decimal)",
                code="COLUMNS",
            )


def _check_distinct(lines: Lines, names: Sequence[str]) -> None:
    """Refuse a name that stands twice; an empty one may, for it cannot be configured."""
    seen: set[str] = set()
    for name in names:
        if name and name in seen:
            raise InputError(
                f"{lines.file}: line {lines.places[0]}: names the column {shown(name)} twice: "
                "rename or remove one",
                code="DUP_COLUMN",
            )
        seen.add(name)
