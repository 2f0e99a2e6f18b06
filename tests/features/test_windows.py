"""Windows against plain loops and numpy."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.lib.stride_tricks import sliding_window_view

from walkforge.features import windows
from walkforge.features.windows import (
    ago,
    deviation,
    ema,
    ema_gap,
    first_row,
    highest,
    lowest,
    mean,
    quantile,
    quotient,
    smoothed,
    total,
    wilder,
)

LENGTHS = (1, 2, 3, 5, 14, 20, 34, 55, 64, 100, 252)


@pytest.fixture(scope="module")
def prices() -> np.ndarray:
    """Two random walks, [300, 2]."""
    generator = np.random.default_rng(3)
    return 50 * np.exp(np.cumsum(generator.normal(0, 0.02, (300, 2)), axis=0))


@pytest.mark.parametrize("length", LENGTHS)
@pytest.mark.parametrize(
    ("window", "reference"),
    [(total, np.sum), (mean, np.mean), (lowest, np.min), (highest, np.max)],
)
def test_windows_agree_with_numpy(prices, window, reference, length):
    found = window(prices, length)
    expected = reference(sliding_window_view(prices, length, axis=0), axis=-1)
    assert np.isnan(found[: length - 1]).all()
    np.testing.assert_allclose(found[length - 1 :], expected, rtol=1e-14)


@pytest.mark.parametrize("length", LENGTHS[1:])
@pytest.mark.parametrize("ddof", [0, 1])
def test_deviation_agrees_with_numpy(prices, length, ddof):
    expected = sliding_window_view(prices, length, axis=0).std(axis=-1, ddof=ddof)
    found = deviation(prices, length, ddof=ddof)
    assert np.isnan(found[: length - 1]).all()
    np.testing.assert_allclose(found[length - 1 :], expected, rtol=1e-11)


def test_deviation_of_a_flat_tail_is_zero_after_wild_prices():
    generator = np.random.default_rng(0)
    wild = 1e4 * np.exp(generator.normal(0, 1, 200))
    series = np.concatenate([wild, np.full(200, 0.013)])[:, None]
    assert (deviation(series, 60, ddof=0)[260:] < 1e-16).all()


def test_deviation_keeps_its_digits_beside_a_large_mean():
    series = (1e6 + np.tile([0.0, 1e-3], 50))[:, None]
    np.testing.assert_allclose(deviation(series, 20, ddof=0)[20:], 5e-4, rtol=1e-6)


@pytest.mark.parametrize("length", [5, 50])
def test_quantile_agrees_with_numpy_after_missing_first_values(prices, length):
    series = prices.copy()
    series[:19] = np.nan
    expected = np.quantile(sliding_window_view(series[19:], length, axis=0), 0.2, axis=-1)
    found = quantile(series, length, share=0.2)
    assert np.isnan(found[: 19 + length - 1]).all()
    np.testing.assert_allclose(found[19 + length - 1 :], expected, rtol=1e-14)


@pytest.mark.parametrize("cached", [1, 70, 10**6])
@pytest.mark.parametrize("window", [total, highest])
def test_pieces_do_not_change_a_window(prices, monkeypatch, window, cached):
    whole = window(prices, 14)
    monkeypatch.setattr(windows, "CACHED_VALUES", cached)
    np.testing.assert_array_equal(window(prices, 14), whole)


def test_ema_starts_from_the_first_value_and_hides_its_first_ones():
    series = np.array([np.nan, 4.0, 6.0, 9.0, 3.0])[:, None]
    found = ema(series, 3)[:, 0]
    np.testing.assert_array_equal(found, [np.nan, np.nan, np.nan, 7.0, 5.0])


def test_gap_to_the_ema_is_the_difference_and_keeps_its_digits(prices):
    series = np.concatenate([prices, np.repeat(prices[-1:], 400, axis=0)])
    gap = ema_gap(series, 20)
    np.testing.assert_allclose(gap, series - ema(series, 20), rtol=1e-9, atol=1e-11)
    faded = gap[299] * (1 - 2 / 21) ** 400
    np.testing.assert_allclose(gap[-1], faded, rtol=1e-12)


def test_wilder_starts_from_the_mean_of_its_first_values():
    series = np.array([np.nan, 4.0, 6.0, 11.0, 1.0, 13.0])[:, None]
    found = wilder(series, 3)[:, 0]
    np.testing.assert_allclose(found[3:], [7.0, 5.0, 5.0 + 8.0 / 3], rtol=1e-15)
    assert np.isnan(found[:3]).all()


@settings(derandomize=True, deadline=None, max_examples=40)
@given(
    st.lists(st.floats(0.01, 1e4), min_size=1, max_size=40),
    st.integers(0, 5),
    st.floats(0.0, 1.0),
)
def test_recursive_mean_stays_between_its_seed_and_the_values(values, start, rate):
    series = np.array(values)[:, None]
    means = smoothed(series, rate, start=start, seed=series[:1])
    assert np.isnan(means[:start]).all()
    found = means[start:]
    assert (found >= min(values) * (1 - 1e-12)).all()
    assert (found <= max(values) * (1 + 1e-12)).all()


def test_history_shorter_than_a_window_gives_no_value():
    series = np.array([[1.0], [2.0]])
    for found in (ago(series, 5), mean(series, 5), ema(series, 5), wilder(series, 5)):
        assert found.shape == (2, 1)
        assert np.isnan(found).all()
    assert np.isnan(quantile(series, 5, share=0.2)).all()
    assert first_row(np.full((3, 2), np.nan)) == 3


def test_quotient_gives_the_flat_value_up_to_the_tie_and_keeps_missing_ones():
    numerator = np.array([[1.0, 1.0, 1.0, np.nan]])
    denominator = np.array([[0.0, 1e-9, 2e-9, np.nan]])
    with np.errstate(all="ignore"):
        found = quotient(numerator, denominator, flat=0.5, tie=1e-9)
    np.testing.assert_allclose(found, [[0.5, 0.5, 5e8, np.nan]], rtol=1e-12)
