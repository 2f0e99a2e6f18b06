"""Fractal: how rough the path of the price is, and whether its moves tend to go on."""

from functools import partial

import numpy as np

from walkforge.features.definition import Indicator
from walkforge.features.grid import Bars, Grid
from walkforge.features.quantities import highest_high, log_return, lowest_low
from walkforge.features.windows import TIE, ago, total

LAGS = (1, 2, 4, 8, 16)


def hurst_exponent(bars: Bars, *, length: int) -> Grid:
    """The slope of ln(root mean square move) against ln(lag), within 0 and 1; 0.5 if flat.

    Source: T. Di Matteo, Multi-scaling in finance (2007), the generalised exponent for q = 2.
    """
    squares = [
        total(log_return(bars, length=lag) ** 2, length - lag) / (length - lag) for lag in LAGS
    ]
    places = np.log(LAGS) - np.log(LAGS).mean()
    slope = sum(
        weight * np.log(np.maximum(square, TIE**2)) / 2
        for weight, square in zip(places / (places @ places), squares, strict=True)
    )
    return np.where(squares[0] <= TIE**2, 0.5, np.clip(slope, 0.0, 1.0))


def fractal_dimension(bars: Bars, *, length: int) -> Grid:
    """How much of the plane the path fills: 1 for a line, 2 for a plane; 1.5 if flat.

    Source: J. F. Ehlers, Fractal adaptive moving averages (2005).
    """
    half = length // 2
    newer = highest_high(bars, length=half) - lowest_low(bars, length=half)
    whole = highest_high(bars, length=length) - lowest_low(bars, length=length)
    ways = np.log2(2 * (ago(newer, half) + newer) / whole)
    return np.where(whole <= TIE * bars.close, 1.5, np.clip(ways, 1.0, 2.0))


INDICATORS = (
    Indicator(
        name="hurst_exponent_128",
        family="fractal",
        warm_up=127,
        formula="slope, against ln n, of ln of the root mean square of ln(C / C[-n]) within 128 "
        "bars, n = 1, 2, 4, 8, 16, within 0 and 1; 0.5 when flat",
        source="Di Matteo 2007",
        compute=partial(hurst_exponent, length=128),
    ),
    Indicator(
        name="fractal_dimension_64",
        family="fractal",
        warm_up=63,
        formula="log2(2 (R[-32] + R) / R64), within 1 and 2, R and R64 = max H - min L over 32 "
        "and 64 bars; 1.5 when flat",
        source="Ehlers 2005",
        compute=partial(fractal_dimension, length=64),
    ),
)
