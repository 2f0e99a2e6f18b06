"""What a source gives: tables of cells and the place of each row, before anything is believed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import polars as pl

from walkforge.data.config import ColumnNames
from walkforge.data.dates import near_dates
from walkforge.data.headers import proposal, unnamed_adjusted
from walkforge.errors import InputError, nearest, shown

# What a column can be for, in the order of the bars frame.
ROLES = ("date", "symbol", "open", "high", "low", "close", "volume", "adj_close", "currency")

# A small file can claim, and on reading become, hundreds of millions of rows.
MAX_ROWS = 50_000_000
MOST_COLUMNS = 100_000
MOST_CELLS_BYTES = 1 << 33  # of all cells with a role, read
MOST_CELL_BYTES = 10_000  # of one that is text

_NAMED = 50  # columns without a role

# One row for each repair (lossless, with before and after) and each flag (kept, and counted).
ISSUES_SCHEMA = pl.Schema(
    {
        "action": pl.String(),
        "code": pl.String(),
        "file": pl.String(),
        "line": pl.UInt32(),
        "symbol": pl.String(),
        "date": pl.Date(),
        "column": pl.String(),
        "before": pl.String(),
        "after": pl.String(),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RawTable:
    """One table of N rows.

    Attributes:
        file: what messages call it. unit: what a row is called there, 'line' or 'row'.
        places: [N] UInt32, the number of each row in its file.
        cells: [N] one column for each role that the source has (see ROLES): text as it was found
            (null for none), or typed values. A row that is broken has null cells.
        broken: [N] String, the code of a row that could not be taken apart, null for others.
        names: role -> name of its column in the file.
        text: indices of rows -> what each row looked like.
        issues: repairs and flags of the table as a whole, in ISSUES_SCHEMA.
        null_words: whether text such as N/A stands for a missing number.
    """

    file: str
    unit: str
    places: pl.Series
    cells: pl.DataFrame
    broken: pl.Series
    names: Mapping[str, str]
    text: Callable[[pl.Series], pl.Series]
    issues: pl.DataFrame
    null_words: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One file or table of a source, not read yet.

    Attributes:
        file: what messages call it. symbol: its only symbol, None where its rows name theirs.
        read: gives its table, or raises InputError with the code of what is wrong with it.
    """

    file: str
    symbol: str | None
    read: Callable[[], RawTable]


def issue(action: str, code: str, **fields: object) -> pl.DataFrame:
    """One issue as a frame; fields that are not given are null."""
    row = {"action": action, "code": code} | fields
    return pl.DataFrame([{name: row.get(name) for name in ISSUES_SCHEMA}], schema=ISSUES_SCHEMA)


def no_issues() -> pl.DataFrame:
    """A frame of issues without a row."""
    return pl.DataFrame(schema=ISSUES_SCHEMA)


def column_roles(found: Sequence[str], columns: ColumnNames, *, file: str) -> dict[str, str]:
    """Role -> column for the configured columns, all of which must be among those found.

    Raises:
        InputError: COLUMNS, naming the missing column, those found and the most similar.
    """
    roles = {role: name for role, name in asdict(columns).items() if name is not None}
    for role, name in roles.items():
        if name not in found:
            listed = ", ".join(shown(column, characters=30) for column in found[:20])
            more = ", ..." if len(found) > 20 else ""
            raise InputError(
                f"{file}: no column {name!r}, which data.columns.{role} names; found {listed}{more}"
                f" (most similar: {shown(nearest(name, found), characters=30)}): correct "
                f"data.columns or the file{proposal(found, columns)}",
                code="COLUMNS",
            )
    return roles


def extra_columns(
    found: Sequence[str], roles: Mapping[str, str], columns: ColumnNames, *, file: str
) -> pl.DataFrame:
    """The flags that list columns without a role, and ask about adjusted closes among them."""
    extra = [name for name in found if name not in roles.values()]
    if not extra:
        return no_issues()
    more = f" and {len(extra) - _NAMED:,} more" if len(extra) > _NAMED else ""
    told = ", ".join(map(shown, extra[:_NAMED])) + more
    listed = issue("FLAG", "EXTRA_COLUMNS", file=file, before=told)
    adjusted = unnamed_adjusted(extra, columns)
    if adjusted is None:
        return listed
    return pl.concat([listed, issue("FLAG", "ADJ_CLOSE", file=file, column=adjusted)])


def check_height(rows: int, *, file: str) -> None:
    """Refuse a row count, known before reading, that is over the limit.

    Raises:
        InputError: ROWS.
    """
    if rows > MAX_ROWS:
        raise InputError(
            f"{file}: {rows} rows, over the limit of {MAX_ROWS}: split the file",
            code="ROWS",
        )


def check_columns(count: int, *, file: str) -> None:
    """Refuse a header of more columns than any market has symbols and fields.

    Raises:
        InputError: SIZE.
    """
    if count > MOST_COLUMNS:
        raise InputError(
            f"{file}: {count:,} columns, over the limit of {MOST_COLUMNS:,}: split the file",
            code="SIZE",
        )


def check_bytes(size: int, file: Path) -> None:
    """Refuse cells that take more bytes, as they are known so far, than any honest source has.

    Raises:
        InputError: SIZE.
    """
    if size > MOST_CELLS_BYTES:
        raise InputError(
            f"{file}: it unpacks to over {MOST_CELLS_BYTES:,} bytes: split it, or correct "
            "data.columns",
            code="SIZE",
        )


def typed_table(
    table: pl.DataFrame,
    columns: ColumnNames,
    *,
    file: str,
    found: Sequence[str] = (),
    symbol: str | None = None,
) -> RawTable:
    """A table of columns of any type as a raw table, rows counted from 1.

    Args:
        table: has the configured columns. columns: their names. file: for messages.
        found: names of all columns of the source, where the table holds a part of them.
        symbol: the only symbol.

    Raises:
        InputError: COLUMNS, NO_ROWS.
    """
    names = list(found) or table.columns
    roles = column_roles(names, columns, file=file)
    if table.is_empty():
        raise InputError(f"{file}: the file has no rows: give at least one bar", code="NO_ROWS")
    cells = table.select(pl.col(name).alias(role) for role, name in roles.items())
    if symbol is not None:
        cells = cells.with_columns(symbol=pl.lit(symbol))
    return RawTable(
        file=file,
        unit="row",
        places=pl.int_range(1, table.height + 1, dtype=pl.UInt32, eager=True),
        cells=cells,
        broken=pl.repeat(None, table.height, dtype=pl.String, eager=True),
        names=roles,
        text=partial(cells_as_text, cells),
        issues=extra_columns(names, roles, columns, file=file),
    )


def cells_as_text(cells: pl.DataFrame, rows: pl.Series) -> pl.Series:
    """The cells of some rows, each row joined by commas."""
    chosen = pl.DataFrame([_as_text(column) for column in cells[rows]])
    return chosen.select(pl.concat_str(pl.all().fill_null(""), separator=",")).to_series()


def _as_text(cells: pl.Series) -> pl.Series:
    """Cells of any type as text; of dates too far off to be shown, the stored number."""
    if cells.dtype != pl.Date and not isinstance(cells.dtype, pl.Datetime):
        return cells.cast(pl.String, strict=False)
    days = near_dates(cells).cast(pl.String)
    return pl.select(pl.coalesce(days, cells.to_physical().cast(pl.String)).alias(cells.name))\
        .to_series()  # fmt: skip


def file_symbol(file: Path) -> str:
    """The symbol that a file is named after: its name without the last suffix."""
    return file.stem
