"""What the library `ta` makes of the same bars: the references of the cross-check.

Each takes one symbol's bars as a pandas frame, and gives the raw quantity of `ta` after the
transform that the catalogue states. Indicators that `ta` has not, or has wrongly, are not here.
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd
from ta import momentum, trend, volatility, volume


def _bands(bars: pd.DataFrame) -> Any:
    """Bollinger's bands by `ta`."""
    return volatility.BollingerBands(bars.close, 20, 2)


def _keltner(bars: pd.DataFrame) -> Any:
    """Keltner's channel by `ta`."""
    return volatility.KeltnerChannel(
        bars.high, bars.low, bars.close, 20, 10, original_version=False, multiplier=2
    )


def _donchian(bars: pd.DataFrame) -> Any:
    """Donchian's channel by `ta`."""
    return volatility.DonchianChannel(bars.high, bars.low, bars.close, 55)


def _middle_of_34(bars: pd.DataFrame) -> Any:
    """The mean of the bars' middles by `ta`."""
    return ((bars.high + bars.low) / 2).rolling(34).mean()


def _stochastic(bars: pd.DataFrame) -> Any:
    """The stochastic oscillator by `ta`."""
    return momentum.StochasticOscillator(bars.high, bars.low, bars.close, 14, 3)


def _position(close: pd.Series, lower: pd.Series, upper: pd.Series) -> pd.Series:
    """Where the close stands between two bounds by `ta`."""
    return (close - lower) / (upper - lower)


def _adx(bars: pd.DataFrame) -> Any:
    """The directional system by `ta`."""
    return trend.ADXIndicator(bars.high, bars.low, bars.close, 14)


def _macd(bars: pd.DataFrame) -> Any:
    """The MACD by `ta`."""
    return trend.MACD(bars.close, 26, 12, 9)


def _atr(bars: pd.DataFrame) -> Any:
    """The average true range by `ta`."""
    return volatility.AverageTrueRange(bars.high, bars.low, bars.close, 14).average_true_range()


def _ema(series: pd.Series, window: int) -> Any:
    """An exponential mean by `ta`."""
    return trend.EMAIndicator(series, window).ema_indicator()


def _sma(series: pd.Series, window: int) -> Any:
    """A simple mean by `ta`."""
    return trend.SMAIndicator(series, window).sma_indicator()


def _aroon(bars: pd.DataFrame) -> Any:
    """Aroon by `ta`."""
    return trend.AroonIndicator(bars.high, bars.low, 25)


def _vortex(bars: pd.DataFrame) -> Any:
    """The vortex by `ta`."""
    return trend.VortexIndicator(bars.high, bars.low, bars.close, 14)


def _ichimoku(bars: pd.DataFrame) -> Any:
    """Ichimoku's lines as of each bar by `ta`."""
    return trend.IchimokuIndicator(bars.high, bars.low, 9, 26, 52, visual=False)


def _pvo(bars: pd.DataFrame) -> Any:
    """The volume oscillator by `ta`."""
    return momentum.PercentageVolumeOscillator(bars.volume, 26, 12, 9)


# Bars that `ta` needs to come back to itself after a range of zero, over which it divides.
_SETTLING_BARS = 60


def _stc_unsettled(bars: pd.DataFrame) -> pd.Series:
    """Where `ta`'s trend cycle still shows that one of its ranges was zero.

    `ta` then has a gap, which its exponential mean skips by elapsed time; the catalogue keeps the
    value before.
    """
    line = _ema(bars.close, 23) - _ema(bars.close, 50)
    least = line.rolling(10).min()
    most = line.rolling(10).max()
    smooth = (100 * (line - least) / (most - least)).ewm(span=3, adjust=False).mean()
    span = smooth.rolling(10).max() - smooth.rolling(10).min()
    zero = ~((most - least) > 1e-8 * bars.close) | ~(span > 1e-6)
    unsettled: pd.Series = zero.rolling(_SETTLING_BARS, min_periods=1).max() > 0
    return unsettled


# Relative to the close: what the catalogue counts as 0, with room for rounding.
_FADED = 1e-8


def _faded(size: pd.Series, bars: pd.DataFrame, window: int = 1) -> pd.Series:
    """Where a mean that the formula divides by has faded to 0 in a halt, in one of these bars.

    `ta` divides by whatever is left of it; the catalogue gives the stated value.
    """
    faded: pd.Series = (size <= _FADED * bars.close).rolling(window, min_periods=1).max() > 0
    return faded


def _mean_move(bars: pd.DataFrame) -> pd.Series:
    """The double-smoothed size of moves."""
    smooth: pd.Series = _ema(_ema(bars.close.diff().abs(), 25), 13)
    return smooth


def _mean_range(bars: pd.DataFrame) -> pd.Series:
    """The double-smoothed range of bars."""
    smooth: pd.Series = _ema(_ema(bars.high - bars.low, 9), 9)
    return smooth


# Where a reference cannot be compared: one symbol's bars -> a mask of its rows.
UNSETTLED: Mapping[str, Callable[[pd.DataFrame], pd.Series]] = {
    "stc_23_50_10": _stc_unsettled,
    "tsi_25_13": lambda b: _faded(_mean_move(b), b),
    "mass_index_9_25": lambda b: _faded(_mean_range(b), b, 25),
    "macd_histogram_12_26_9": lambda b: _faded(_atr(b), b),
    "keltner_position_20_10": lambda b: _faded(
        _keltner(b).keltner_channel_hband() - _keltner(b).keltner_channel_lband(), b
    ),
}

REFERENCES: Mapping[str, Callable[[pd.DataFrame], pd.Series]] = {
    "ema_distance_5": lambda b: b.close / _ema(b.close, 5) - 1,
    "ema_distance_26": lambda b: b.close / _ema(b.close, 26) - 1,
    "ema_distance_50": lambda b: b.close / _ema(b.close, 50) - 1,
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
