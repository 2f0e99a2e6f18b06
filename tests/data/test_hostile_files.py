"""Files of a few bytes that would become gigabytes, or never end, get one short error."""

import sqlite3
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from bar_files import as_lines, ingested, joined, sound_bars
from walkforge.data.sources import sqlite
from walkforge.errors import InputError

BARS = sound_bars(count=12)
LONG = "x" * 5_000


def refused(code: str, *args: object, **changes: object) -> str:
    with pytest.raises(InputError) as raised:
        ingested(*args, **changes)
    message = str(raised.value)
    assert raised.value.code == code, message
    assert len(message.encode()) < 2048
    assert "\n" not in message
    return message


def test_a_parquet_dictionary_that_makes_gigabytes_of_one_text_is_refused(tmp_path: Path) -> None:
    rows = 1_800_000
    symbol = pa.DictionaryArray.from_arrays(pa.repeat(pa.scalar(0, pa.int32()), rows), [LONG])
    table = pa.table(dict.fromkeys(("open", "high", "low", "close", "volume"), pa.nulls(rows)))
    day = pa.repeat(pa.scalar(18_000, pa.int32()), rows).cast(pa.date32())
    table = table.append_column("date", day).append_column("symbol", symbol)
    pq.write_table(table, tmp_path / "a.parquet")
    assert (tmp_path / "a.parquet").stat().st_size < 100_000
    assert "unpacks to over" in refused("SIZE", "parquet", tmp_path / "a.parquet")
    pq.write_table(pa.table({**table[:3].to_pydict(), "symbol": [LONG * 3] * 3}), tmp_path / "b.pq")
    assert "a cell of 15,000 bytes" in refused("SIZE", "parquet", tmp_path / "b.pq")


@pytest.mark.parametrize(
    "close",
    [
        pa.array([[1.0, 2.0]] * 24),
        pa.array([{"a": 1.0}] * 24),
        pa.array([b"12.5"] * 24),
    ],
    ids=["list", "struct", "bytes"],
)
def test_parquet_columns_of_odd_types_are_refused(tmp_path: Path, close: pa.Array) -> None:
    table = BARS.drop("close").to_arrow().append_column("close", close)
    pq.write_table(table, tmp_path / "a.parquet")
    assert "column 'close' has type" in refused("DTYPE", "parquet", tmp_path / "a.parquet")


def test_a_parquet_file_that_describes_itself_at_great_length_is_refused(tmp_path: Path) -> None:
    with (tmp_path / "a.parquet").open("wb") as file:
        file.write(b"PAR1")
        file.seek(200_000_000)
        file.write((100_000_000).to_bytes(4, "little") + b"PAR1")
    assert "its footer has 100,000,000 bytes" in refused("SIZE", "parquet", tmp_path / "a.parquet")


def test_text_of_long_lines_or_of_a_header_without_rows_to_match_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    lines = as_lines(BARS)
    file.write_text(joined([*lines, "9" * 10_000_001]))
    assert "line 26: has 10,000,001 bytes" in refused("SIZE", "csv", file)
    file.write_text(joined([lines[0] + "," * 99_000, *lines[1:], *["x"] * 100]))
    assert "a header of 99,007 columns" in refused("COLUMNS", "csv", file)
    file.write_text(joined([lines[0] + "," * 200_000, *lines[1:]]))
    assert "200,007 columns, over the limit" in refused("SIZE", "csv", file)
    file.write_text(joined([lines[0] + ",a" * 99_000, *lines[1:]]))
    assert "names the column 'a' twice" in refused("DUP_COLUMN", "csv", file)
    file.write_bytes(joined([*lines[:4], "\0", *lines[4:]]).encode("utf-16"))
    assert "line 5: holds a NUL byte" in refused("BINARY", "csv", file, text={"encoding": "utf-16"})


def test_a_text_file_that_is_mostly_a_hole_is_refused_by_its_size(tmp_path: Path) -> None:
    with (tmp_path / "a.csv").open("wb") as file:
        file.truncate(1 << 40)
    assert "1,099,511,627,776 bytes" in refused("PATH", "csv", tmp_path / "a.csv")


def database(file: Path, *, extra: str = "", close: str = "close REAL") -> Path:
    """A database with the bars, and one more column or another close."""
    with sqlite3.connect(file) as connection:
        connection.execute(
            "CREATE TABLE bars (date TEXT, symbol TEXT, open REAL, high REAL, low REAL, "
            f"volume REAL, {close}{extra})"
        )
        names = [name for name in BARS.columns if name != "close" or close == "close REAL"]
        rows = BARS.select(names).with_columns(pl.col("date").cast(pl.String)).rows()
        marks = ",".join("?" * len(names))
        connection.executemany(f"INSERT INTO bars ({','.join(names)}) VALUES ({marks})", rows)  # noqa: S608
    connection.close()
    return file


def test_a_long_text_that_the_database_makes_up_is_refused(tmp_path: Path) -> None:
    file = database(tmp_path / "a.db", close="close TEXT AS (hex(zeroblob(600000)))")
    assert "over 1,000,000 bytes" in refused("SIZE", "sqlite", file, table="bars")


def test_a_database_that_takes_for_ever_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = database(tmp_path / "a.db")
    monkeypatch.setattr(sqlite, "QUERY_SECONDS", -1.0)
    monkeypatch.setattr(sqlite, "STEPS_BETWEEN_LOOKS", 1)
    assert "takes over -1 s" in refused("SIZE", "sqlite", file, table="bars")


def test_a_virtual_table_is_no_table(tmp_path: Path) -> None:
    file = database(tmp_path / "a.db")
    with sqlite3.connect(file) as connection:
        try:
            connection.execute("CREATE VIRTUAL TABLE found USING fts5(date)")
        except sqlite3.Error:
            pytest.skip("SQLite without fts5")
    connection.close()
    assert "no table 'found'" in refused("TABLE", "sqlite", file, table="found")
