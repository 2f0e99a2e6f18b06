"""Frames as artifacts: the same bytes, the same frame, nothing that was altered."""

from datetime import date
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from walkforge.errors import InputError
from walkforge.frames import parquet_content, read_frame
from walkforge.provenance import read_bytes, write_artifacts


def test_equal_frames_give_equal_bytes_and_come_back(tmp_path: Path) -> None:
    frame = pl.DataFrame({"date": [date(2020, 1, 2)] * 1000, "x": np.arange(1000.0)})
    contents = {tmp_path / name: parquet_content(frame) for name in ("a", "b")}
    write_artifacts("rule", contents)
    assert read_bytes(tmp_path / "a") == read_bytes(tmp_path / "b")
    assert read_frame(tmp_path / "a").equals(frame)


@pytest.mark.parametrize("place", [0, 0.5, 1])
def test_an_altered_frame_is_refused(tmp_path: Path, place: float) -> None:
    path = tmp_path / "bars.parquet"
    write_artifacts("ingest_bars", {path: parquet_content(pl.DataFrame({"x": [1.0, 2.0]}))})
    data = bytearray(path.read_bytes())
    data[int(place * (len(data) - 1))] ^= 1
    path.write_bytes(data)
    with pytest.raises(InputError, match="HASH: .*--forcerun ingest_bars"):
        read_frame(path)


def test_what_is_no_parquet_is_told(tmp_path: Path) -> None:
    write_artifacts("rule", {tmp_path / "x.parquet": "text"})
    with pytest.raises(InputError, match="not a readable Parquet file"):
        read_frame(tmp_path / "x.parquet")


def test_a_full_disk_is_told_in_words(tmp_path: Path) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("no device that is always full")
    frame = pl.DataFrame({"x": np.random.default_rng(0).normal(size=100_000)})
    with pytest.raises(OSError, match="No space left on device"):
        parquet_content(frame)(Path("/dev/full"))


def test_a_small_file_of_too_many_rows_is_refused_before_it_is_read(tmp_path: Path) -> None:
    many = pl.select(x=pl.repeat(1, 100_000_001, dtype=pl.Boolean()))
    write_artifacts("rule", {tmp_path / "x.parquet": parquet_content(many)})
    assert (tmp_path / "x.parquet").stat().st_size < 1_000_000
    with pytest.raises(InputError, match="100,000,001 rows of 1 columns"):
        read_frame(tmp_path / "x.parquet")
