"""Real files of bars, where they are at hand."""

import datetime as dt

import polars as pl
import pytest

from walkforge.data.ingest import load_bars
from walkforge.errors import InputError

TICKER = {"symbol": "ticker"}


@pytest.mark.parametrize(
    ("name", "symbols", "rows"),
    [
        ("us_dow2005_29_2005_2017", 29, 92_858),
        ("us_top100_2005_2017_asis", 100, 320_183),
        ("us_top500_2005_2017", 500, 1_600_752),
    ],
)
def test_real_bars_load_as_they_are(shared_data, configured, name, symbols, rows):
    path = shared_data / f"{name}.parquet"
    bars = load_bars(configured("parquet", path, columns=TICKER))
    assert (bars["symbol"].n_unique(), bars.height) == (symbols, rows)
    assert (bars["date"].min(), bars["date"].max()) == (dt.date(2005, 2, 25), dt.date(2017, 11, 10))
    given = pl.read_parquet(path).rename({"ticker": "symbol"}).with_columns(adjusted=False)
    assert bars.equals(given.select(bars.columns))


@pytest.mark.parametrize(
    ("name", "columns", "said"),
    [
        ("msft_us_datetime.csv", {"symbol": "Date"}, "line 2, column 'Date': '4/1/2015 16:00:00'"),
        ("samsung_tz_stamps.csv", {"symbol": "Date"}, "line 2, column 'Date': '2000-01-04 00:00"),
        ("samsung_tz_stamps.csv", {}, "no column 'symbol'"),
    ],
)
def test_real_dirty_files_are_refused_by_name(shared_data, configured, name, columns, said):
    path = shared_data / "dirty" / name
    titled = {key: key.title() for key in ("date", "open", "high", "low", "close", "volume")}
    with pytest.raises(InputError, match=said):
        load_bars(configured("csv", path, columns=titled | columns))
