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
    "mass_index_9_25": 25.0,
    "stc_23_50_10": 50.0,
    "mfi_14": 50.0,
    "range_pct": math.log(1e-4),
    "doji": 1.0,
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


def test_indicators_of_a_family_lie_together_in_the_catalogue():
    families = [indicator.family for indicator in CATALOGUE.values()]
    assert families == sorted(families, key=list(FAMILIES).index)


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
    assert last == pytest.approx(FLAT, abs=1e-8)


def test_halt_freezes_the_rsi_and_flattens_what_looks_at_ranges(make):
    walk = make.random_walk(5, 200)["close"].to_numpy()
    bars = make.of_closes(np.concatenate([walk, np.full(12_000, walk[-1])]))
    rsi = _column(bars, "rsi_14")
    assert 0 < rsi[199] < 100
    assert rsi[199] != 50
    np.testing.assert_allclose(rsi[199:5000], rsi[199], rtol=1e-10)
    assert rsi[-1] == 50  # after so long a halt both means have vanished
    last = compute_features(bars, ALL).drop("date", "symbol").row(-1, named=True)
    kept = {"stc_23_50_10": 0.0}  # the stochastic was 0 before the halt
    assert last == pytest.approx(FLAT | kept, abs=1e-9)


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
        up = max(step, 0) * (length - 1)
        down = max(-step, 0) * (length - 1)
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
    last = compute_features(bars, ALL).row(-1, named=True)
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
    last = compute_features(make.one_symbol("AAA", columns), ALL).row(-1, named=True)
    assert last["atr_pct_14"] == pytest.approx(math.log(3 / 14 / 13))
    assert last["ultimate_oscillator_7_14_28"] == pytest.approx(100)


def test_kama_follows_a_plain_loop_from_the_first_close(make):
    bars = make.random_walk(11, 80)
    close = bars["close"].to_list()
    kama = close[0]
    expected = []
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


def test_an_unchanged_close_adds_nothing_to_either_mean_of_the_rsi(make):
    closes = [10.0, *[11.0, 10.0] * 7, 10.0, 11.0]
    found = _column(make.of_closes(closes), "rsi_14")
    # Both means are 1/2 after 14 moves; the halt and then the rise leave 13/14 of them each time.
    down = 0.5 * (13 / 14) ** 2
    assert found[15] == pytest.approx(50)
    assert found[16] == pytest.approx(100 * (down + 1 / 14) / (2 * down + 1 / 14))


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


def loop_psar(bars: pl.DataFrame) -> list[float]:
    """Wilder's parabolic stop, one symbol, bar by bar."""
    high = bars["high"].to_list()
    low = bars["low"].to_list()
    stop = bars["close"][1]
    rising = True
    rate = 0.02
    extreme = high[0]
    stops = [math.nan, math.nan]
    for t in range(2, len(high)):
        stop += rate * (extreme - stop)
        if (low[t] < stop) if rising else (high[t] > stop):
            stop = extreme
            extreme = low[t] if rising else high[t]
            rate = 0.02
            rising = not rising
        else:
            reached = max(extreme, high[t]) if rising else min(extreme, low[t])
            rate = min(rate + 0.02, 0.2) if reached != extreme else rate
            extreme = reached
            if rising:
                stop = low[t - 2] if low[t - 2] < stop else min(stop, low[t - 1])
            else:
                stop = high[t - 2] if high[t - 2] > stop else max(stop, high[t - 1])
        stops.append(stop)
    return stops


def test_parabolic_stops_follow_a_plain_loop(make):
    for seed in range(5):
        bars = make.random_walk(seed, 400)
        expected = np.log(bars["close"].to_numpy() / np.array(loop_psar(bars)))
        np.testing.assert_allclose(_column(bars, "psar_distance_2_20"), expected, atol=1e-12)


def test_least_squares_by_numpy(make):
    bars = make.random_walk(3, 120)
    logs = np.log(bars["close"].to_numpy())
    for t in (19, 60, 119):
        slope, _ = np.polyfit(np.arange(20), logs[t - 19 : t + 1], 1)
        fit = np.corrcoef(np.arange(20), logs[t - 19 : t + 1])[0, 1] ** 2
        assert _column(bars, "trend_slope_20")[t] == pytest.approx(slope, rel=1e-9)
        assert _column(bars, "trend_fit_20")[t] == pytest.approx(fit, rel=1e-9)


def test_aroon_counts_from_the_oldest_of_equals(make):
    columns = {name: np.full(40, 10.0) for name in ("open", "high", "low", "close", "volume")}
    columns["high"][[20, 30]] = 12.0
    columns["low"][35] = 9.0
    last = compute_features(make.one_symbol("AAA", columns), ALL).row(-1, named=True)
    assert last["aroon_up_25"] == 100 * (25 - 19) / 25
    assert last["aroon_down_25"] == 100 * (25 - 4) / 25


def test_volume_indicators_by_hand(make):
    close = np.array([10.0 + (i % 3 == 0) - (i % 3 == 1) for i in range(60)])
    volume = np.array([100.0 + 50 * (i % 4) for i in range(60)])
    bars = make.of_closes(close).with_columns(volume=pl.Series(volume))
    change = np.diff(close, prepend=np.nan)
    t = 59
    last = compute_features(bars, ALL).row(t, named=True)
    window = slice(t - 19, t + 1)
    traded = volume[window].sum()
    assert last["obv_flow_20"] == pytest.approx((np.sign(change) * volume)[window].sum() / traded)
    moves = change[window] / close[t - 20 : t] * volume[window]
    assert last["volume_price_trend_20"] == pytest.approx(moves.sum() / traded)
    related = np.corrcoef(
        np.log(close[window] / close[t - 20 : t]), np.log(volume[window] / volume[t - 20 : t])
    )[0, 1]
    assert last["volume_return_correlation_20"] == pytest.approx(related, rel=1e-9)
    mean = (close * volume)[t - 13 :].sum() / volume[t - 13 :].sum()
    assert last["vwap_distance_14"] == pytest.approx(close[t] / mean - 1)
    assert last["volume_ratio_20"] == pytest.approx(math.log(volume[t] / volume[window].mean()))


@pytest.mark.parametrize(
    ("bar", "before", "raised"),
    [
        ((10.0, 10.6, 8.9, 10.5), None, {"hammer": 1.0}),
        ((10.5, 11.6, 9.95, 10.0), None, {"shooting_star": 1.0}),
        ((10.0, 11.0, 9.0, 10.005), None, {"doji": 1.0}),
        ((9.8, 10.6, 9.7, 10.5), (10.4, 10.5, 9.8, 9.9), {"engulfing": 1.0}),
        ((10.5, 10.6, 9.7, 9.8), (9.9, 10.5, 9.8, 10.4), {"engulfing": -1.0}),
        ((10.0, 11.0, 9.9, 10.8), (9.0, 9.6, 8.9, 9.5), {}),
    ],
)
def test_candles_by_hand(make, bar, before, raised):
    names = ("open", "high", "low", "close")
    rows = [before or (8.0, 9.0, 7.0, 8.5), bar]
    columns = {name: np.array([row[i] for row in rows]) for i, name in enumerate(names)}
    bars = make.one_symbol("AAA", columns | {"volume": np.ones(2)})
    last = compute_features(bars, FAMILIES["candles"]).row(-1, named=True)
    flags = dict.fromkeys(("hammer", "shooting_star", "doji", "engulfing"), 0.0)
    assert {name: last[name] for name in flags} == flags | raised
    opened, high, low, close = bar
    assert last["body_pct"] == pytest.approx(close / opened - 1)
    assert last["upper_wick"] == pytest.approx((high - max(opened, close)) / (high - low))
    assert last["gap_pct"] == pytest.approx(opened / rows[0][3] - 1)


def test_without_volume_the_volume_family_rests(make):
    bars = make.random_walk(4, 300).with_columns(volume=pl.lit(0.0))
    last = compute_features(bars, FAMILIES["volume"]).drop("date", "symbol").row(-1, named=True)
    assert last == {name: FLAT[name] for name in FAMILIES["volume"]}


def test_divergence_by_the_rsi_itself(make):
    bars = make.random_walk(6, 400)
    rsi = _column(bars, "rsi_14")
    close = bars["close"].to_numpy()
    fell = close[24:] < close[14:-10]
    rose = rsi[24:] > rsi[14:-10]
    np.testing.assert_array_equal(_column(bars, "bullish_divergence")[24:], fell & rose)
    np.testing.assert_array_equal(_column(bars, "bearish_divergence")[24:], ~fell & ~rose)
    assert 0 < (fell & rose).sum() < 200
