"""Source `parquet`: one file of long bars."""

from dataclasses import asdict

import polars as pl

from walkforge.data.cells import Origin, check_columns, raw_rows
from walkforge.data.config import DataConfig
from walkforge.data.files import source_file
from walkforge.errors import InputError

# A small file can claim, and on reading become, hundreds of millions of rows.
MAX_ROWS = 50_000_000


def read_parquet(config: DataConfig) -> pl.DataFrame:
    """Return the raw rows of the Parquet file at config.path, in its order.

    The date column may be Date, Datetime at midnight without a time zone, or text YYYY-MM-DD;
    the symbol column must be text; the others numbers. Columns that are not configured are not
    read.

    Raises
    ------
    InputError
        For a file that is missing, empty, damaged or larger than MAX_ROWS rows, and for columns
        or cells that do not serve.

    """
    file = source_file(config.path)
    names = sorted({name for name in asdict(config.columns).values() if name is not None})
    try:
        lazy = pl.scan_parquet(file, glob=False, hive_partitioning=False)
        check_columns(lazy.collect_schema().names(), config.columns, file=str(file))
        _check_height(lazy.select(pl.len()).collect().item(), file=str(file))
        table = lazy.select(names).collect()
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError) as error:
        raise InputError(
            f"{file}: not a readable Parquet file ({_first_line(error)}): "
            "write it anew or correct data.source"
        ) from error
    return raw_rows(table, config.columns, origin=Origin(file=str(file), unit="row", first=1))


def _first_line(error: BaseException) -> str:
    """Return the first line of an error's text: the rest is advice to programmers."""
    return str(error).partition("\n")[0]


def _check_height(rows: int, *, file: str) -> None:
    """Refuse a row count, as the metadata give it, that is over the limit."""
    if rows > MAX_ROWS:
        raise InputError(
            f"{file}: {rows} rows by its metadata, over the limit of {MAX_ROWS}: split the file"
        )
