"""Laws that every indicator keeps: causality, scale, independence, finiteness, warm-up."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from walkforge.features.catalogue import CATALOGUE
from walkforge.features.compute import compute_features

ALL = tuple(CATALOGUE)
PRICES = ("open", "high", "low", "close")
# Those that remember the start of history, by an exponential mean or by a state.
RECURSIVE = {
    *("rsi_14", "stoch_rsi_14", "tsi_25_13", "kama_distance_10_2_30", "atr_pct_14"),
    *("keltner_position_20_10", "ema_distance_5", "ema_distance_26", "ema_distance_50"),
    *("macd_12_26", "macd_signal_12_26_9", "macd_histogram_12_26_9", "adx_14", "plus_di_14"),
    *("minus_di_14", "mass_index_9_25", "stc_23_50_10", "psar_distance_2_20", "force_index_13"),
    *("pvo_12_26", "pvo_histogram_12_26_9", "bullish_divergence", "bearish_divergence"),
}
# After 300 bars, in standard deviations, where it is more than 1e-7.
MEMORY = {"ema_distance_50": 1e-4, "stc_23_50_10": 1e-3, "adx_14": 1e-6}


@pytest.fixture(scope="module")
def sample_features(sample_bars) -> pl.DataFrame:
    return compute_features(sample_bars, ALL)


@pytest.fixture(scope="module")
def coarse_bars(make) -> pl.DataFrame:
    """Bars full of ties: prices of few ticks, a halt, and a second symbol half as long."""
    first = make.random_walk(1, 900, tick=0.25)
    halted = pl.int_range(pl.len()).is_between(400, 520)
    first = first.with_columns(
        pl.when(halted).then(pl.col("close").get(400)).otherwise(name).alias(name)
        for name in PRICES
    )
    return pl.concat([first, make.random_walk(2, 450, symbol="BBB", tick=0.5)])


@pytest.fixture(scope="module")
def coarse_features(coarse_bars) -> pl.DataFrame:
    return compute_features(coarse_bars, ALL)


def _values(features: pl.DataFrame) -> pl.DataFrame:
    return features.drop("date", "symbol")


def _same_until(make, bars: pl.DataFrame, features: pl.DataFrame, day) -> None:
    """Assert that the features on data cut after `day` are the first rows of `features`."""
    known = pl.col("date") <= day
    again = compute_features(bars.filter(known), ALL)
    np.testing.assert_array_equal(make.bits(again), make.bits(features.filter(known)))


def test_whole_prefix_is_bit_equal_at_twelve_cuts(make, sample_bars, sample_features):
    days = sample_bars["date"].unique().sort()
    for place in np.linspace(5, len(days) - 2, 12).astype(int):
        _same_until(make, sample_bars, sample_features, days[int(place)])


def test_whole_prefix_is_bit_equal_with_ties_and_a_halt(make, coarse_bars, coarse_features):
    days = coarse_bars["date"].unique().sort()
    for place in (3, 60, 253, 405, 449, 450, 519, 521, 700, 898):
        _same_until(make, coarse_bars, coarse_features, days[place])


def test_last_row_is_the_same_at_every_cut_of_a_range(make, coarse_bars, coarse_features):
    bars = coarse_bars.filter(pl.col("symbol") == "AAA")
    whole = make.bits(coarse_features.filter(pl.col("symbol") == "AAA"))
    for rows in range(370, 450):
        last = compute_features(bars.head(rows), ALL)
        np.testing.assert_array_equal(make.bits(last)[-1], whole[rows - 1])


def test_dow_prefixes_are_bit_equal(make, dow_bars):
    features = compute_features(dow_bars, ALL)
    days = dow_bars["date"].unique().sort()
    for place in (260, 1511, len(days) - 2):
        _same_until(make, dow_bars, features, days[place])


def test_a_perturbed_future_changes_nothing_before(make, sample_bars, sample_features):
    days = sample_bars["date"].unique().sort()
    for place in (400, 1700, 3000):
        later = pl.col("date") > days[place]
        factor = pl.when(later).then(3.7).otherwise(1.0)
        changed = sample_bars.with_columns(pl.col(*PRICES, "volume") * factor)
        known = pl.col("date") <= days[place]
        features = compute_features(changed, ALL)
        before = features.filter(known)
        after = features.filter(~known)
        np.testing.assert_array_equal(make.bits(before), make.bits(sample_features.filter(known)))
        assert not after.equals(sample_features.filter(~known))


@pytest.mark.parametrize("factor", [1e-6, 3.0, 1e6])
@pytest.mark.parametrize("kind", ["sample", "coarse"])
def test_scale_of_prices_does_not_matter(make, request, kind, factor):
    bars = request.getfixturevalue(f"{kind}_bars")
    features = request.getfixturevalue(f"{kind}_features")
    scaled = bars.with_columns(pl.col(PRICES) * factor, pl.col("volume") / factor)
    make.assert_alike(compute_features(scaled, ALL), features)


def test_a_symbol_does_not_depend_on_the_others(make, coarse_bars, coarse_features):
    for symbol, bars in coarse_bars.group_by("symbol"):
        alone = make.bits(compute_features(bars, ALL))
        together = coarse_features.filter(pl.col("symbol") == symbol[0])
        np.testing.assert_array_equal(alone, make.bits(together))


def test_order_of_symbols_does_not_matter(make, sample_bars, sample_features):
    parts = sample_bars.partition_by("symbol")
    turned = pl.concat(parts[::-1])
    features = compute_features(turned, ALL)
    assert features.select("date", "symbol").equals(turned.select("date", "symbol"))
    again = features.sort("symbol", "date")
    np.testing.assert_array_equal(make.bits(again), make.bits(sample_features))


def test_history_before_the_windows_does_not_matter(make, sample_bars, sample_features):
    """Only recursive means remember the start; all else is the same to the last bit."""
    names = [name for name in ALL if name not in RECURSIVE]
    bars = sample_bars.filter(pl.col("symbol") == "IBM")
    whole = sample_features.filter(pl.col("symbol") == "IBM").select("date", "symbol", *names)
    late = compute_features(bars.slice(1000), names).slice(252)
    np.testing.assert_array_equal(make.bits(late), make.bits(whole.slice(1252)))


def test_recursive_means_forget_the_start_within_300_bars(sample_bars, sample_features):
    bars = sample_bars.filter(pl.col("symbol") == "IBM")
    whole = sample_features.filter(pl.col("symbol") == "IBM")
    late = compute_features(bars.slice(1000), ALL)
    for name in ALL:
        gap = (late[name].slice(300) - whole[name].slice(1300)).abs().max()
        assert gap < MEMORY.get(name, 1e-7) * whole[name].std(), name


@pytest.mark.parametrize("kind", ["sample", "coarse"])
def test_nothing_is_nan_or_infinite(request, kind):
    values = _values(request.getfixturevalue(f"{kind}_features"))
    assert set(values.dtypes) == {pl.Float64}
    assert values.select(pl.all().drop_nulls().is_finite().all()).row(0) == (True,) * len(ALL)


@settings(derandomize=True, deadline=None, max_examples=25)
@given(
    st.lists(
        st.tuples(st.sampled_from([1e-8, 0.5, 1.0, 1.0, 1.0, 1.01, 30.0, 1e8]), st.booleans()),
        min_size=1,
        max_size=90,
    )
)
def test_jumps_halts_and_rangeless_bars_stay_finite(make, moves):
    closes = np.cumprod(np.repeat([step for step, _ in moves], 4))
    closes = np.clip(closes, 1e-12, 1e12)
    wide = np.repeat([1.2 if spread else 1.0 for _, spread in moves], 4)
    bars = make.of_closes(closes).with_columns(high=pl.Series(closes * wide))
    features = compute_features(bars, ALL)
    for name, indicator in CATALOGUE.items():
        assert features[name].slice(indicator.warm_up).null_count() == 0
        assert features[name].drop_nulls().is_finite().all()


@pytest.mark.parametrize("name", ALL)
def test_warm_up_is_the_measured_number_of_leading_nulls(coarse_features, name):
    for part in coarse_features.partition_by("symbol"):
        missing = part[name].is_null()
        assert missing.sum() == CATALOGUE[name].warm_up
        assert missing.head(CATALOGUE[name].warm_up).all()


def test_a_symbol_gets_its_first_value_on_the_bar_after_its_warm_up(make):
    bars = make.random_walk(9, 260)
    for name, indicator in CATALOGUE.items():
        short, enough = (
            compute_features(bars.head(indicator.warm_up + extra), [name])[name] for extra in (0, 1)
        )
        assert short.null_count() == indicator.warm_up
        assert enough.null_count() == indicator.warm_up


@pytest.mark.parametrize("fixture", ["sample_bars", "top_100_bars"])
def test_no_column_is_constant_or_a_combination_of_others(request, fixture):
    features = compute_features(request.getfixturevalue(fixture), ALL)
    assert features.columns == ["date", "symbol", *ALL]
    values = _values(features).drop_nulls().to_numpy()
    assert np.isfinite(values).all()
    spread = values.std(axis=0)
    assert (spread > 1e-6).all()
    standard = (values - values.mean(axis=0)) / spread
    related = np.abs(np.corrcoef(standard.T) - np.eye(len(ALL)))
    assert related.max() < 0.999
    least = np.linalg.svd(standard / np.sqrt(len(standard)), compute_uv=False)[-1]
    assert least > 1e-3


def test_flags_are_signs_and_only_they_are_flags(sample_features):
    for name, indicator in CATALOGUE.items():
        levels = set(sample_features[name].drop_nulls().unique())
        assert (levels <= {-1.0, 0.0, 1.0}) == (indicator.kind == "flag"), name
