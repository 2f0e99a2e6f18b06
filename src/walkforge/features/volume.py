"""Volume: how much was traded, and on which side of the price."""

from functools import partial

import numpy as np

from walkforge.features.definition import Indicator
from walkforge.features.grid import Bars, Grid, shared
from walkforge.features.quantities import log_return, typical_price
from walkforge.features.windows import (
    TIE,
    ago,
    correlation,
    ema,
    ema_gap,
    log_of_at_least,
    mean,
    quotient,
    total,
)

_SPIKE = 1.5
_EASE_SCALE = 1e4


@shared
def volume_mean(bars: Bars, *, length: int) -> Grid:
    """The simple mean of the volume."""
    return mean(bars.volume, length)


@shared
def volume_total(bars: Bars, *, length: int) -> Grid:
    """The volume of the last bars."""
    return total(bars.volume, length)


@shared
def relative_volume(bars: Bars, *, length: int) -> Grid:
    """The volume over its mean; 1 where the mean is 0."""
    return quotient(bars.volume, volume_mean(bars, length=length), flat=1.0, tie=0.0)


def volume_ratio(bars: Bars, *, length: int) -> Grid:
    """The log of the volume over its mean."""
    return log_of_at_least(relative_volume(bars, length=length), 0.01)


@shared
def close_side(bars: Bars) -> Grid:
    """1 where the close rose, -1 where it fell, 0 else; NaN on the first bar."""
    move = bars.close - ago(bars.close, 1)
    return np.where(np.abs(move) <= TIE * bars.close, 0.0, np.sign(move))


def volume_spike(bars: Bars, *, length: int, side: float) -> Grid:
    """1 where the volume is far above its mean and the close went to a side, else 0."""
    ratio = relative_volume(bars, length=length)
    went = close_side(bars)
    spike = (ratio - _SPIKE > TIE) & (went == side)
    return np.where(np.isnan(ratio) | np.isnan(went), np.nan, spike)


def share_of_volume(flow: Grid, bars: Bars, *, length: int) -> Grid:
    """The sum of a flow over the volume of the same bars; 0 without volume."""
    return quotient(total(flow, length), volume_total(bars, length=length), flat=0.0, tie=0.0)


def balance_flow(bars: Bars, *, length: int) -> Grid:
    """The volume of rises less that of falls, as a share of all."""
    return share_of_volume(close_side(bars) * bars.volume, bars, length=length)


def money_flow(bars: Bars, *, length: int) -> Grid:
    """Chaikin's money flow: where in their range the bars closed, by volume."""
    lean = (bars.close - bars.low) - (bars.high - bars.close)
    share = quotient(lean, bars.high - bars.low, flat=0.0, tie=TIE * bars.close)
    return share_of_volume(share * bars.volume, bars, length=length)


def money_flow_index(bars: Bars, *, length: int) -> Grid:
    """The share of rising typical prices in the money that was traded, per cent."""
    price = typical_price(bars)
    move = price - ago(price, 1)
    money = price * bars.volume
    moved = np.abs(move) > TIE * bars.close
    first = np.isnan(move)
    up, down = (
        total(np.where(first, np.nan, np.where(moved & side, money, 0.0)), length)
        for side in (move > 0, move < 0)
    )
    return 100 * quotient(up, up + down, flat=0.5, tie=0.0)


def force_index(bars: Bars, *, length: int) -> Grid:
    """The exponential mean of moves times volume, over that of the money traded."""
    move = bars.close - ago(bars.close, 1)
    force = ema(move * bars.volume, length)
    money = ema(bars.close * bars.volume, length)
    return quotient(force, money, flat=0.0, tie=0.0)


def ease_of_movement(bars: Bars, *, length: int, volume_length: int) -> Grid:
    """How far the middle of the bar moves for its range and volume, on a log scale."""
    middle = (bars.high + bars.low) / 2
    reach = (bars.high - bars.low) / bars.close
    effort = np.maximum(relative_volume(bars, length=volume_length), 0.1)
    ease = (middle / ago(middle, 1) - 1) * reach / effort
    eased = mean(np.where(bars.volume == 0, 0.0 * ease, ease), length)
    return np.sign(eased) * np.log1p(_EASE_SCALE * np.abs(eased))


def price_trend(bars: Bars, *, length: int) -> Grid:
    """The volume-weighted mean of the daily change."""
    change = bars.close / ago(bars.close, 1) - 1
    return share_of_volume(change * bars.volume, bars, length=length)


def vwap_distance(bars: Bars, *, length: int) -> Grid:
    """The close over the volume-weighted mean of the typical price, less 1."""
    weighted = total(typical_price(bars) * bars.volume, length)
    traded = volume_total(bars, length=length)
    return quotient(bars.close * traded, weighted, flat=1.0, tie=0.0) - 1


@shared
def volume_oscillator(bars: Bars, *, fast: int, slow: int) -> Grid:
    """The fast less the slow exponential mean of the volume, per cent of the slow."""
    slow_mean = ema(bars.volume, slow)
    return 100 * quotient(ema(bars.volume, fast) - slow_mean, slow_mean, flat=0.0, tie=0.0)


def volume_histogram(bars: Bars, *, fast: int, slow: int, signal: int) -> Grid:
    """The volume oscillator less its exponential mean."""
    return ema_gap(volume_oscillator(bars, fast=fast, slow=slow), signal)


def volume_return_correlation(bars: Bars, *, length: int) -> Grid:
    """The correlation of the log return and the change of the log volume."""
    before = ago(bars.volume, 1)
    idle = (bars.volume == 0) | (before == 0)
    change = np.where(idle, 0.0, np.log(bars.volume / before))
    return correlation(log_return(bars, length=1), change, bars=length, tie=TIE)


_indicator = partial(Indicator, family="volume")

INDICATORS = (
    _indicator(
        name="volume_ratio_20",
        warm_up=19,
        formula="ln(max(V / SMA20 V, 0.01)); 0 where the mean is 0",
        source="",
        compute=partial(volume_ratio, length=20),
    ),
    *(
        _indicator(
            name=f"volume_spike_{way}",
            warm_up=19,
            formula=f"1 where V / SMA20 V > 1.5 and C {moved}, else 0",
            source="",
            compute=partial(volume_spike, length=20, side=side),
            kind="flag",
        )
        for way, moved, side in (("up", "rose", 1.0), ("down", "fell", -1.0))
    ),
    _indicator(
        name="obv_flow_20",
        warm_up=20,
        formula="sum of sign(C - C[-1]) V / sum of V over 20 bars; an unchanged close adds 0; 0 "
        "without volume",
        source="Granville 1963; `ta` OnBalanceVolumeIndicator",
        compute=partial(balance_flow, length=20),
    ),
    _indicator(
        name="cmf_20",
        warm_up=19,
        formula="sum of ((C - L) - (H - C)) / (H - L) V / sum of V over 20 bars; a bar with H = L "
        "adds 0; 0 without volume",
        source="Chaikin; `ta` ChaikinMoneyFlowIndicator",
        compute=partial(money_flow, length=20),
    ),
    _indicator(
        name="mfi_14",
        warm_up=14,
        formula="100 U / (U + D) over 14 bars, U and D the sums of TP V where TP = (H + L + C) / 3 "
        "rose and fell; 50 when both are 0",
        source="Quong and Soudack 1989; `ta` MFIIndicator",
        compute=partial(money_flow_index, length=14),
    ),
    _indicator(
        name="force_index_13",
        warm_up=13,
        memory=90,
        formula="EMA13((C - C[-1]) V) / EMA13(C V); 0 without volume",
        source="Elder 1993; `ta` ForceIndexIndicator",
        compute=partial(force_index, length=13),
    ),
    _indicator(
        name="ease_of_movement_14",
        warm_up=32,
        formula="sign(m) ln(1 + 1e4 abs(m)), m = SMA14 of (M / M[-1] - 1) ((H - L) / C) / max(V / "
        "SMA20 V, 0.1), M = (H + L) / 2; a bar without volume adds 0",
        source="Arms 1980",
        compute=partial(ease_of_movement, length=14, volume_length=20),
    ),
    _indicator(
        name="volume_price_trend_20",
        warm_up=20,
        formula="sum of V (C / C[-1] - 1) / sum of V over 20 bars; 0 without volume",
        source="`ta` VolumePriceTrendIndicator",
        compute=partial(price_trend, length=20),
    ),
    _indicator(
        name="vwap_distance_14",
        warm_up=13,
        formula="C / VWAP - 1, VWAP = sum of TP V / sum of V over 14 bars; 0 without volume",
        source="`ta` VolumeWeightedAveragePrice",
        compute=partial(vwap_distance, length=14),
    ),
    _indicator(
        name="pvo_12_26",
        warm_up=25,
        memory=170,
        formula="100 (EMA12 V - EMA26 V) / EMA26 V; 0 without volume",
        source="`ta` PercentageVolumeOscillator",
        compute=partial(volume_oscillator, fast=12, slow=26),
    ),
    _indicator(
        name="pvo_histogram_12_26_9",
        warm_up=33,
        memory=170,
        formula="pvo_12_26 - EMA9 of it",
        source="`ta` PercentageVolumeOscillator",
        compute=partial(volume_histogram, fast=12, slow=26, signal=9),
    ),
    _indicator(
        name="volume_return_correlation_20",
        warm_up=20,
        formula="correlation over 20 bars of ln(C / C[-1]) and ln(V / V[-1]) (0 where either "
        "volume is 0); 0 when either is flat",
        source="",
        compute=partial(volume_return_correlation, length=20),
    ),
)
