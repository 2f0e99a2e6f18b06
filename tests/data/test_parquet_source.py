"""Parquet files: which types are taken, and one clear message for each fault."""

import datetime as dt
from decimal import Decimal

import polars as pl
import pytest

from walkforge.data import parquet_file
from walkforge.data.ingest import load_bars
from walkforge.errors import InputError


@pytest.fixture
def stored(tmp_path):
    """Return a function that writes a Parquet file from a frame and gives its path."""

    def store(frame: pl.DataFrame):
        path = tmp_path / "bars.parquet"
        frame.write_parquet(path)
        return path

    return store


def parquet_frame(**columns) -> pl.DataFrame:
    """Return two good bars as a Parquet file would hold them, with some columns replaced."""
    good = {
        "date": [dt.date(2020, 1, 2), dt.date(2020, 1, 3)],
        "symbol": ["A", "A"],
        "open": [10.0, 11.0],
        "high": [12.0, 13.0],
        "low": [9.0, 10.0],
        "close": [11.0, 12.0],
        "volume": [1000.0, 2000.0],
    }
    return pl.DataFrame(good | columns)


@pytest.mark.parametrize(
    "columns",
    [
        {"date": [dt.datetime(2020, 1, 2), dt.datetime(2020, 1, 3)]},  # noqa: DTZ001
        {"date": ["2020-01-02", "2020-01-03"]},
        {"symbol": pl.Series(["A", "A"], dtype=pl.Categorical)},
        {"volume": [1000, 2000]},
        {"close": pl.Series([11.0, 12.0], dtype=pl.Float32)},
        {"close": [Decimal("11.00"), Decimal("12.00")]},
        {"close": ["11.0", "12"]},
    ],
    ids=["midnight", "text_date", "categorical", "integer", "float32", "decimal", "text_number"],
)
def test_parquet_types_that_lose_nothing_are_cast(columns, stored, configured):
    bars = load_bars(configured("parquet", stored(parquet_frame(**columns))))
    assert bars.equals(parquet_frame().with_columns(adjusted=False))


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"symbol": [1, 2]}, "column 'symbol' has type Int64: store symbols as text"),
        ({"symbol": [True, False]}, "column 'symbol' has type Boolean"),
        ({"symbol": ["A", None]}, "row 2, column 'symbol': an empty cell"),
        ({"symbol": ["A", "A B"]}, "row 2, column 'symbol': 'A B'"),
        ({"date": [20200102, 20200103]}, "column 'date' has type Int64"),
        ({"date": [dt.date(2020, 1, 2), None]}, "row 2, column 'date': an empty cell"),
        ({"date": pl.Series([0, 2**31 - 1], dtype=pl.Int32).cast(pl.Date)}, "row 2, column 'date'"),
        (
            {"date": [dt.datetime(2020, 1, 2), dt.datetime(2020, 1, 3, 16)]},  # noqa: DTZ001
            "row 2, column 'date': '2020-01-03 16:00:00.* has a time of day",
        ),
        (
            {"date": [dt.datetime(2020, 1, day, tzinfo=dt.UTC) for day in (2, 3)]},
            "column 'date' has type Datetime.*time zone",
        ),
        ({"close": [True, False]}, "column 'close' has type Boolean"),
        ({"close": ["11", "x"]}, "row 2, column 'close': 'x' is not a plain number"),
        ({"close": [11.0, None]}, "row 2, column 'close': an empty cell"),
        ({"close": [11.0, float("nan")]}, "row 2, column 'close': 'NaN' is not a finite"),
        ({"volume": [1.0, float("inf")]}, "row 2, column 'volume': 'inf' is not a finite"),
        ({"close": [[11.0], [12.0]]}, "column 'close' has type List"),
    ],
)
def test_parquet_types_and_cells_that_do_not_serve_are_refused(columns, said, stored, configured):
    with pytest.raises(InputError, match=said):
        load_bars(configured("parquet", stored(parquet_frame(**columns))))


def test_a_missing_parquet_column_is_named_with_those_found(stored, configured):
    path = stored(parquet_frame().drop("volume"))
    with pytest.raises(InputError, match=r"no column 'volume'.*found .*'close'"):
        load_bars(configured("parquet", path))


def test_a_parquet_file_without_rows_is_refused(stored, configured):
    with pytest.raises(InputError, match="no rows"):
        load_bars(configured("parquet", stored(parquet_frame().clear())))


def test_a_damaged_parquet_file_is_refused(stored, configured):
    path = stored(parquet_frame())
    whole = path.read_bytes()
    for content in (whole[:-20], whole[: len(whole) // 2], b"hello", whole[:-30] + b"\xff" * 30):
        path.write_bytes(content)
        with pytest.raises(InputError, match="not a readable Parquet file"):
            load_bars(configured("parquet", path))


def test_a_small_file_of_too_many_rows_is_refused_by_its_metadata(stored, configured, tmp_path):
    rows = parquet_file.MAX_ROWS + 1
    path = tmp_path / "bomb.parquet"
    ones = pl.repeat(value=1, n=rows, dtype=pl.Int8, eager=True)
    ones.alias("close").to_frame().write_parquet(path)
    names = dict.fromkeys(("date", "symbol", "open", "high", "low", "close", "volume"), "close")
    assert path.stat().st_size < 2_000_000
    with pytest.raises(InputError, match=f"{rows} rows by its metadata"):
        load_bars(configured("parquet", path, columns=names))


def test_a_path_is_no_pattern(configured, tmp_path):
    parquet_frame().write_parquet(tmp_path / "bars[1].parquet")
    assert load_bars(configured("parquet", tmp_path / "bars[1].parquet")).height == 2
    with pytest.raises(InputError, match="cannot be found"):
        load_bars(configured("parquet", tmp_path / "*.parquet"))
