"""Frames as artifacts: Parquet, written and read through provenance."""

import errno
import os
import re
from collections.abc import Callable
from pathlib import Path

import polars as pl

from walkforge.errors import InputError
from walkforge.provenance import check_artifact

# Of artifacts: far above what honest ones have.
MOST_ROWS = 100_000_000
MOST_CELLS = 2_000_000_000

# How polars words an error of the system.
_SYSTEM_ERROR = re.compile(r"\(os error ([0-9]+)\)")


def parquet_content(frame: pl.DataFrame) -> Callable[[Path], object]:
    """What writes a frame as zstd Parquet: the same frame gives the same bytes."""

    def write(path: Path) -> None:
        try:
            frame.write_parquet(path, compression="zstd")
        except pl.exceptions.PolarsError as error:
            said = _SYSTEM_ERROR.search(str(error))
            number = int(said[1]) if said else errno.EIO
            raise OSError(number, os.strerror(number)) from error

    return write


def _check_size(path: Path) -> None:
    """Refuse a small file that would become an enormous frame, by what it says of itself."""
    stored = pl.scan_parquet(path, glob=False, hive_partitioning=False)
    rows = stored.select(pl.len()).collect().item()
    columns = len(stored.collect_schema())
    if rows > MOST_ROWS or rows * columns > MOST_CELLS:
        raise InputError(
            f"{path}: {rows:,} rows of {columns:,} columns, at most {MOST_ROWS:,} rows and "
            f"{MOST_CELLS:,} cells are read: delete it and run again"
        )


def read_frame(path: Path) -> pl.DataFrame:
    """The frame of a Parquet artifact, checked.

    Raises:
        InputError: see provenance.check_artifact; also for a file that is no Parquet.
    """
    check_artifact(path)
    try:
        _check_size(path)
        return pl.read_parquet(path, glob=False, hive_partitioning=False)
    except (pl.exceptions.PolarsError, OSError) as error:
        raise InputError(f"{path}: not a readable Parquet file: delete it and run again") from error
