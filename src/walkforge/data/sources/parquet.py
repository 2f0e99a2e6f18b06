"""Source `parquet`: one file of long bars, or a folder of them."""

from functools import partial
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from walkforge.data.config import ColumnNames, DataConfig
from walkforge.data.files import source_files
from walkforge.data.raw import (
    MOST_CELL_BYTES,
    Part,
    RawTable,
    check_bytes,
    check_columns,
    check_height,
    column_roles,
    file_symbol,
    typed_table,
)
from walkforge.data.source_entry import Source
from walkforge.errors import InputError, shown

SOURCE = Source(path="files", suffixes=(".parquet", ".pq"))

MOST_FOOTER_BYTES = 1 << 26
ROWS_AT_ONCE = 1 << 16


def read(config: DataConfig) -> list[Part]:
    """The Parquet file at config.path, or those of the folder, one part each.

    Columns that are not configured are not read. Without a configured symbol column a file is
    named after its symbol.

    Raises:
        InputError: PATH, or CONFIG for a layout other than long.
    """
    if config.layout != "long":
        raise InputError(
            f"data.layout is {config.layout!r}: source parquet reads layout long alone",
            code="CONFIG",
        )
    columns = config.columns
    return [
        Part(file=str(file), symbol=symbol, read=partial(_table, file, columns, symbol))
        for file in source_files(config.path, suffixes=SOURCE.suffixes)
        for symbol in [None if columns.symbol else file_symbol(file)]
    ]


def _table(file: Path, columns: ColumnNames, symbol: str | None) -> RawTable:
    """One Parquet file as a raw table.

    Raises:
        InputError: EMPTY, PARQUET for a damaged file, ROWS or SIZE for one too large to be meant,
            DTYPE for a column of lists or the like, COLUMNS, NO_ROWS.
    """
    if file.stat().st_size == 0:
        raise InputError(
            f"{file}: the file is empty (0 bytes): give one that holds bars", code="EMPTY"
        )
    try:
        _check_footer(file)
        described = pq.ParquetFile(file)
        found = described.schema_arrow.names
        check_columns(len(found), file=str(file))
        roles = column_roles(found, columns, file=str(file))
        check_height(described.metadata.num_rows, file=str(file))
        wanted = list(dict.fromkeys(roles.values()))
        _check_flat(described, wanted, file)
        # pyarrow reads: polars may abort the process on damaged pages, which nothing can catch.
        table = _decoded(file, wanted, described.schema_arrow)
        # Text and metadata that are no UTF-8 would make polars panic, which is no Exception.
        table.validate(full=True)
        plain = pa.table(table.columns, names=table.column_names)
        frame = pl.DataFrame(pl.from_arrow(plain))
    except (pa.ArrowException, pl.exceptions.PolarsError, OSError, UnicodeError) as error:
        raise InputError(
            f"{file}: not a readable Parquet file ({str(error).splitlines()[0]:.300}): "
            "fetch or write it anew, or correct data.source",
            code="PARQUET",
        ) from error
    texts = [pl.col(name).cast(pl.String) for name in frame.columns if _is_text(frame[name].dtype)]
    return typed_table(
        frame.with_columns(texts), columns, file=str(file), found=found, symbol=symbol
    )


def _is_text(kind: pl.DataType) -> bool:
    """Whether a column holds text, each different one stored once."""
    return isinstance(kind, pl.Categorical | pl.Enum)


def _check_footer(file: Path) -> None:
    """Refuse a file that says it describes itself at great length: its footer is read whole."""
    with file.open("rb") as handle:
        size = handle.seek(0, 2)
        handle.seek(max(size - 8, 0))
        length = int.from_bytes(handle.read(4), "little")
    if MOST_FOOTER_BYTES < length < size:
        raise InputError(
            f"{file}: its footer has {length:,} bytes, at most {MOST_FOOTER_BYTES:,} are read: "
            "write it with fewer columns and row groups",
            code="SIZE",
        )


def _check_flat(described: pq.ParquetFile, wanted: list[str], file: Path) -> None:
    """Refuse columns of lists, structures and the like, and pages that unpack to too much."""
    schema = described.schema_arrow
    parts = described.metadata
    for name in wanted:
        kind = schema.field(name).type
        if not _is_plain(kind) or schema.names.count(name) > 1:
            told = "stands twice" if schema.names.count(name) > 1 else f"has type {kind!s:.80}"
            raise InputError(
                f"{file}: column {shown(name)} {told}: store it once, as numbers, text or dates",
                code="DTYPE",
            )
    # Pages are unpacked before they are decoded; a group says how large they are then.
    unpacked = sum(
        group.column(place).total_uncompressed_size
        for group in map(parts.row_group, range(parts.num_row_groups))
        for place in range(group.num_columns)
        if group.column(place).path_in_schema in wanted
    )
    check_bytes(unpacked, file)


def _decoded(file: Path, wanted: list[str], schema: pa.Schema) -> pa.Table:
    """The wanted columns, read in parts until they are too many bytes.

    Text is kept as a dictionary, so that one long text cannot become a million of them.
    """
    text = [name for name in wanted if _holds_text(schema.field(name).type)]
    described = pq.ParquetFile(file, read_dictionary=text)
    batches = []
    size = 0
    for batch in described.iter_batches(columns=wanted, batch_size=ROWS_AT_ONCE):
        size += batch.nbytes
        check_bytes(size, file)
        batches.append(batch)
    if not batches:
        return schema.empty_table().select(wanted)
    table = pa.Table.from_batches(batches)
    for name in text:
        _check_texts(table[name], name, file)
    return table.unify_dictionaries()


def _holds_text(kind: pa.DataType) -> bool:
    """Whether cells are text."""
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _is_plain(kind: pa.DataType) -> bool:
    """Whether cells are text, numbers or dates."""
    numbers = (pa.types.is_integer, pa.types.is_floating, pa.types.is_decimal128,
               pa.types.is_boolean, pa.types.is_null)  # fmt: skip
    dates = (pa.types.is_date, pa.types.is_timestamp)
    return _holds_text(kind) or any(holds(kind) for holds in (*numbers, *dates))


def _check_texts(cells: pa.ChunkedArray, name: str, file: Path) -> None:
    """Refuse text that is too long for a cell, or too much in all; each is looked at once."""
    size = 0
    for chunk in cells.chunks:
        lengths = pc.binary_length(chunk.dictionary)
        size += pc.sum(lengths.take(chunk.indices)).as_py() or 0
        check_bytes(size, file)
        longest = pc.max(lengths).as_py() or 0
        if longest > MOST_CELL_BYTES:
            raise InputError(
                f"{file}: column {shown(name)} has a cell of {longest:,} bytes, at most "
                f"{MOST_CELL_BYTES:,} are read: correct data.columns or the file",
                code="SIZE",
            )
