"""Source `parquet`: one file of long bars, or a folder of them."""

from functools import partial
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from walkforge.data.config import ColumnNames, DataConfig
from walkforge.data.files import source_files
from walkforge.data.raw import (
    Part,
    RawTable,
    check_height,
    column_roles,
    file_symbol,
    typed_table,
)
from walkforge.data.sources import PARQUET_SUFFIXES
from walkforge.errors import InputError


def read_parquet(config: DataConfig) -> list[Part]:
    """Return the Parquet file at config.path, or those of the folder, one part each.

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
        for file in source_files(config.path, suffixes=PARQUET_SUFFIXES)
        for symbol in [None if columns.symbol else file_symbol(file)]
    ]


def _table(file: Path, columns: ColumnNames, symbol: str | None) -> RawTable:
    """Return one Parquet file as a raw table.

    Raises:
        InputError: EMPTY, PARQUET for a damaged file, ROWS, COLUMNS, NO_ROWS.
    """
    if file.stat().st_size == 0:
        raise InputError(f"{file}: a file of 0 bytes: give one with bars", code="EMPTY")
    try:
        described = pq.ParquetFile(file)
        found = described.schema_arrow.names
        roles = column_roles(found, columns, file=str(file))
        check_height(described.metadata.num_rows, file=str(file))
        # pyarrow reads: polars may abort the process on damaged pages, which nothing can catch.
        table = described.read(columns=list(dict.fromkeys(roles.values())))
        # Text and metadata that are no UTF-8 would make polars panic, which is no Exception.
        table.validate(full=True)
        plain = pa.table(table.columns, names=table.column_names)
        frame = pl.DataFrame(pl.from_arrow(plain))
    except (pa.ArrowException, pl.exceptions.PolarsError, OSError, UnicodeError) as error:
        raise InputError(
            f"{file}: not a readable Parquet file ({str(error).splitlines()[0]}): "
            "fetch or write it anew, or correct data.source",
            code="PARQUET",
        ) from error
    return typed_table(frame, columns, file=str(file), found=found, symbol=symbol)
