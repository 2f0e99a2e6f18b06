"""Trend: where the price stands to its means, and how steadily and which way it has gone."""

from functools import partial

import numpy as np

from walkforge.features.definition import Indicator
from walkforge.features.directional import (
    adx,
    aroon,
    directional_index,
    psar_distance,
    vortex_difference,
)
from walkforge.features.grid import Bars, Grid, shared
from walkforge.features.quantities import (
    average_true_range,
    close_mean,
    highest_high,
    lowest_low,
    typical_price,
)
from walkforge.features.windows import (
    TIE,
    TIE_PER_CENT,
    ago,
    deviation,
    ema,
    ema_gap,
    highest,
    kept_where,
    lagged_sum,
    lowest,
    mean,
    mean_absolute_deviation,
    quotient,
    total,
)

CCI_CONSTANT = 0.015  # Lambert's, so that most values lie within 100


@shared
def close_gap(bars: Bars, *, length: int) -> Grid:
    """The close less its exponential mean."""
    return ema_gap(bars.close, length)


def ema_distance(bars: Bars, *, length: int) -> Grid:
    """The close over its exponential mean, less 1."""
    gap = close_gap(bars, length=length)
    return gap / (bars.close - gap)


def sma_distance(bars: Bars, *, length: int) -> Grid:
    """The close over its simple mean, less 1."""
    return bars.close / close_mean(bars, length=length) - 1


def sma_cross(bars: Bars, *, fast: int, slow: int) -> Grid:
    """The fast over the slow simple mean of the close, less 1."""
    return close_mean(bars, length=fast) / close_mean(bars, length=slow) - 1


@shared
def macd_line(bars: Bars, *, fast: int, slow: int) -> Grid:
    """The fast less the slow exponential mean of the close."""
    return close_gap(bars, length=slow) - close_gap(bars, length=fast)


def macd(bars: Bars, *, fast: int, slow: int) -> Grid:
    """The MACD line over the slow exponential mean."""
    slow_mean = bars.close - close_gap(bars, length=slow)
    return macd_line(bars, fast=fast, slow=slow) / slow_mean


@shared
def macd_gap(bars: Bars, *, fast: int, slow: int, signal: int) -> Grid:
    """The MACD line less its signal."""
    return ema_gap(macd_line(bars, fast=fast, slow=slow), signal)


def macd_signal(bars: Bars, *, fast: int, slow: int, signal: int) -> Grid:
    """The signal of the MACD line over the slow exponential mean."""
    line = macd_line(bars, fast=fast, slow=slow)
    slow_mean = bars.close - close_gap(bars, length=slow)
    return (line - macd_gap(bars, fast=fast, slow=slow, signal=signal)) / slow_mean


def macd_histogram(bars: Bars, *, fast: int, slow: int, signal: int, atr: int) -> Grid:
    """The MACD line less its signal, in average true ranges."""
    gap = macd_gap(bars, fast=fast, slow=slow, signal=signal)
    return quotient(gap, average_true_range(bars, length=atr), flat=0.0, tie=TIE * bars.close)


def commodity_channel(bars: Bars, *, length: int) -> Grid:
    """The typical price's distance from its mean, in mean absolute deviations."""
    price = typical_price(bars)
    centre = mean(price, length)
    spread = mean_absolute_deviation(price, centre, bars=length)
    return quotient(price - centre, spread, flat=0.0, tie=TIE * bars.close) / CCI_CONSTANT


@shared
def log_slope(bars: Bars, *, length: int) -> Grid:
    """The least-squares slope of ln C, per bar."""
    places = np.arange(length) - (length - 1) / 2
    weights = -places / (places @ places)  # of today's value first, then of earlier ones
    return lagged_sum(np.log(bars.close), weights)


def trend_fit(bars: Bars, *, length: int) -> Grid:
    """The share of the variance of ln C that its least-squares line explains."""
    places = np.arange(length) - (length - 1) / 2
    explained = log_slope(bars, length=length) ** 2 * (places @ places)
    squares = deviation(np.log(bars.close), length, ddof=0) ** 2 * length
    return np.minimum(quotient(explained, squares, flat=0.0, tie=length * TIE**2), 1.0)


def know_sure_thing(bars: Bars, *, legs: tuple[tuple[int, int, int], ...]) -> Grid:
    """The weighted sum of smoothed rates of change, per cent.

    Args:
        bars: of K symbols. legs: (weight, length of the change, length of its mean) each.
    """
    total_change = np.zeros_like(bars.close)
    for weight, length, smoothing in legs:
        total_change += weight * mean(bars.close / ago(bars.close, length) - 1, smoothing)
    return 100 * total_change


def detrended_price(bars: Bars, *, length: int) -> Grid:
    """The close of half a window and a bar ago over today's mean, less 1."""
    return ago(bars.close, length // 2 + 1) / close_mean(bars, length=length) - 1


def mass_index(bars: Bars, *, smoothing: int, length: int) -> Grid:
    """The sum of the range's exponential mean over that mean's own."""
    once = ema(bars.high - bars.low, smoothing)
    twice = ema(once, smoothing)
    return total(quotient(once, twice, flat=1.0, tie=TIE * bars.close), length)


def trend_cycle(bars: Bars, *, fast: int, slow: int, cycle: int, smoothing: int) -> Grid:
    """Schaff's cycle, 0 to 100: the MACD line's stochastic, smoothed, and once more."""
    series = macd_line(bars, fast=fast, slow=slow)
    tie: Grid | float = TIE * bars.close
    for _ in range(2):
        least = lowest(series, cycle)
        span = highest(series, cycle) - least
        stochastic = 100 * (series - least) / span
        known = ~np.isnan(span)
        series = ema(kept_where(stochastic, span > tie, known=known, before=50.0), smoothing)
        tie = TIE_PER_CENT
    return series


@shared
def middle_of_range(bars: Bars, *, length: int) -> Grid:
    """The middle between the highest high and the lowest low."""
    return (highest_high(bars, length=length) + lowest_low(bars, length=length)) / 2


def range_distance(bars: Bars, *, length: int) -> Grid:
    """The close over the middle of its range, less 1."""
    return bars.close / middle_of_range(bars, length=length) - 1


def cloud_distance(bars: Bars, *, conversion: int, base: int, span: int) -> Grid:
    """The close over the middle of Ichimoku's cloud as of the same bar, less 1."""
    first = (middle_of_range(bars, length=conversion) + middle_of_range(bars, length=base)) / 2
    cloud = (first + middle_of_range(bars, length=span)) / 2
    return bars.close / cloud - 1


_indicator = partial(Indicator, family="trend")

INDICATORS = (
    *(
        _indicator(
            name=f"ema_distance_{length}",
            warm_up=length - 1,
            memory=memory,
            formula=f"C / EMA({length}) - 1",
            source="`ta` EMAIndicator",
            compute=partial(ema_distance, length=length),
        )
        for length, memory in ((5, 30), (26, 150), (50, 300))
    ),
    _indicator(
        name="sma_distance_200",
        warm_up=199,
        formula="C / SMA200 - 1",
        source="`ta` SMAIndicator",
        compute=partial(sma_distance, length=200),
    ),
    *(
        _indicator(
            name=f"sma_cross_{fast}_{slow}",
            warm_up=slow - 1,
            formula=f"SMA{fast} / SMA{slow} - 1",
            source="`ta` SMAIndicator",
            compute=partial(sma_cross, fast=fast, slow=slow),
        )
        for fast, slow in ((20, 50), (50, 200))
    ),
    _indicator(
        name="macd_12_26",
        warm_up=25,
        memory=170,
        formula="(EMA12 - EMA26) / EMA26",
        source="Appel 1979; `ta` PercentagePriceOscillator",
        compute=partial(macd, fast=12, slow=26),
    ),
    _indicator(
        name="macd_signal_12_26_9",
        warm_up=33,
        memory=170,
        formula="EMA9(EMA12 - EMA26) / EMA26",
        source="Appel 1979; `ta` MACD",
        compute=partial(macd_signal, fast=12, slow=26, signal=9),
    ),
    _indicator(
        name="macd_histogram_12_26_9",
        warm_up=33,
        memory=170,
        formula="(m - EMA9(m)) / ATR14, m = EMA12 - EMA26; 0 when ATR14 is 0",
        source="Aspray 1986; `ta` MACD",
        compute=partial(macd_histogram, fast=12, slow=26, signal=9, atr=14),
    ),
    _indicator(
        name="adx_14",
        warm_up=27,
        memory=200,
        formula="Wilder(14) of 100 abs(plus - minus) / (plus + minus), the two DI; 0 when flat",
        source="Wilder 1978; `ta` ADXIndicator",
        compute=partial(adx, length=14),
    ),
    *(
        _indicator(
            name=f"{side}_di_14",
            warm_up=14,
            memory=160,
            formula=f"100 Wilder(14) of d / Wilder(14) of TR, d = {move} where that is above 0 "
            "and above its mirror image, else 0; 0 when TR is 0",
            source="Wilder 1978; `ta` ADXIndicator",
            compute=partial(directional_index, length=14, upward=side == "plus"),
        )
        for side, move in (("plus", "H - H[-1]"), ("minus", "L[-1] - L"))
    ),
    _indicator(
        name="vortex_difference_14",
        warm_up=14,
        formula="sum of (abs(H - L[-1]) - abs(L - H[-1])) / sum of TR over 14 bars; 0 when flat",
        source="Botes and Siepman 2010; `ta` VortexIndicator",
        compute=partial(vortex_difference, length=14),
    ),
    *(
        _indicator(
            name=f"aroon_{way}_25",
            warm_up=25,
            formula=f"100 (25 - bars since the {price} of the last 26 bars) / 25, the oldest of "
            "equals",
            source="Chande 1995; `ta` AroonIndicator",
            compute=partial(aroon, length=25, upward=way == "up"),
        )
        for way, price in (("up", "max H"), ("down", "min L"))
    ),
    _indicator(
        name="cci_20",
        warm_up=19,
        formula="(TP - SMA20 TP) / (0.015 x mean of abs(TP - SMA20 TP) over 20 bars), TP = "
        "(H + L + C) / 3; 0 when flat",
        source="Lambert 1980; `ta` CCIIndicator",
        compute=partial(commodity_channel, length=20),
    ),
    _indicator(
        name="trend_slope_20",
        warm_up=19,
        formula="least-squares slope of ln C over 20 bars, per bar",
        source="",
        compute=partial(log_slope, length=20),
    ),
    _indicator(
        name="trend_fit_20",
        warm_up=19,
        formula="R squared of the least-squares line through ln C over 20 bars; 0 when flat",
        source="",
        compute=partial(trend_fit, length=20),
    ),
    _indicator(
        name="kst_10_15_20_30",
        warm_up=44,
        formula="100 x sum of w SMA_m(C / C[-r] - 1), (w, r, m) = (1, 10, 10), (2, 15, 10), "
        "(3, 20, 10), (4, 30, 15)",
        source="Pring 1992; `ta` KSTIndicator",
        compute=partial(know_sure_thing, legs=((1, 10, 10), (2, 15, 10), (3, 20, 10), (4, 30, 15))),
    ),
    _indicator(
        name="dpo_20",
        warm_up=19,
        formula="C[-11] / SMA20 - 1",
        source="`ta` DPOIndicator",
        compute=partial(detrended_price, length=20),
    ),
    _indicator(
        name="mass_index_9_25",
        warm_up=40,
        memory=90,
        formula="sum over 25 bars of EMA9(H - L) / EMA9(EMA9(H - L)); a ratio is 1 where its "
        "denominator is 0",
        source="Dorsey 1992; `ta` MassIndex",
        compute=partial(mass_index, smoothing=9, length=25),
    ),
    _indicator(
        name="stc_23_50_10",
        warm_up=71,
        memory=350,
        formula="EMA3 of s(EMA3 of s(EMA23 - EMA50)), s = 100 (x - min x) / (max x - min x) over "
        "10 bars; a zero range keeps the s before, 50 before any",
        source="Schaff 1999; `ta` STCIndicator",
        compute=partial(trend_cycle, fast=23, slow=50, cycle=10, smoothing=3),
    ),
    _indicator(
        name="psar_distance_2_20",
        warm_up=2,
        memory=150,
        formula="ln(C / PSAR), step 0.02, at most 0.2; begins long at the first close; a "
        "stop within the second bar before moves to its edge, else one within the bar before",
        source="Wilder 1978; `ta` PSARIndicator",
        compute=partial(psar_distance, step=0.02, most=0.2),
    ),
    _indicator(
        name="ichimoku_conversion_distance_9",
        warm_up=8,
        formula="2 C / (max H + min L) - 1 over 9 bars",
        source="Hosoda 1969; `ta` IchimokuIndicator",
        compute=partial(range_distance, length=9),
    ),
    _indicator(
        name="ichimoku_base_distance_26",
        warm_up=25,
        formula="2 C / (max H + min L) - 1 over 26 bars",
        source="Hosoda 1969; `ta` IchimokuIndicator",
        compute=partial(range_distance, length=26),
    ),
    _indicator(
        name="ichimoku_cloud_distance_52",
        warm_up=51,
        formula="C / mean(A, B) - 1, A = (m9 + m26) / 2, B = m52, m_n = (max H + min L) / 2 over "
        "n bars; all as of t, not drawn ahead",
        source="Hosoda 1969; `ta` IchimokuIndicator",
        compute=partial(cloud_distance, conversion=9, base=26, span=52),
    ),
)
