"""Values known by hand, from a book, or from a plain loop over one symbol."""

import math

import numpy as np
import polars as pl
import pytest

from walkforge.features.catalogue import CATALOGUE, FAMILIES
from walkforge.features.compute import compute_features

ALL = tuple(CATALOGUE)

# Closes of QQQQ from 2009-12-14 on, and the RSI that StockCharts' ChartSchool prints for them.
BOOK_CLOSES = (
    "44.3389 44.0902 44.1497 43.6124 44.3278 44.8264 45.0955 45.4245 45.8433 46.0826 45.8931 "
    "46.0328 45.6140 46.2820 46.2820 46.0028 46.0328 46.4116 46.2222 45.6439 46.2122 46.2521 "
    "45.7137 46.4515 45.7835 45.3548 44.0288 44.1783 44.2181 44.5672 43.4205 42.6628 43.1314"
)
BOOK_RSI = (
    "70.53 66.32 66.55 69.41 66.36 57.97 62.93 63.26 56.06 62.38 54.71 50.42 39.99 41.46 41.87 "
    "45.46 37.30 33.08 37.77"
)

# What each indicator is on a price that never moves.
FLAT = {
    **dict.fromkeys(ALL, 0.0),
    "rsi_14": 50.0,
    "stoch_rsi_14": 0.5,
    "stoch_k_14": 50.0,
    "stoch_d_14_3": 50.0,
    "ultimate_oscillator_7_14_28": 50.0,
    "atr_pct_14": math.log(1e-4),
    "bollinger_position_20_2": 0.5,
    "bollinger_width_20_2": math.log(1e-4),
    "keltner_position_20_10": 0.5,
    "donchian_position_55": 0.5,
    "donchian_width_55": math.log(1e-4),
    "ulcer_index_14": math.log(0.01),
    "realised_volatility_20": math.log(1e-4),
    "realised_volatility_60": math.log(1e-4),
    "parkinson_volatility_20": math.log(1e-4),
    "volatility_ratio_5_60": 1.0,
}


def _column(bars: pl.DataFrame, name: str) -> np.ndarray:
    return compute_features(bars, [name])[name].fill_null(float("nan")).to_numpy()


def test_catalogue_holds_the_indicators_of_each_family():
    assert {family: len(names) for family, names in FAMILIES.items()} == {
        "momentum": 14,
        "volatility": 12,
        "support_resistance": 9,
    }
    assert [name for names in FAMILIES.values() for name in names] == list(CATALOGUE)


def test_rsi_is_the_published_one(make):
    closes = [float(close) for close in BOOK_CLOSES.split()]
    published = [float(value) for value in BOOK_RSI.split()]
    found = _column(make.of_closes(closes), "rsi_14")
    np.testing.assert_allclose(found[14:], published, atol=0.006)


@pytest.mark.parametrize("price", [7.3, 1e-6 / 3, 1e6 / 7])
def test_flat_price_gives_the_stated_values(make, price):
    features = compute_features(make.of_closes(np.full(300, price)), ALL)
    last = features.drop("date", "symbol").row(-1, named=True)
    assert last == pytest.approx(FLAT, abs=1e-12)


@pytest.mark.parametrize("price", [7.3, 1e6 / 7])
def test_noise_below_the_tie_counts_as_flat(make, price):
    noise = np.random.default_rng(1).uniform(-1, 1, 400) * 1e-11
    features = compute_features(make.of_closes(price * (1 + noise)), ALL)
    last = features.drop("date", "symbol").row(-1, named=True)
    assert last == pytest.approx(FLAT, abs=1e-9)


def test_halt_freezes_the_rsi_and_flattens_what_looks_at_ranges(make):
    walk = make.random_walk(5, 200)["close"].to_numpy()
    bars = make.of_closes(np.concatenate([walk, np.full(12_000, walk[-1])]))
    rsi = _column(bars, "rsi_14")
    assert 0 < rsi[199] < 100
    assert rsi[199] != 50
    assert (rsi[199:] == rsi[199]).all()
    last = compute_features(bars, ALL).drop("date", "symbol").row(-1, named=True)
    assert last == pytest.approx(FLAT | {"rsi_14": rsi[199]}, abs=1e-9)


@pytest.mark.parametrize(("growth", "rsi", "tsi"), [(1.01, 100.0, 100.0), (0.99, 0.0, -100.0)])
def test_steady_trend_gives_the_ends_of_the_oscillators(make, growth, rsi, tsi):
    bars = make.of_closes(10 * growth ** np.arange(300))
    last = compute_features(bars, ALL).row(-1, named=True)
    assert last["rsi_14"] == rsi
    assert last["tsi_25_13"] == pytest.approx(tsi, rel=1e-12)
    assert last["stoch_rsi_14"] == 0.5
    step = math.log(growth)
    assert last["log_return_60"] == pytest.approx(60 * step, rel=1e-12)
    assert last["momentum_252_21"] == pytest.approx(231 * step, rel=1e-12)
    assert last["acceleration_10"] == pytest.approx(0, abs=1e-12)
    assert last["realised_volatility_20"] == math.log(1e-4)
    assert last["volatility_ratio_5_60"] == 1.0
    for length in (20, 50, 100):
        up, down = max(step, 0) * (length - 1), max(-step, 0) * (length - 1)
        assert last[f"support_distance_{length}"] == pytest.approx(up, abs=1e-12)
        assert last[f"resistance_distance_{length}"] == pytest.approx(down, abs=1e-12)
    assert last["drawdown_252"] == pytest.approx(min(growth**251 - 1, 0), abs=1e-12)


def test_momentum_252_21_skips_the_last_month(make):
    closes = np.full(300, 10.0)
    closes[299 - 252] = 8.0
    closes[299 - 21] = 12.0
    closes[-20:] = 99.0
    assert _column(make.of_closes(closes), "momentum_252_21")[-1] == math.log(12 / 8)


def test_stochastic_and_true_range_by_hand(make):
    length = 40
    columns = {
        "open": np.full(length, 10.0),
        "high": np.full(length, 12.0),
        "low": np.full(length, 8.0),
        "close": np.full(length, 10.0),
        "volume": np.full(length, 1.0),
    }
    columns["close"][-1] = 11.0
    bars = make.one_symbol("AAA", columns)
    last = compute_features(bars, ALL[:28]).row(-1, named=True)
    assert last["stoch_k_14"] == 75.0
    assert last["stoch_d_14_3"] == pytest.approx((50 + 50 + 75) / 3)
    assert last["atr_pct_14"] == pytest.approx(math.log(4 / 11))
    shares = [(2 * (n - 1) + 3) / (4 * n) for n in (7, 14, 28)]
    expected = 100 * (4 * shares[0] + 2 * shares[1] + shares[2]) / 7
    assert last["ultimate_oscillator_7_14_28"] == pytest.approx(expected)
    daily = math.log(12 / 8) / math.sqrt(4 * math.log(2))
    assert last["parkinson_volatility_20"] == pytest.approx(math.log(daily))


def test_true_range_and_true_low_reach_to_the_close_before(make):
    columns = {name: np.full(40, 10.0) for name in ("open", "high", "low", "close", "volume")}
    for name in ("open", "high", "low", "close"):
        columns[name][-1] = 13.0  # the whole bar lies above the close before
    last = compute_features(make.one_symbol("AAA", columns), ALL[:20]).row(-1, named=True)
    assert last["atr_pct_14"] == pytest.approx(math.log(3 / 14 / 13))
    assert last["ultimate_oscillator_7_14_28"] == pytest.approx(100)


def test_kama_follows_a_plain_loop_from_the_first_close(make):
    bars = make.random_walk(11, 80)
    close = bars["close"].to_list()
    kama, expected = close[0], []
    for t in range(10, 80):
        path = sum(abs(close[i] - close[i - 1]) for i in range(t - 9, t + 1))
        rate = (abs(close[t] - close[t - 10]) / path * (2 / 3 - 2 / 31) + 2 / 31) ** 2
        kama += rate * (close[t] - kama)
        expected.append(close[t] / kama - 1)
    np.testing.assert_allclose(_column(bars, "kama_distance_10_2_30")[10:], expected, rtol=1e-10)


def test_squeeze_flags_a_width_below_a_fifth_of_the_last_fifty(make):
    bars = make.random_walk(2, 300)
    close = bars["close"].to_numpy()
    width = np.full(300, np.nan)
    for t in range(19, 300):
        last = close[t - 19 : t + 1]
        width[t] = 4 * last.std() / last.mean()
    expected = [
        float(width[t] < np.quantile(width[t - 49 : t + 1], 0.2) - 1e-9) for t in range(68, 300)
    ]
    found = _column(bars, "bollinger_squeeze_20_50")[68:]
    np.testing.assert_array_equal(found, expected)
    assert 0.1 < found.mean() < 0.5


@pytest.mark.parametrize("length", [50, 100])
def test_zscore_by_definition(make, length):
    bars = make.random_walk(4, 150)
    last = bars["close"].to_numpy()[-length:]
    expected = (last[-1] - last.mean()) / last.std()
    assert _column(bars, f"zscore_{length}")[-1] == pytest.approx(expected, rel=1e-10)


def test_volatility_ratio_by_definition(make):
    bars = make.random_walk(4, 150)
    returns = np.diff(np.log(bars["close"].to_numpy()))
    expected = returns[-5:].std(ddof=1) / returns[-60:].std(ddof=1)
    assert _column(bars, "volatility_ratio_5_60")[-1] == pytest.approx(expected, rel=1e-10)
    long = math.log(returns[-60:].std(ddof=1))
    assert _column(bars, "realised_volatility_60")[-1] == pytest.approx(long, rel=1e-10)


def test_distances_and_returns_by_definition(make):
    bars = make.random_walk(6, 300)
    high, low, close = (bars[name].to_numpy() for name in ("high", "low", "close"))
    last = compute_features(bars, ALL).row(-1, named=True)
    for n in (20, 50, 100):
        assert last[f"support_distance_{n}"] == pytest.approx(math.log(close[-1] / min(low[-n:])))
        reach = math.log(max(high[-n:]) / close[-1])
        assert last[f"resistance_distance_{n}"] == pytest.approx(reach)
    for n in (1, 5, 20, 60):
        assert last[f"log_return_{n}"] == pytest.approx(math.log(close[-1] / close[-1 - n]))
    assert last["drawdown_252"] == pytest.approx(close[-1] / max(close[-252:]) - 1)


def test_rsi_is_fifty_only_without_any_move_however_small_or_long_ago(make):
    closes = np.full(300, 7.3)
    closes[40:] *= 1 + 5e-9
    rsi = _column(make.of_closes(closes), "rsi_14")
    assert (rsi[14:40] == 50).all()
    assert (rsi[40:] == 100).all()


def test_stochastic_rsi_ignores_an_rsi_that_has_all_but_stopped(make):
    mixed = make.random_walk(8, 60)["close"].to_numpy()
    closes = np.concatenate([mixed, mixed[-1] * 1.001 ** np.arange(1, 341)])
    features = compute_features(make.of_closes(closes), ["rsi_14", "stoch_rsi_14"])
    span = features["rsi_14"].tail(14).max() - features["rsi_14"].tail(14).min()
    assert 0 < span < 1e-7
    assert features["stoch_rsi_14"][-1] == 0.5
    assert features["stoch_rsi_14"][200] == 1.0
