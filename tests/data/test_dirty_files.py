"""Real dirty files: each gets a clear outcome, and what is set aside are its known faults."""

import datetime as dt
import tarfile
from collections import Counter
from pathlib import Path

import polars as pl
import pytest

from bar_files import ingested
from walkforge.errors import InputError

YAHOO = {
    "date": "Date", "symbol": None, "open": "Open", "high": "High", "low": "Low",
    "close": "Close", "volume": "Volume",
}  # fmt: skip
ADJ = YAHOO | {"adj_close": "Adj Close"}


@pytest.fixture(scope="module")
def dirty(shared_data, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("dirty")
    for archive in (shared_data / "dirty").glob("*.tar.xz"):
        with tarfile.open(archive) as packed:
            packed.extractall(folder / archive.name.removesuffix(".tar.xz"), filter="data")
    for file in (shared_data / "dirty").glob("*.csv"):
        (folder / file.name).write_bytes(file.read_bytes())
    return folder


def codes(found) -> dict[str, int]:
    return dict(Counter(found.quarantine["code"]))


def test_missing_prices_and_highs_below_lows_are_set_aside(dirty):
    found = ingested("csv", dirty / "dj30_raw/data", columns=YAHOO | {"symbol": "Name"})
    assert codes(found) == {"OHLC": 151, "NULL": 49, "NONPOSITIVE": 1, "SPIKE": 1}
    one = found.quarantine.filter(
        ~pl.col("file").str.contains("all_stocks") & (pl.col("code") == "NULL")
    )
    assert one.height == 25
    assert found.counts["copies"].sum() == 7757
    spike = found.quarantine.filter(pl.col("code") == "SPIKE").row(0, named=True)
    assert (spike["symbol"], spike["date"]) == ("TRV", dt.date(2008, 6, 6))


def test_empty_files_are_dropped_and_bad_ticks_set_aside(dirty):
    folder = dirty / "huge_us_empty_and_badtick_files"
    with pytest.raises(InputError, match="DROPPED: 32 of 38 symbols .*EMPTY 32"):
        ingested("csv", folder, columns=YAHOO)
    found = ingested("csv", folder, columns=YAHOO, quarantine={"symbols": 0.9})
    assert codes(found) == {"OHLC": 12, "NONPOSITIVE": 3, "SPIKE": 3}
    negative = found.quarantine.filter(pl.col("symbol") == "hlg.us")
    assert negative["text"].to_list() == ["2017-08-10,10.18,863.473,-1,863.473,10,0"]
    assert found.bars["symbol"].n_unique() == 6
    low = found.bars.group_by("symbol").agg(ratio=pl.col("low").min() / pl.col("close").median())
    assert low["ratio"].min() > 0.01


def test_korean_stamps_stay_on_their_day(dirty):
    found = ingested("csv", dirty / "samsung_tz_stamps.csv", columns=YAHOO, calendar="observed")
    assert found.bars["date"][0] == dt.date(2000, 1, 4)
    assert found.bars.height == 6267
    assert codes(found) == {"OHLC": 1}
    assert found.issues.filter(pl.col("code") == "TIME").height == 6268
    with pytest.raises(InputError, match=r"LIMIT: .*\(SESSION\).*is data.calendar the exchange's"):
        ingested("csv", dirty / "samsung_tz_stamps.csv", columns=YAHOO)


def test_american_dates_are_refused_until_declared(dirty):
    file = dirty / "msft_us_datetime.csv"
    with pytest.raises(InputError, match="DATE_FORMAT: .*line 2: date '4/1/2015 16:00:00'"):
        ingested("csv", file, columns=YAHOO)
    declared = {"date_format": "%m/%d/%Y %H:%M:%S"}
    found = ingested("csv", file, columns=YAHOO, text=declared)
    assert (found.bars.height, found.bars["date"][0]) == (1511, dt.date(2015, 4, 1))
    assert found.quarantine.is_empty()


def test_prices_with_several_points_are_refused_and_not_guessed(dirty):
    bitcoin = dirty / "crypto_locale/coin_Bitcoin.csv"
    columns = YAHOO | {"symbol": "Symbol"}
    with pytest.raises(InputError, match="DATE_FORMAT"):
        ingested("csv", bitcoin, columns=columns, calendar="24/7")
    declared = {"date_format": "%d-%m-%y %H:%M"}
    with pytest.raises(InputError, match=r"LIMIT: .*14\.748\.800\.659\.179\.600.*\(NUMBER\)"):
        ingested("csv", bitcoin, columns=columns, calendar="24/7", text=declared)
    found = ingested("csv", dirty / "crypto_locale", columns=columns, calendar="24/7")
    assert Counter(found.issues.filter(pl.col("action") == "DROP")["code"]) == {"DATE_FORMAT": 2}
    assert found.bars["symbol"].n_unique() == 21


def test_error_pages_null_rows_and_doubled_days_of_an_appending_download(dirty):
    folder = dirty / "yahoo_append_2024"
    for name, start in (("TSLA", "'{'"), ("BRK.B", "'404 Not Found"), ("BF.B", "'404 Not Found")):
        with pytest.raises(InputError, match=f"COLUMNS: .*no column 'Date'.*found {start}"):
            ingested("csv", folder / f"{name}.csv", columns=ADJ)
    lenient = {"symbols": 0.5, "share": 0.05}
    found = ingested("csv", folder, columns=ADJ, quarantine=lenient)
    dropped = found.issues.filter(pl.col("action") == "DROP")
    assert Counter(dropped["code"]) == {"COLUMNS": 12, "LIMIT": 5}
    assert set(dropped.filter(pl.col("code") == "LIMIT")["symbol"]) == {
        *("ETSY", "MPC", "MSFT", "NVDA", "PFE")  # error bodies of hundreds of lines among the rows
    }
    null = found.quarantine.filter(pl.col("code") == "NULL")
    assert set(null["date"]) == {dt.date(2022, 1, 27)}
    assert {"DUPLICATE", "NULL"} <= set(codes(found))
    frc = found.bars.filter(pl.col("symbol") == "FRC")
    fall = frc.filter(pl.col("date").is_between(dt.date(2023, 3, 8), dt.date(2023, 3, 16)))["close"]
    assert fall[-1] / fall[0] < 0.35
    assert frc["date"][-1] == dt.date(2023, 6, 30)


def test_splits_since_2022_are_suspected_in_an_appending_download(dirty):
    found = ingested(
        "csv", dirty / "yahoo_append_2024", columns=ADJ, quarantine={"symbols": 0.5, "share": 0.1}
    )
    splits = found.issues.filter(pl.col("code") == "SUSPECT_SPLIT").select("symbol", "date").rows()
    assert set(splits) == {
        ("AMZN", dt.date(2022, 6, 6)),
        ("GOOG", dt.date(2022, 7, 18)),
        ("GOOGL", dt.date(2022, 7, 18)),
        ("NVDA", dt.date(2024, 6, 10)),
        ("CMG", dt.date(2024, 6, 25)),
        ("AVGO", dt.date(2024, 7, 15)),
    }
