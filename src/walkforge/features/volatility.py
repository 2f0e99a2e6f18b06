"""Volatility: how wide the price swings, and where it stands in its bands."""

from functools import partial

import numpy as np

from walkforge.features.definition import Indicator
from walkforge.features.grid import Bars, Grid, shared
from walkforge.features.quantities import (
    average_true_range,
    close_deviation,
    close_mean,
    highest_high,
    lowest_low,
    return_deviation,
)
from walkforge.features.windows import (
    TIE,
    ema_gap,
    highest,
    log_of_at_least,
    mean,
    quantile,
    quotient,
)

# Below these a width or a volatility (a fraction) and the ulcer index (per cent) are not told
# apart: the logarithm of a halted symbol stays near that of the quietest traded one.
LEAST_WIDTH = 1e-4
LEAST_ULCER = 0.01

BOLLINGER_DEVIATIONS = 2
KELTNER_RANGES = 2


def atr_share(bars: Bars, *, length: int) -> Grid:
    """Ln of the average true range over the close."""
    return log_of_at_least(average_true_range(bars, length=length) / bars.close, LEAST_WIDTH)


def bollinger_position(bars: Bars, *, length: int) -> Grid:
    """Where the close stands between the Bollinger bands, 0 at the lower."""
    deviation = close_deviation(bars, length=length)
    reach = BOLLINGER_DEVIATIONS * deviation
    above = bars.close - close_mean(bars, length=length) + reach
    return np.where(deviation <= TIE * bars.close, 0.5, above / (2 * reach))


@shared
def bollinger_width(bars: Bars, *, length: int) -> Grid:
    """The distance of the Bollinger bands over their middle."""
    span = 2 * BOLLINGER_DEVIATIONS * close_deviation(bars, length=length)
    return span / close_mean(bars, length=length)


def log_bollinger_width(bars: Bars, *, length: int) -> Grid:
    """Ln of the width of the Bollinger bands."""
    return log_of_at_least(bollinger_width(bars, length=length), LEAST_WIDTH)


def bollinger_squeeze(bars: Bars, *, length: int, memory: int, share: float) -> Grid:
    """1 where the width is below its own recent quantile, else 0."""
    width = bollinger_width(bars, length=length)
    narrow = quantile(width, memory, share=share)
    return np.where(np.isnan(narrow), np.nan, width < narrow - TIE)


def keltner_position(bars: Bars, *, length: int, range_length: int) -> Grid:
    """Where the close stands in the Keltner channel, 0 at the lower line."""
    average = average_true_range(bars, length=range_length)
    reach = KELTNER_RANGES * average
    above = ema_gap(bars.close, length) + reach
    return np.where(average <= TIE * bars.close, 0.5, above / (2 * reach))


def donchian_position(bars: Bars, *, length: int) -> Grid:
    """Where the close stands in the range of the last bars, 0 at its low."""
    least = lowest_low(bars, length=length)
    span = highest_high(bars, length=length) - least
    return quotient(bars.close - least, span, flat=0.5, tie=TIE * bars.close)


def donchian_width(bars: Bars, *, length: int) -> Grid:
    """Ln of the log range of the last bars."""
    log_range = np.log(highest_high(bars, length=length) / lowest_low(bars, length=length))
    return log_of_at_least(log_range, LEAST_WIDTH)


def ulcer_index(bars: Bars, *, length: int) -> Grid:
    """Ln of the root mean square of the per cent drawdown from the highest close."""
    drawdown = 100 * (bars.close / highest(bars.close, length) - 1)
    return log_of_at_least(np.sqrt(mean(drawdown * drawdown, length)), LEAST_ULCER)


def realised_volatility(bars: Bars, *, length: int) -> Grid:
    """Ln of the standard deviation of the daily log return."""
    return log_of_at_least(return_deviation(bars, length=length), LEAST_WIDTH)


def parkinson_volatility(bars: Bars, *, length: int) -> Grid:
    """Ln of the daily volatility estimated from highs and lows."""
    log_range = np.log(bars.high / bars.low)
    variance = mean(log_range * log_range, length) / (4 * np.log(2))
    return log_of_at_least(np.sqrt(variance), LEAST_WIDTH)


def volatility_ratio(bars: Bars, *, short: int, long: int) -> Grid:
    """The recent over the longer standard deviation of the daily log return."""
    deviations = (return_deviation(bars, length=length) for length in (short, long))
    return quotient(*deviations, flat=1.0, tie=TIE)


_indicator = partial(Indicator, family="volatility")

INDICATORS = (
    _indicator(
        name="atr_pct_14",
        warm_up=14,
        memory=130,
        formula="ln(max(ATR14 / C, 1e-4)), ATR14 = Wilder(14) of TR",
        source="Wilder 1978; `ta` AverageTrueRange",
        compute=partial(atr_share, length=14),
    ),
    _indicator(
        name="bollinger_position_20_2",
        warm_up=19,
        formula="(C - lower) / (upper - lower), the bands SMA20 - 2 std20 and SMA20 + 2 std20 "
        "of C, ddof 0; 0.5 when flat",
        source="Bollinger 2001; `ta` BollingerBands",
        compute=partial(bollinger_position, length=20),
    ),
    _indicator(
        name="bollinger_width_20_2",
        warm_up=19,
        formula="ln(max(w, 1e-4)), w = (upper - lower) / SMA20 of the same bands",
        source="Bollinger 2001; `ta` BollingerBands",
        compute=partial(log_bollinger_width, length=20),
    ),
    _indicator(
        name="bollinger_squeeze_20_50",
        warm_up=68,
        formula="1 where w of bollinger_width_20_2 is below the 20 % quantile (linear) of its "
        "last 50 values, today's included, by more than 1e-9, else 0",
        source="Bollinger 2001",
        compute=partial(bollinger_squeeze, length=20, memory=50, share=0.2),
        kind="flag",
    ),
    _indicator(
        name="keltner_position_20_10",
        warm_up=19,
        memory=100,
        formula="(C - lower) / (upper - lower), the lines EMA20 of C minus and plus 2 ATR10; "
        "0.5 when ATR10 is 0",
        source="Keltner 1960, Raschke; `ta` KeltnerChannel(original_version=False)",
        compute=partial(keltner_position, length=20, range_length=10),
    ),
    _indicator(
        name="donchian_position_55",
        warm_up=54,
        formula="(C - min L) / (max H - min L) over 55 bars; 0.5 when flat",
        source="Donchian; `ta` DonchianChannel",
        compute=partial(donchian_position, length=55),
    ),
    _indicator(
        name="donchian_width_55",
        warm_up=54,
        formula="ln(max(ln(max H / min L), 1e-4)) over 55 bars",
        source="Donchian; `ta` DonchianChannel",
        compute=partial(donchian_width, length=55),
    ),
    _indicator(
        name="ulcer_index_14",
        warm_up=26,
        formula="ln(max(x, 0.01)), x the root mean square over 14 bars of 100 (C / max C - 1), "
        "max C over 14 bars",
        source="Martin and McCann 1989; `ta` UlcerIndex",
        compute=partial(ulcer_index, length=14),
    ),
    *(
        _indicator(
            name=f"realised_volatility_{length}",
            warm_up=length,
            formula=f"ln(max(std{length} of log_return_1, 1e-4)), ddof 1",
            source="",
            compute=partial(realised_volatility, length=length),
        )
        for length in (20, 60)
    ),
    _indicator(
        name="parkinson_volatility_20",
        warm_up=19,
        formula="ln(max(sqrt(SMA20 of ln(H / L)^2 / (4 ln 2)), 1e-4))",
        source="Parkinson 1980",
        compute=partial(parkinson_volatility, length=20),
    ),
    _indicator(
        name="volatility_ratio_5_60",
        warm_up=60,
        formula="std5 / std60 of log_return_1, ddof 1; 1 when flat",
        source="",
        compute=partial(volatility_ratio, short=5, long=60),
    ),
)
