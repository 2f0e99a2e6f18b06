"""Quantities of a bar that several indicators use, each computed once; all give [T, K]."""

import numpy as np

from walkforge.features.grid import Bars, Grid, shared
from walkforge.features.windows import (
    TIE,
    ago,
    deviation,
    highest,
    lowest,
    mean,
    quotient,
    wilder,
)

# Means of moves, relative to the close, that so long a halt has left without digits.
_VANISHED = 1e-250


@shared
def log_return(bars: Bars, *, length: int) -> Grid:
    """Ln(C / C[-length])."""
    return np.log(bars.close / ago(bars.close, length))


@shared
def typical_price(bars: Bars) -> Grid:
    """The mean of high, low and close."""
    return (bars.high + bars.low + bars.close) / 3


@shared
def close_mean(bars: Bars, *, length: int) -> Grid:
    """The simple mean of the close."""
    return mean(bars.close, length)


@shared
def close_deviation(bars: Bars, *, length: int) -> Grid:
    """The standard deviation of the close, ddof 0."""
    return deviation(bars.close, length, ddof=0)


@shared
def return_deviation(bars: Bars, *, length: int) -> Grid:
    """The standard deviation of the daily log return, ddof 1."""
    return deviation(log_return(bars, length=1), length, ddof=1)


@shared
def lowest_low(bars: Bars, *, length: int) -> Grid:
    """The least low of the last bars."""
    return lowest(bars.low, length)


@shared
def highest_high(bars: Bars, *, length: int) -> Grid:
    """The greatest high of the last bars."""
    return highest(bars.high, length)


@shared
def true_low(bars: Bars) -> Grid:
    """The lesser of the low and the close before; NaN on a symbol's first bar."""
    return np.minimum(bars.low, ago(bars.close, 1))


@shared
def true_range(bars: Bars) -> Grid:
    """The bar's range, widened to the close before; NaN on a symbol's first bar."""
    return np.maximum(bars.high, ago(bars.close, 1)) - true_low(bars)


@shared
def average_true_range(bars: Bars, *, length: int) -> Grid:
    """Wilder's mean of the true range, seeded with the mean of its first `length`."""
    return wilder(true_range(bars), length)


@shared
def rsi(bars: Bars, *, length: int) -> Grid:
    """Wilder's relative strength index, 0 to 100.

    An unchanged close adds 0 to both means, which decay alike and leave it where it was. It is 50
    until the first change, and once both means have vanished.
    """
    move = bars.close - ago(bars.close, 1)
    settled = np.where(np.abs(move) <= TIE * bars.close, 0.0, move)
    up = wilder(np.maximum(settled, 0.0), length)
    down = wilder(np.maximum(-settled, 0.0), length)
    return 100 * quotient(up, up + down, flat=0.5, tie=_VANISHED * bars.close)
