"""Support, resistance and mean reversion: how far the price is from where it has been."""

from functools import partial

import numpy as np

from walkforge.features.definition import Indicator
from walkforge.features.grid import Bars, Grid
from walkforge.features.quantities import close_deviation, close_mean, highest_high, lowest_low
from walkforge.features.windows import TIE, highest, quotient


def support_distance(bars: Bars, *, length: int) -> Grid:
    """The log distance of the close above the lowest low."""
    return np.log(bars.close / lowest_low(bars, length=length))


def resistance_distance(bars: Bars, *, length: int) -> Grid:
    """The log distance of the close below the highest high."""
    return np.log(highest_high(bars, length=length) / bars.close)


def zscore(bars: Bars, *, length: int) -> Grid:
    """How many standard deviations the close is above its mean."""
    above = bars.close - close_mean(bars, length=length)
    deviation = close_deviation(bars, length=length)
    return quotient(above, deviation, flat=0.0, tie=TIE * bars.close)


def drawdown(bars: Bars, *, length: int) -> Grid:
    """The fall from the highest close, 0 at that close and negative below."""
    return bars.close / highest(bars.close, length) - 1


_indicator = partial(Indicator, family="support_resistance", source="")

INDICATORS = (
    *(
        _indicator(
            name=f"support_distance_{length}",
            warm_up=length - 1,
            formula=f"ln(C / min L) over {length} bars",
            compute=partial(support_distance, length=length),
        )
        for length in (20, 50, 100)
    ),
    *(
        _indicator(
            name=f"resistance_distance_{length}",
            warm_up=length - 1,
            formula=f"ln(max H / C) over {length} bars",
            compute=partial(resistance_distance, length=length),
        )
        for length in (20, 50, 100)
    ),
    *(
        _indicator(
            name=f"zscore_{length}",
            warm_up=length - 1,
            formula=f"(C - SMA{length}) / std{length} of C, ddof 0; 0 when flat",
            compute=partial(zscore, length=length),
        )
        for length in (50, 100)
    ),
    _indicator(
        name="drawdown_252",
        warm_up=251,
        formula="C / max C - 1 over 252 bars",
        compute=partial(drawdown, length=252),
    ),
)
