"""Indicators against the library `ta`, from bar 300 of a symbol on."""

import numpy as np
import polars as pl
import pytest
from ta import momentum, volatility

from walkforge.features.catalogue import CATALOGUE
from walkforge.features.compute import compute_features

FROM_BAR = 300
TOLERANCE = 1e-6  # of the column's standard deviation


def _bands(bars):
    return volatility.BollingerBands(bars.close, 20, 2)


def _keltner(bars):
    return volatility.KeltnerChannel(
        bars.high, bars.low, bars.close, 20, 10, original_version=False, multiplier=2
    )


def _donchian(bars):
    return volatility.DonchianChannel(bars.high, bars.low, bars.close, 55)


def _middle_of_34(bars):
    return ((bars.high + bars.low) / 2).rolling(34).mean()


def _stochastic(bars):
    return momentum.StochasticOscillator(bars.high, bars.low, bars.close, 14, 3)


def _position(close, lower, upper):
    return (close - lower) / (upper - lower)


REFERENCES = {
    "acceleration_10": lambda b: momentum.ROCIndicator(b.close, 10).roc().diff() / 100,
    "rsi_14": lambda b: momentum.RSIIndicator(b.close, 14).rsi(),
    "stoch_rsi_14": lambda b: momentum.StochRSIIndicator(b.close, 14).stochrsi(),
    "stoch_k_14": lambda b: _stochastic(b).stoch(),
    "stoch_d_14_3": lambda b: _stochastic(b).stoch_signal(),
    "ultimate_oscillator_7_14_28": lambda b: momentum.UltimateOscillator(
        b.high, b.low, b.close, 7, 14, 28
    ).ultimate_oscillator(),
    "tsi_25_13": lambda b: momentum.TSIIndicator(b.close, 25, 13).tsi(),
    "kama_distance_10_2_30": lambda b: (
        b.close / momentum.KAMAIndicator(b.close, 10, 2, 30).kama() - 1
    ),
    "awesome_oscillator_5_34": lambda b: (
        momentum.AwesomeOscillatorIndicator(b.high, b.low, 5, 34).awesome_oscillator()
        / _middle_of_34(b)
    ),
    "atr_pct_14": lambda b: np.log(
        (
            volatility.AverageTrueRange(b.high, b.low, b.close, 14).average_true_range() / b.close
        ).clip(lower=1e-4)
    ),
    "bollinger_position_20_2": lambda b: _bands(b).bollinger_pband(),
    "bollinger_width_20_2": lambda b: np.log((_bands(b).bollinger_wband() / 100).clip(lower=1e-4)),
    "keltner_position_20_10": lambda b: _position(
        b.close, _keltner(b).keltner_channel_lband(), _keltner(b).keltner_channel_hband()
    ),
    "donchian_position_55": lambda b: _donchian(b).donchian_channel_pband(),
    "donchian_width_55": lambda b: np.log(
        np.log(_donchian(b).donchian_channel_hband() / _donchian(b).donchian_channel_lband()).clip(
            lower=1e-4
        )
    ),
    "ulcer_index_14": lambda b: np.log(
        volatility.UlcerIndex(b.close, 14).ulcer_index().clip(lower=0.01)
    ),
}


def _worst_gap(bars: pl.DataFrame, name: str) -> float:
    """Return the largest difference from the reference, in standard deviations of the column."""
    ours = compute_features(bars, [name])[name].to_numpy()
    reference = REFERENCES[name](bars.to_pandas()).to_numpy()
    gaps = np.abs(ours - reference)[FROM_BAR:]
    return float(gaps.max() / np.nanstd(ours))


def test_every_indicator_that_ta_has_is_compared_with_it():
    named = {name for name, indicator in CATALOGUE.items() if "`ta`" in indicator.source}
    assert named == set(REFERENCES)


@pytest.mark.parametrize("name", REFERENCES)
def test_sample_agrees_with_ta(sample_bars, make, name):
    for bars in sample_bars.partition_by("symbol"):
        assert _worst_gap(make.jittered(bars), name) < TOLERANCE


@pytest.mark.parametrize("name", REFERENCES)
def test_dow_members_agree_with_ta(dow_bars, make, name):
    for bars in dow_bars.partition_by("symbol")[::10]:
        assert _worst_gap(make.jittered(bars), name) < TOLERANCE


@pytest.mark.slow
@pytest.mark.parametrize("name", REFERENCES)
def test_all_dow_members_agree_with_ta(dow_bars, make, name):
    for bars in dow_bars.partition_by("symbol"):
        assert _worst_gap(make.jittered(bars), name) < TOLERANCE


def test_a_wrong_formula_would_be_caught(sample_bars):
    bars = sample_bars.filter(pl.col("symbol") == "IBM")
    ours = compute_features(bars, ["rsi_14"])["rsi_14"].to_numpy()
    simple = bars.to_pandas().close.diff()
    up, down = simple.clip(lower=0).rolling(14).mean(), (-simple).clip(lower=0).rolling(14).mean()
    cutler = (100 * up / (up + down)).to_numpy()
    assert np.abs(ours - cutler)[FROM_BAR:].max() / np.nanstd(ours) > 0.1
