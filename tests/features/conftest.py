"""Bars for the tests of the features package: the packaged sample, real files, and small worlds."""

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from bokeh_sampledata import stocks

NUMBERS = ("open", "high", "low", "close", "volume")
SHARED = Path(__file__).parents[2].parent / "shared" / "data"


def one_symbol(symbol: str, columns, *, days=None) -> pl.DataFrame:
    """The bars frame of one symbol from arrays by name, on these days or every day."""
    start = date(2000, 1, 3)
    days = days or [start + timedelta(days=i) for i in range(len(columns["close"]))]
    return pl.DataFrame(
        {
            "date": pl.Series(days, dtype=pl.Date),
            "symbol": pl.Series([symbol] * len(days), dtype=pl.String),
            **{name: pl.Series(columns[name], dtype=pl.Float64) for name in NUMBERS},
            "adjusted": pl.Series([True] * len(days), dtype=pl.Boolean),
            "tradable": pl.Series([True] * len(days), dtype=pl.Boolean),
            "segment": pl.Series([0] * len(days), dtype=pl.Int32),
            "cut": pl.Series([False] * len(days), dtype=pl.Boolean),
        }
    )


def of_closes(close, symbol: str = "AAA") -> pl.DataFrame:
    """Bars whose open, high and low are the close."""
    close = np.asarray(close, dtype=float)
    columns = dict.fromkeys(("open", "high", "low", "close"), close)
    return one_symbol(symbol, {**columns, "volume": np.full(len(close), 1e6)})


def random_walk(seed: int, length: int, *, symbol: str = "AAA", tick: float = 0.0) -> pl.DataFrame:
    """A random walk of bars; with a tick, prices are its multiples and often tie."""
    generator = np.random.default_rng(seed)
    close = 20 * np.exp(np.cumsum(generator.normal(0, 0.02, length)))
    opening = np.concatenate([[20.0], close[:-1]]) * np.exp(generator.normal(0, 0.005, length))
    spread = np.abs(generator.normal(0, 0.01, (2, length)))
    prices = {
        "open": opening,
        "high": np.maximum(opening, close) * (1 + spread[0]),
        "low": np.minimum(opening, close) / (1 + spread[1]),
        "close": close,
    }
    if tick:
        prices = {name: np.maximum(np.round(x / tick), 1) * tick for name, x in prices.items()}
    return one_symbol(symbol, {**prices, "volume": np.exp(generator.normal(13, 0.5, length))})


def sample_symbol(symbol: str) -> pl.DataFrame:
    """One packaged stock, adjusted for splits and dividends."""
    raw = {name: np.array(column) for name, column in getattr(stocks, symbol).items()}
    factor = raw["adj_close"] / raw["close"]
    prices = {name: raw[name] * factor for name in ("open", "high", "low", "close")}
    days = [date.fromisoformat(str(day)) for day in raw["date"]]
    return one_symbol(symbol, {**prices, "volume": raw["volume"] / factor}, days=days)


def jittered(bars: pl.DataFrame) -> pl.DataFrame:
    """The bars with every price moved by about 1e-5, so that rounding decides no tie."""
    generator = np.random.default_rng(7)
    moved = bars.with_columns(
        pl.col(name) * np.exp(generator.normal(0, 1e-5, bars.height))
        for name in ("open", "high", "low", "close")
    )
    prices = ("open", "high", "low", "close")
    return moved.with_columns(high=pl.max_horizontal(prices), low=pl.min_horizontal(prices))


def bits(features: pl.DataFrame) -> np.ndarray:
    """The feature values as integers [N, F], so that equal means equal to the last bit."""
    values = features.drop("date", "symbol").fill_null(float("nan")).to_numpy()
    return np.ascontiguousarray(values).view(np.int64)


def assert_alike(again: pl.DataFrame, features: pl.DataFrame) -> None:
    """Values within 1e-9, of themselves or of their feature's deviation."""
    for name in features.columns[2:]:
        ours = features[name].to_numpy()
        theirs = again[name].to_numpy()
        atol = 1e-9 * np.nanstd(ours)
        np.testing.assert_allclose(theirs, ours, rtol=1e-9, atol=atol, err_msg=name)


@pytest.fixture(scope="session")
def make():
    """The makers of bars, by name."""

    class Makers:
        one_symbol = staticmethod(one_symbol)
        of_closes = staticmethod(of_closes)
        random_walk = staticmethod(random_walk)
        jittered = staticmethod(jittered)
        bits = staticmethod(bits)
        assert_alike = staticmethod(assert_alike)

    return Makers


@pytest.fixture(scope="session")
def sample_bars() -> pl.DataFrame:
    """Three packaged US stocks, 2000 to 2013."""
    return pl.concat(sample_symbol(symbol) for symbol in ("AAPL", "IBM", "MSFT"))


@pytest.fixture(scope="session")
def dow_bars() -> pl.DataFrame:
    """29 Dow members, 2005 to 2017, where the file is at hand."""
    return shared_bars("us_dow2005_29_2005_2017.parquet")


@pytest.fixture(scope="session")
def top_100_bars() -> pl.DataFrame:
    """100 large US stocks, 2005 to 2017, where the file is at hand."""
    return shared_bars("us_top100_2005_2017_asis.parquet")


def shared_bars(name: str) -> pl.DataFrame:
    """The bars frame of a file of shared data, rows with a missing number left out."""
    path = SHARED / name
    if not path.is_file():
        pytest.skip(f"no shared/data/{name} beside the checkout")
    raw = pl.read_parquet(path).rename({"ticker": "symbol"}).sort("symbol", "date")
    order = ["date", "symbol", *NUMBERS]
    masks = {"adjusted": pl.lit(value=True), "tradable": pl.lit(value=True)}
    parts = {"segment": pl.lit(0, pl.Int32), "cut": pl.lit(value=False)}
    return raw.select(*order).drop_nulls().with_columns(**masks, **parts)
