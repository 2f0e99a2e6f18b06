"""Frames as artifacts: Parquet, written and read through provenance."""

import errno
from collections.abc import Callable
from pathlib import Path

import polars as pl

from walkforge.errors import InputError
from walkforge.provenance import check_artifact


def parquet_content(frame: pl.DataFrame) -> Callable[[Path], object]:
    """Return what writes a frame as zstd Parquet: the same frame gives the same bytes."""

    def write(path: Path) -> None:
        try:
            frame.write_parquet(path, compression="zstd")
        except pl.exceptions.PolarsError as error:
            raise OSError(errno.EIO, str(error).partition("\n")[0]) from error

    return write


def read_frame(path: Path) -> pl.DataFrame:
    """Return the frame of a Parquet artifact, checked.

    Raises:
        InputError: see provenance.check_artifact; also for a file that is no Parquet.
    """
    check_artifact(path)
    try:
        return pl.read_parquet(path, glob=False, hive_partitioning=False)
    except (pl.exceptions.PolarsError, OSError) as error:
        raise InputError(f"{path}: not a readable Parquet file: delete it and run again") from error
