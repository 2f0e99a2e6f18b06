"""Source `sqlite`: one table of a SQLite database, opened read-only."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from urllib.parse import quote

import polars as pl

from walkforge.data.config import ColumnNames, DataConfig
from walkforge.data.files import single_file
from walkforge.data.raw import Part, RawTable, check_bytes, check_height, column_roles, typed_table
from walkforge.data.source_entry import Source
from walkforge.errors import InputError, nearest, shown

# Beside a database lie rows that are committed and not yet in it, or to be undone.
SOURCE = Source(path="file", beside=("-wal", "-journal"), table=True)

BUSY_SECONDS = 5.0
QUERY_SECONDS = 600.0  # of all reading of a database
STEPS_BETWEEN_LOOKS = 100_000  # of SQLite's machine, at the clock
MOST_ROW_BYTES = 1_000_000
ROWS_AT_ONCE = 10_000

_READING = frozenset({sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION})
_PRAGMAS = frozenset({"integrity_check", "table_info", "table_xinfo"})


def read(config: DataConfig) -> list[Part]:
    """Table config.table of the database at config.path as the only part.

    Raises:
        InputError: PATH, or CONFIG where the table is not named or the symbol has no column.
    """
    file = single_file(config.path)
    if config.table is None:
        raise InputError("data.table is null: name the table to read", code="CONFIG")
    if config.columns.symbol is None or config.layout != "long":
        raise InputError(
            "source sqlite reads layout long with a column of symbols: set data.layout to long "
            "and data.columns.symbol",
            code="CONFIG",
        )
    read = partial(_table, file, config.table, config.columns)
    return [Part(file=f"{file}:{config.table}", symbol=None, read=read)]


def _table(file: Path, table: str, columns: ColumnNames) -> RawTable:
    """A table of a database as a raw table, in the order of its rows.

    Raises:
        InputError: DATABASE for no database or a damaged one, LOCKED, TABLE for a name that is no
            table, COLUMNS, ROWS, NO_ROWS.
    """
    place = f"{file}:{table}"
    with _opened(file) as connection:
        _check_whole(connection, file)
        _check_table(connection, table, file)
        name = _identifier(table)
        found = [row[1] for row in connection.execute(f"PRAGMA table_info({name})")]
        roles = column_roles(found, columns, file=place)
        rows = connection.execute(f"SELECT count(*) FROM {name}").fetchone()[0]  # noqa: S608
        check_height(rows, file=place)
        wanted = ", ".join(map(_identifier, roles.values()))
        cells = _fetched(connection.execute(f"SELECT {wanted} FROM {name}"), file)  # noqa: S608
    listed = zip(*cells, strict=True) if cells else [() for _ in roles]
    names = list(roles.values())
    frame = pl.DataFrame(
        {column: _column(values) for column, values in zip(names, listed, strict=True)}
    )
    return replace(typed_table(frame, columns, file=place, found=found), null_words=False)


def _fetched(cursor: sqlite3.Cursor, file: Path) -> list[tuple[object, ...]]:
    """All rows, read in parts until they are too many bytes."""
    rows: list[tuple[object, ...]] = []
    size = 0
    while part := cursor.fetchmany(ROWS_AT_ONCE):
        texts = (cell for row in part for cell in row if isinstance(cell, (str, bytes)))
        size += sum(map(len, texts))
        check_bytes(size, file)
        rows += part
    return rows


def _column(values: tuple[object, ...]) -> pl.Series:
    """A column's values: numbers as numbers, or all as text where a value is none."""
    if all(value is None or isinstance(value, (int, float)) for value in values):
        floats = [None if value is None else float(value) for value in values]  # type: ignore[arg-type]
        return pl.Series(floats, dtype=pl.Float64)
    return pl.Series([_as_text(value) for value in values], dtype=pl.String)


def _as_text(value: object) -> str | None:
    """A value as text; of a blob, what it is."""
    if value is None or isinstance(value, str):
        return value
    return f"<blob of {len(value)} bytes>" if isinstance(value, bytes) else repr(value)


@contextmanager
def _opened(file: Path) -> Iterator[sqlite3.Connection]:
    """Give a connection that can only read, and name what is wrong with the database."""
    try:
        address = f"file:{quote(str(file.absolute()))}?mode=ro"
        with closing(sqlite3.connect(address, uri=True, timeout=BUSY_SECONDS)) as connection:
            _limit(connection)
            connection.text_factory = lambda data: data.decode("utf-8", "replace")
            yield connection
    except sqlite3.OperationalError as error:
        if "locked" in str(error) or "busy" in str(error):
            raise InputError(
                f"{file}: locked by another program for over {BUSY_SECONDS:g} s: "
                "close it and run again",
                code="LOCKED",
            ) from error
        if "interrupted" in str(error):
            raise InputError(
                f"{file}: takes over {QUERY_SECONDS:g} s to read: copy the bars to a table of "
                "plain columns",
                code="SIZE",
            ) from error
        if "readonly" in str(error):
            raise InputError(
                f"{file}: was left in the middle of a change ({file.name}-journal), which only a "
                "program that may write can undo: open it once with its own, or with sqlite3",
                code="DATABASE",
            ) from error
        raise _unreadable(file, error) from error
    except sqlite3.DataError as error:
        raise InputError(
            f"{file}: has a row of over {MOST_ROW_BYTES:,} bytes: copy the bars to a table of "
            "their own",
            code="SIZE",
        ) from error
    except (sqlite3.Error, UnicodeError) as error:
        raise _unreadable(file, error) from error


def _limit(connection: sqlite3.Connection) -> None:
    """Let a connection read tables, for a while, and nothing else.

    Columns and checks of a table are expressions of whoever made it: they may make a long value of
    a short row, or take for ever.
    """
    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, MOST_ROW_BYTES)
    connection.execute("PRAGMA trusted_schema = OFF")
    connection.execute("PRAGMA cell_size_check = ON")
    connection.set_authorizer(_allowed)
    ends = time.monotonic() + QUERY_SECONDS
    connection.set_progress_handler(lambda: time.monotonic() > ends, STEPS_BETWEEN_LOOKS)


def _allowed(action: int, first: str | None, *_: object) -> int:
    """Whether a statement may do this: read, call functions, and ask about tables."""
    if action == sqlite3.SQLITE_PRAGMA:
        return sqlite3.SQLITE_OK if first in _PRAGMAS else sqlite3.SQLITE_DENY
    return sqlite3.SQLITE_OK if action in _READING else sqlite3.SQLITE_DENY


def _unreadable(file: Path, error: object) -> InputError:
    """The error of a file that is no sound database."""
    return InputError(
        f"{file}: not a sound SQLite database ({error!s:.300}): restore it or correct data.path",
        code="DATABASE",
    )


def _check_whole(connection: sqlite3.Connection, file: Path) -> None:
    """Refuse a database with damaged pages."""
    found = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
    if found != "ok":
        raise _unreadable(file, shown(str(found).splitlines()[0]))


def _check_table(connection: sqlite3.Connection, table: str, file: Path) -> None:
    """Refuse a name that is not exactly that of a table."""
    query = (
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' "
        "AND sql NOT LIKE 'CREATE VIRTUAL%'"
    )
    known = [row[0] for row in connection.execute(query)]
    if table not in known:
        close = f"the nearest is {nearest(table, known)!r}" if known else "it has none"
        raise InputError(
            f"{file}: no table {shown(table)} (views and virtual tables do not count): {close}: "
            "correct data.table",
            code="TABLE",
        )


def _identifier(name: str) -> str:
    """A name quoted for SQL."""
    return '"' + name.replace('"', '""') + '"'
