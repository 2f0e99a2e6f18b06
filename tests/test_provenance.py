"""Writing is whole or not at all; equal values give equal bytes."""

import errno
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from walkforge.errors import InputError
from walkforge.provenance import (
    canonical_json,
    read_json,
    sha256_arrays,
    sha256_bytes,
    sha256_file,
    write_atomic,
    write_json,
    write_parquet,
)


def test_a_failed_write_leaves_the_old_file_and_no_temporary(tmp_path: Path) -> None:
    target = tmp_path / "a.json"
    write_json(target, {"old": 1})

    def disk_full(temporary: Path) -> None:
        temporary.write_text("half of the new")
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(InputError, match=r"a\.json: cannot write: No space left"):
        write_atomic(target, disk_full)
    assert read_json(target) == {"old": 1}
    assert [path.name for path in tmp_path.iterdir()] == ["a.json"]


def test_a_folder_that_is_a_file_is_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "results").write_text("")
    with pytest.raises(InputError, match="cannot write"):
        write_json(tmp_path / "results/a.json", {})


def test_equal_frames_give_equal_bytes(tmp_path: Path) -> None:
    frame = pl.DataFrame({"date": [date(2020, 1, 2)] * 1000, "x": np.arange(1000.0)})
    for name in ("a", "b"):
        write_parquet(tmp_path / name, frame)
    assert sha256_file(tmp_path / "a") == sha256_file(tmp_path / "b")


def test_canonical_json_ignores_key_order_and_refuses_nan() -> None:
    assert canonical_json({"b": 1, "a": [1, 2]}) == canonical_json({"a": [1, 2], "b": 1})
    with pytest.raises(ValueError, match="Out of range"):
        canonical_json({"x": float("nan")})


def test_hashes_see_names_shapes_and_every_bit(tmp_path: Path) -> None:
    zeros = np.zeros((2, 3))
    known = sha256_arrays({"a": zeros})
    assert known == sha256_arrays({"a": np.asfortranarray(zeros)})
    assert known != sha256_arrays({"b": zeros})
    assert known != sha256_arrays({"a": zeros.reshape(3, 2)})
    changed = zeros.copy()
    changed[1, 2] = np.nextafter(0, 1)
    assert known != sha256_arrays({"a": changed})
    (tmp_path / "f").write_bytes(b"abc")
    assert sha256_file(tmp_path / "f") == sha256_bytes(b"abc")
    assert sha256_bytes(b"abc").startswith("ba7816bf8f01cfea")  # FIPS 180-2, example B.1


def test_unreadable_json_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text("{")
    with pytest.raises(InputError, match="delete it and rerun"):
        read_json(tmp_path / "x.json")
