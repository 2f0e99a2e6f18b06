"""Indicators against the library `ta`, from bar 300 of a symbol on."""

import numpy as np
import polars as pl
import pytest
from ta import momentum, trend, volatility, volume

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


def _adx(bars):
    return trend.ADXIndicator(bars.high, bars.low, bars.close, 14)


def _macd(bars):
    return trend.MACD(bars.close, 26, 12, 9)


def _atr(bars):
    return volatility.AverageTrueRange(bars.high, bars.low, bars.close, 14).average_true_range()


def _ema(series, window):
    return trend.EMAIndicator(series, window).ema_indicator()


def _sma(series, window):
    return trend.SMAIndicator(series, window).sma_indicator()


def _aroon(bars):
    return trend.AroonIndicator(bars.high, bars.low, 25)


def _vortex(bars):
    return trend.VortexIndicator(bars.high, bars.low, bars.close, 14)


def _ichimoku(bars):
    return trend.IchimokuIndicator(bars.high, bars.low, 9, 26, 52, visual=False)


def _pvo(bars):
    return momentum.PercentageVolumeOscillator(bars.volume, 26, 12, 9)


REFERENCES = {
    **{
        f"ema_distance_{length}": lambda b, length=length: b.close / _ema(b.close, length) - 1
        for length in (5, 26, 50)
    },
    "sma_distance_200": lambda b: b.close / _sma(b.close, 200) - 1,
    "sma_cross_20_50": lambda b: _sma(b.close, 20) / _sma(b.close, 50) - 1,
    "sma_cross_50_200": lambda b: _sma(b.close, 50) / _sma(b.close, 200) - 1,
    "macd_12_26": lambda b: momentum.PercentagePriceOscillator(b.close, 26, 12, 9).ppo() / 100,
    "macd_signal_12_26_9": lambda b: _macd(b).macd_signal() / _ema(b.close, 26),
    "macd_histogram_12_26_9": lambda b: _macd(b).macd_diff() / _atr(b),
    "adx_14": lambda b: _adx(b).adx(),
    "plus_di_14": lambda b: _adx(b).adx_pos(),
    "minus_di_14": lambda b: _adx(b).adx_neg(),
    "vortex_difference_14": lambda b: (
        _vortex(b).vortex_indicator_pos() - _vortex(b).vortex_indicator_neg()
    ),
    "aroon_up_25": lambda b: _aroon(b).aroon_up(),
    "aroon_down_25": lambda b: _aroon(b).aroon_down(),
    "cci_20": lambda b: trend.CCIIndicator(b.high, b.low, b.close, 20, 0.015).cci(),
    "kst_10_15_20_30": lambda b: trend.KSTIndicator(b.close).kst(),
    "dpo_20": lambda b: trend.DPOIndicator(b.close, 20).dpo() / _sma(b.close, 20),
    "mass_index_9_25": lambda b: trend.MassIndex(b.high, b.low, 9, 25).mass_index(),
    "stc_23_50_10": lambda b: trend.STCIndicator(b.close, 50, 23, 10, 3, 3).stc(),
    "psar_distance_2_20": lambda b: np.log(
        b.close / trend.PSARIndicator(b.high, b.low, b.close, 0.02, 0.2).psar()
    ),
    "ichimoku_conversion_distance_9": lambda b: (
        b.close / _ichimoku(b).ichimoku_conversion_line() - 1
    ),
    "ichimoku_base_distance_26": lambda b: b.close / _ichimoku(b).ichimoku_base_line() - 1,
    "ichimoku_cloud_distance_52": lambda b: (
        2 * b.close / (_ichimoku(b).ichimoku_a() + _ichimoku(b).ichimoku_b()) - 1
    ),
    "obv_flow_20": lambda b: (
        volume.OnBalanceVolumeIndicator(b.close, b.volume).on_balance_volume().diff(20)
        / b.volume.rolling(20).sum()
    ),
    "cmf_20": lambda b: volume.ChaikinMoneyFlowIndicator(
        b.high, b.low, b.close, b.volume, 20
    ).chaikin_money_flow(),
    "mfi_14": lambda b: volume.MFIIndicator(
        b.high, b.low, b.close, b.volume, 14
    ).money_flow_index(),
    "force_index_13": lambda b: (
        volume.ForceIndexIndicator(b.close, b.volume, 13).force_index()
        / _ema(b.close * b.volume, 13)
    ),
    "volume_price_trend_20": lambda b: (
        volume.VolumePriceTrendIndicator(b.close, b.volume).volume_price_trend().diff(20)
        / b.volume.rolling(20).sum()
    ),
    "vwap_distance_14": lambda b: (
        b.close
        / volume.VolumeWeightedAveragePrice(
            b.high, b.low, b.close, b.volume, 14
        ).volume_weighted_average_price()
        - 1
    ),
    "pvo_12_26": lambda b: _pvo(b).pvo(),
    "pvo_histogram_12_26_9": lambda b: _pvo(b).pvo_hist(),
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
