"""Context features: against direct computations, and under the laws that indicators keep."""

import math
from datetime import timedelta

import numpy as np
import pandas as pd
import polars as pl
import pytest
import pywt
from scipy import stats

from walkforge.features.audit import AuditConfig, audit, check_audit
from walkforge.features.catalogue import CATALOGUE, CONTEXT, FAMILIES, FEATURES
from walkforge.features.compute import compute_features

ALL = tuple(CONTEXT)
PRICES = ("open", "high", "low", "close")
ACROSS = (*FAMILIES["cross_asset"], *FAMILIES["factor"])


@pytest.fixture(scope="module")
def universe(make) -> pl.DataFrame:
    """Five symbols of 400 days: one listed late, one ended early, one with a long gap."""
    walks = [make.random_walk(seed, 400, symbol=name) for seed, name in enumerate("ABCDE")]
    walks[1] = walks[1].slice(150)
    walks[2] = walks[2].head(300)
    gap = walks[3].with_row_index("bar").filter(~pl.col("bar").is_between(180, 200))
    walks[3] = gap.with_columns(
        segment=(pl.col("bar") > 200).cast(pl.Int32),
    ).drop("bar")
    return pl.concat(walks)


@pytest.fixture(scope="module")
def context(universe) -> pl.DataFrame:
    return compute_features(universe, ALL)


def closes_of(bars: pl.DataFrame) -> pd.DataFrame:
    """Closes, a row for each date and a column for each symbol."""
    return bars.to_pandas().pivot_table(index="date", columns="symbol", values="close")


def wide(features: pl.DataFrame, name: str) -> pd.DataFrame:
    return features.to_pandas().pivot_table(
        index="date", columns="symbol", values=name, dropna=False
    )


def whole_segments(universe) -> pl.DataFrame:
    """The universe without the symbol with a gap, for references that know no segments."""
    return universe.filter(pl.col("symbol") != "D")


def test_families_of_context_are_beside_the_indicators():
    assert {CONTEXT[name].family for name in ALL} == {
        *("wavelet", "fourier", "fractal", "cross_asset", "factor", "lags", "calendar")
    }
    assert not set(CONTEXT) & set(CATALOGUE)


def test_wavelet_shares_are_those_of_the_last_64_returns(make):
    bars = make.random_walk(1, 120)
    returns = np.diff(np.log(bars["close"].to_numpy()))[-64:]
    details = pywt.wavedec(returns, "haar", mode="periodization", level=6)
    for level in (1, 2, 3, 4):
        share = (details[-level] ** 2).sum() / (returns**2).sum()
        found = compute_features(bars, [f"wavelet_energy_{level}_64"]).to_series(2)[-1]
        assert found == pytest.approx(math.log(share), rel=1e-12)


def test_the_finest_details_hold_all_of_an_alternating_return(make):
    closes = 100 * np.exp(np.cumsum(0.01 * (-1.0) ** np.arange(80)))
    found = compute_features(make.of_closes(closes), FAMILIES["wavelet"]).row(-1)[2:]
    assert found == pytest.approx((0.0, *[math.log(1e-4)] * 3))


@pytest.mark.parametrize("period", [2, 4, 8, 16, 32])
def test_the_peak_of_a_sine_is_found(make, period):
    closes = 100 * np.exp(0.05 * np.cos(2 * np.pi * (np.arange(100) + 0.3) / period))
    found = compute_features(make.of_closes(closes), FAMILIES["fourier"])
    assert np.exp(found["dominant_period_64"][-1]) == pytest.approx(period)
    assert found["dominant_strength_64"][-1] == pytest.approx(1.0)


def test_strength_is_the_share_of_a_sine_in_the_variance(make):
    """Against the variance that a least-squares fit of the wave explains, without a transform."""
    bars = make.random_walk(3, 90)
    returns = np.diff(np.log(bars["close"].to_numpy()))[-64:]
    apart = returns - returns.mean()
    explained = []
    for cycles in range(1, 33):
        angle = 2 * np.pi * cycles * np.arange(64) / 64
        waves = np.stack([np.cos(angle), np.sin(angle)], axis=1)
        fit = waves @ np.linalg.lstsq(waves, apart, rcond=None)[0]
        explained.append((fit**2).sum() / (apart**2).sum())
    found = compute_features(bars, FAMILIES["fourier"])
    assert found["dominant_strength_64"][-1] == pytest.approx(max(explained))
    assert found["dominant_period_64"][-1] == pytest.approx(np.log(64 / (1 + np.argmax(explained))))


def test_hurst_is_about_a_half_on_random_walks_and_tells_trends_and_returns_apart(make):
    generator = np.random.default_rng(0)
    moves = generator.normal(0, 0.01, 6000)
    trending = np.convolve(moves, np.ones(12) / 12)[:6000]
    reverting = np.diff(np.concatenate([[0.0], moves]))

    def mean_of(steps: np.ndarray) -> float:
        bars = make.of_closes(100 * np.exp(np.cumsum(steps)))
        return compute_features(bars, ["hurst_exponent_128"])["hurst_exponent_128"].mean()

    assert mean_of(moves) == pytest.approx(0.5, abs=0.04)
    assert mean_of(trending) > 0.75
    assert mean_of(reverting) < 0.1


def test_hurst_is_the_slope_of_a_fit_to_mean_square_moves(make):
    bars = make.random_walk(8, 200)
    path = np.log(bars["close"].to_numpy())[-128:]
    lags = np.array([1, 2, 4, 8, 16])
    squares = [np.mean((path[lag:] - path[:-lag]) ** 2) for lag in lags]
    slope = np.polyfit(np.log(lags), np.log(squares) / 2, 1)[0]
    found = compute_features(bars, ["hurst_exponent_128"])["hurst_exponent_128"][-1]
    assert found == pytest.approx(slope, rel=1e-10)


def test_hurst_of_a_price_that_only_goes_to_and_fro_is_0(make):
    bars = make.of_closes(100 + (-1.0) ** np.arange(200))
    assert compute_features(bars, ["hurst_exponent_128"])["hurst_exponent_128"][-1] == 0.0


def test_dimension_is_1_on_a_line_and_near_2_where_the_path_fills_its_range(make):
    line = make.of_closes(100 + np.arange(80.0))
    filled = make.of_closes(100 + (-1.0) ** np.arange(80))
    # A line's halves span 31 steps each, the whole 63.
    assert compute_features(line, ["fractal_dimension_64"])["fractal_dimension_64"][
        -1
    ] == pytest.approx(max(math.log2(2 * 62 / 63), 1.0))
    assert compute_features(filled, ["fractal_dimension_64"])["fractal_dimension_64"][-1] == 2.0


def test_correlation_and_beta_are_those_with_the_mean_of_all_symbols(universe):
    bars = whole_segments(universe)
    returns = closes_of(bars).pct_change(fill_method=None)
    market = returns.mean(axis=1)
    features = compute_features(bars, ["universe_correlation_30", "universe_beta_30"])
    for symbol in "ABCE":
        own = returns[symbol].dropna()
        beside = market[own.index]
        pairs = {
            "universe_correlation_30": own.rolling(30).corr(beside),
            "universe_beta_30": own.rolling(30).cov(beside) / beside.rolling(30).var(),
        }
        for name, expected in pairs.items():
            found = wide(features, name)[symbol][own.index]
            np.testing.assert_allclose(found, expected, rtol=1e-7, err_msg=f"{name} {symbol}")


def test_dispersion_is_the_deviation_across_symbols(universe):
    bars = whole_segments(universe)
    closes = closes_of(bars)
    for length in (1, 20):
        name = f"return_dispersion_{length}"
        found = wide(compute_features(bars, [name]), name).max(axis=1).dropna()
        returns = closes / closes.shift(length) - 1
        expected = np.log(returns.std(axis=1, ddof=0)[found.index])
        np.testing.assert_allclose(found, expected, rtol=1e-9)


@pytest.mark.parametrize(
    ("rank", "of"), [("momentum_rank_20", "log_return_20"), ("volume_rank_20", "volume_ratio_20")]
)
def test_ranks_are_those_among_the_symbols_of_the_date(universe, rank, of):
    features = compute_features(universe, [rank, of])
    for _, rows in features.drop_nulls().group_by("date"):
        expected = (stats.rankdata(rows[of].to_numpy()) - 0.5) / rows.height
        np.testing.assert_allclose(rows[rank].to_numpy(), expected)


def test_equals_share_the_mean_of_their_ranks_and_one_alone_is_in_the_middle(make):
    walk = make.random_walk(5, 60)
    twin = walk.with_columns(pl.col(PRICES) * 3.0, symbol=pl.lit("BBB"))
    other = make.random_walk(6, 60, symbol="CCC")
    ranks = compute_features(pl.concat([walk, twin, other]), ["momentum_rank_20"])
    last = ranks.filter(pl.col("date") == pl.col("date").max())["momentum_rank_20"].to_list()
    assert sorted(last) == pytest.approx([1 / 3, 1 / 3, 5 / 6])
    alone = compute_features(walk, ["momentum_rank_20"])["momentum_rank_20"].drop_nulls()
    assert set(alone) == {0.5}


def test_factor_scores_are_standings_on_the_date(universe):
    bars = whole_segments(universe)
    closes = closes_of(bars)
    volumes = bars.to_pandas().pivot_table(index="date", columns="symbol", values="volume")
    returns = np.log(closes / closes.shift(1))
    raw = {
        "momentum_factor_20": closes / closes.shift(20) - 1,
        "low_volatility_factor_20": -returns.rolling(20).std(),
        "quality_factor_20": returns.rolling(20).mean() / returns.rolling(20).std(),
        "size_factor_20": -np.log((closes * volumes).rolling(20).mean()),
    }
    features = compute_features(bars, list(raw))
    for name, values in raw.items():
        centred = values.sub(values.mean(axis=1), axis=0)
        expected = centred.div(values.std(axis=1, ddof=0), axis=0)
        found = wide(features, name)[list("ABCE")]
        np.testing.assert_allclose(found, expected.loc[found.index], rtol=1e-6, atol=1e-9)


def test_factor_scores_of_two_symbols_by_hand(make):
    rising = make.of_closes(100 * 1.01 ** np.arange(30), symbol="UP")
    falling = make.of_closes(100 * 0.99 ** np.arange(30), symbol="DOWN")
    scores = compute_features(pl.concat([falling, rising]), ["momentum_factor_20"])
    assert scores["momentum_factor_20"].drop_nulls().to_list() == pytest.approx(
        [-1.0] * 10 + [1.0] * 10
    )


def test_lags_are_the_values_of_so_many_bars_ago(universe):
    names = FAMILIES["lags"]
    bases = list(dict.fromkeys(name.rpartition("_lag_")[0] for name in names))
    features = compute_features(universe, [*names, *bases])
    features = features.with_columns(universe["segment"])
    for name in names:
        base, _, length = name.rpartition("_lag_")
        expected = features.select(pl.col(base).shift(int(length)).over("symbol", "segment"))
        assert features[name].equals(expected.to_series().alias(name), null_equal=True)


def test_the_calendar_is_a_point_on_a_circle(make):
    found = compute_features(make.random_walk(1, 40), FAMILIES["calendar"])
    for row in found.iter_rows(named=True):
        day = row["date"]
        week = 2 * math.pi * day.weekday() / 7
        following = (day.replace(day=28) + timedelta(days=4)).replace(day=1)
        month = 2 * math.pi * (day.day - 1) / (following - day.replace(day=1)).days
        assert [row[name] for name in FAMILIES["calendar"]] == pytest.approx(
            [math.sin(week), math.cos(week), math.sin(month), math.cos(month)]
        )


FLAT = {
    **{name: math.log(1e-4) for name in FAMILIES["wavelet"]},
    "dominant_period_64": math.log(64),
    "dominant_strength_64": 0.0,
    "hurst_exponent_128": 0.5,
    "fractal_dimension_64": 1.5,
    **dict.fromkeys(ACROSS, 0.0),
    **dict.fromkeys(("return_dispersion_1", "return_dispersion_20"), math.log(1e-4)),
    **dict.fromkeys(("momentum_rank_20", "volatility_rank_20", "volume_rank_20"), 0.5),
    **{name: 50.0 if name.startswith("rsi") else 0.0 for name in FAMILIES["lags"]},
}


@pytest.mark.parametrize("name", FLAT)
@pytest.mark.parametrize("volume", [1e6, 0.0])
def test_prices_that_never_move_give_the_stated_value(make, name, volume):
    flat = make.of_closes(np.full(200, 7.3)).with_columns(volume=pl.lit(volume))
    two = pl.concat([flat, flat.with_columns(symbol=pl.lit("BBB"))])
    for bars in (flat, two):
        found = compute_features(bars, [name])[name].drop_nulls()
        np.testing.assert_allclose(found, FLAT[name], atol=1e-12)


def test_warm_up_is_exact_and_nothing_is_missing_after_it(universe, context):
    parts = context.with_columns(universe["segment"]).partition_by("symbol", "segment")
    for part in parts:
        for name in ALL:
            missing = part[name].is_null()
            expected = min(CONTEXT[name].warm_up, part.height)
            assert missing.head(expected).all(), name
            assert missing.sum() == expected, name
    finite = context.select(pl.col(ALL).drop_nulls().is_finite().all())
    assert finite.row(0) == (True,) * len(ALL)


def test_the_audit_of_leaks_passes_to_the_last_bit(universe):
    config = AuditConfig(symbols=5, cuts=8, last_rows=30, compared_symbols=1)
    found = check_audit(audit(universe, lambda bars: compute_features(bars, ALL), config=config))
    assert found["leaks"].sum() == 0


def test_the_audit_passes_on_real_bars(sample_bars):
    config = AuditConfig(symbols=3, cuts=3, last_rows=5, compared_symbols=1)
    found = check_audit(audit(sample_bars, lambda bars: compute_features(bars, ALL), config=config))
    assert found["feature"].unique(maintain_order=True).to_list() == list(ALL)


def test_order_of_symbols_and_threads_change_no_bit(make, universe, context):
    turned = pl.concat(universe.partition_by("symbol")[::-1])
    again = compute_features(turned, ALL, threads=3).sort("symbol", "date")
    np.testing.assert_array_equal(make.bits(again), make.bits(context))


@pytest.mark.parametrize("factor", [1e-6, 3.0, 1e6])
def test_scale_of_a_symbols_prices_does_not_matter(make, universe, context, factor):
    which = pl.when(pl.col("symbol").is_in(["A", "C"])).then(factor).otherwise(1.0)
    scaled = universe.with_columns(pl.col(PRICES) * which, pl.col("volume") / which)
    make.assert_alike(compute_features(scaled, ALL), context)


def test_features_of_one_symbol_do_not_depend_on_the_others(make, universe, context):
    own = [name for name in ALL if name not in ACROSS]
    for symbol, bars in universe.group_by("symbol"):
        alone = compute_features(bars, own)
        together = context.filter(symbol=symbol[0]).select("date", "symbol", *own)
        np.testing.assert_array_equal(make.bits(alone), make.bits(together))


def test_every_feature_together_is_no_combination_of_others(sample_bars):
    features = compute_features(sample_bars, list(FEATURES), warm_up=340)
    values = features.drop("date", "symbol").drop_nulls().to_numpy()
    spread = values.std(axis=0)
    assert (spread > 1e-6).all()
    standard = (values - values.mean(axis=0)) / spread
    least = np.linalg.svd(standard / np.sqrt(len(standard)), compute_uv=False)[-1]
    assert least > 1e-4
