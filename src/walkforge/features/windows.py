"""Windows over grids: each value sees its own symbol and nothing later.

All take and give [T, K], NaN until a window is full. Sums, extremes and deviations are merged
afresh from the bars of each window, never carried on from the window before: no rounding error
outlives its bar, and what lies before or after a window does not matter to the last bit.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple, TypeVar

import numpy as np
import polars as pl
from numpy.typing import NDArray

from walkforge.features.grid import Grid, Mask

# Prices, relative to the close, returns and ratios that differ by this or less are equal.
TIE = 1e-9
# The same for what is in per cent.
TIE_PER_CENT = 1e-7

# A window merges a few arrays of so many values again and again: they should fit a core's cache.
CACHED_VALUES = 2**16

_Part = TypeVar("_Part")


class _Moments(NamedTuple):
    """Of so many bars: their sum, and the sum of squares about their mean, both [T, K]."""

    bars: int
    total: Grid
    squares: Grid


def ago(series: Grid, bars: int) -> Grid:
    """The values of so many bars ago."""
    shifted = np.empty_like(series)
    shifted[:bars] = np.nan
    shifted[bars:] = series[: max(len(series) - bars, 0)]
    return shifted


def _merged(
    merge: Callable[[_Part, _Part], _Part],
    delay: Callable[[_Part, int], _Part],
    one_bar: _Part,
    bars: int,
) -> _Part:
    """The merge of the last bars, from blocks whose lengths are powers of two.

    Args:
        merge: joins an older stretch of bars and the newer one after it.
        delay: gives a part as it was so many bars ago.
        one_bar: the part of each bar alone.
        bars: length of the window.
    """
    block = one_bar
    size = 1
    while not bars & size:
        block = merge(delay(block, size), block)
        size = 2 * size
    window = block
    covered = size
    while covered < bars:
        block = merge(delay(block, size), block)
        size = 2 * size
        if bars & size:
            window = merge(delay(block, covered), window)
            covered = covered + size
    return window


def _piecewise(window: Callable[[Grid], Grid], series: Grid, bars: int) -> Grid:
    """What `window` gives, computed on a cacheful of rows at a time."""
    rows = max(bars, CACHED_VALUES // max(series.shape[1], 1))
    result = np.empty_like(series)
    for start in range(0, len(series), rows):
        first = max(start - bars + 1, 0)
        result[start : start + rows] = window(series[first : start + rows])[start - first :]
    return result


def total(series: Grid, bars: int) -> Grid:
    """The sum of the last bars."""
    return _piecewise(lambda piece: _merged(np.add, ago, piece, bars), series, bars)


def mean(series: Grid, bars: int) -> Grid:
    """The mean of the last bars."""
    return total(series, bars) / bars


def lowest(series: Grid, bars: int) -> Grid:
    """The least of the last bars."""
    return _piecewise(lambda piece: _merged(np.minimum, ago, piece, bars), series, bars)


def highest(series: Grid, bars: int) -> Grid:
    """The greatest of the last bars."""
    return _piecewise(lambda piece: _merged(np.maximum, ago, piece, bars), series, bars)


def deviation(series: Grid, bars: int, *, ddof: int) -> Grid:
    """The standard deviation of the last bars, with divisor bars - ddof.

    Source: T. F. Chan, G. H. Golub and R. J. LeVeque, Updating formulae and a pairwise algorithm
    for computing sample variances (1979).
    """

    def squares(piece: Grid) -> Grid:
        one_bar = _Moments(1, piece, np.zeros_like(piece))
        return _merged(_join, _delayed, one_bar, bars).squares

    return np.sqrt(_piecewise(squares, series, bars) / (bars - ddof))


def _join(older: _Moments, newer: _Moments) -> _Moments:
    """The moments of two stretches of bars together."""
    bars = older.bars + newer.bars
    apart = newer.bars * older.total - older.bars * newer.total
    between = apart * apart / (older.bars * newer.bars * bars)
    return _Moments(bars, older.total + newer.total, older.squares + newer.squares + between)


def _delayed(moments: _Moments, bars: int) -> _Moments:
    """The moments as they were so many bars ago."""
    return _Moments(moments.bars, ago(moments.total, bars), ago(moments.squares, bars))


def quantile(series: Grid, bars: int, *, share: float) -> Grid:
    """The quantile of the last bars, linear between neighbours."""
    # One long column, symbol after symbol. polars keeps each window sorted and sums nothing, so
    # windows that reach into the symbol before leave no trace once they are blanked.
    column = pl.Series(np.nan_to_num(series).ravel(order="F"))
    rolled = column.rolling_quantile(share, interpolation="linear", window_size=bars)
    quantiles = rolled.to_numpy().reshape(series.shape, order="F").copy(order="C")
    quantiles[: first_row(series) + bars - 1] = np.nan
    return quantiles


def _pieces(series: Grid, bars: int) -> Iterator[slice]:
    """Give the rows whose windows are full, a cacheful at a time."""
    rows = max(CACHED_VALUES // max(series.shape[1], 1), 1)
    for start in range(bars - 1, len(series), rows):
        yield slice(start, min(start + rows, len(series)))


def _earlier(rows: slice, bars: int) -> slice:
    """The rows of so many bars ago."""
    return slice(rows.start - bars, rows.stop - bars)


def lagged_sum(series: Grid, weights: NDArray[np.float64]) -> Grid:
    """The weighted sum of the last bars; the first weight is today's."""
    result = np.full_like(series, np.nan)
    for rows in _pieces(series, len(weights)):
        parts = weights[0] * series[rows]
        for bars, weight in enumerate(weights[1:], start=1):
            parts += weight * series[_earlier(rows, bars)]
        result[rows] = parts
    return result


def mean_absolute_deviation(series: Grid, centre: Grid, *, bars: int) -> Grid:
    """The mean distance of the last bars from today's centre."""
    result = np.full_like(series, np.nan)
    for rows in _pieces(series, bars):
        middle = centre[rows]
        apart = np.abs(series[rows] - middle)
        for lag in range(1, bars):
            apart += np.abs(series[_earlier(rows, lag)] - middle)
        result[rows] = apart / bars
    return result


def correlation(first: Grid, second: Grid, *, bars: int, tie: float) -> Grid:
    """The correlation of two series over the last bars; 0 where either is flat.

    Args:
        first, second: [T, K]. bars: length of the window. tie: deviation at which one is flat.
    """
    centres = mean(first, bars), mean(second, bars)
    together = np.full_like(first, np.nan)
    for rows in _pieces(first, bars):
        middles = centres[0][rows], centres[1][rows]
        products = (first[rows] - middles[0]) * (second[rows] - middles[1])
        for lag in range(1, bars):
            then = _earlier(rows, lag)
            products += (first[then] - middles[0]) * (second[then] - middles[1])
        together[rows] = products / bars
    spreads = deviation(first, bars, ddof=0), deviation(second, bars, ddof=0)
    flat = np.minimum(*spreads)
    related = np.clip(together / (spreads[0] * spreads[1]), -1.0, 1.0)
    return np.where(flat <= tie, 0.0, related)


def bars_since_highest(series: Grid, bars: int, *, tie: Grid) -> Grid:
    """How many bars ago the greatest of the last bars was, the oldest of equals.

    Args:
        series: [T, K]. bars: length of the window. tie: [T, K] below which two values are equal.
    """
    floor = highest(series, bars) - tie
    result = np.where(np.isnan(floor), np.nan, 0.0)
    for rows in _pieces(series, bars):
        since = result[rows]
        least = floor[rows]
        for lag in range(1, bars):
            since[series[_earlier(rows, lag)] >= least] = lag
    return result


def kept_where(values: Grid, valid: Mask, *, known: Mask, before: float) -> Grid:
    """The values where valid, elsewhere the last that was, `before` any; NaN if not known.

    Args:
        values, valid, known: [T, K]. before: stands in until there is a valid value.
    """
    row = np.where(valid, np.arange(len(values))[:, None], -1)
    last = np.maximum.accumulate(row, axis=0)
    kept = np.take_along_axis(values, np.maximum(last, 0), axis=0)
    return np.where(known, np.where(last < 0, before, kept), np.nan)


def smoothed(series: Grid, rate: Grid | float, *, start: int, seed: Grid) -> Grid:
    """The recursive mean m + rate (x - m), which is `seed` [K] at row `start`.

    A value equal to the mean leaves it as it was, to the last bit.
    """
    means = np.full_like(series, np.nan)
    means[start : start + 1] = seed
    rates = np.broadcast_to(rate, series.shape)
    for t in range(start + 1, len(series)):
        means[t] = means[t - 1] + rates[t] * (series[t] - means[t - 1])
    return means


def ema(series: Grid, bars: int) -> Grid:
    """The exponential mean, alpha 2 / (bars + 1), started from the first value."""
    start = first_row(series)
    means = smoothed(series, 2 / (bars + 1), start=start, seed=series[start : start + 1])
    means[: start + bars - 1] = np.nan
    return means


def ema_gap(series: Grid, bars: int) -> Grid:
    """The series less its `ema`.

    The gap itself is carried on, so that it keeps its digits where it fades, as in a halt.
    """
    start = first_row(series)
    gaps = np.full_like(series, np.nan)
    gaps[start : start + 1] = 0.0
    moves = series - ago(series, 1)
    kept = 1 - 2 / (bars + 1)
    for t in range(start + 1, len(series)):
        gaps[t] = kept * (gaps[t - 1] + moves[t])
    gaps[: start + bars - 1] = np.nan
    return gaps


def wilder(series: Grid, bars: int) -> Grid:
    """Wilder's mean: alpha 1 / bars, seeded with the plain mean of the first bars.

    Args:
        series: [T, K]; its first values may be missing, the same number for all symbols.
        bars: length of the mean.

    Source: J. W. Wilder, New Concepts in Technical Trading Systems (1978).
    """
    start = first_row(series) + bars - 1
    seed = mean(series[: start + 1], bars)[start : start + 1]
    return smoothed(series, 1 / bars, start=start, seed=seed)


def first_row(series: Grid) -> int:
    """The row of the first values, or the number of rows where there are none."""
    filled = ~np.isnan(series).all(axis=1)
    return int(filled.argmax()) if filled.any() else len(series)


def quotient(numerator: Grid, denominator: Grid, *, flat: float, tie: Grid | float) -> Grid:
    """Numerator / denominator, and `flat` where the denominator is at most `tie`."""
    # A NaN denominator compares False and so stays NaN.
    return np.where(denominator <= tie, flat, numerator / denominator)


def log_of_at_least(series: Grid, least: float) -> Grid:
    """Ln(max(series, least))."""
    return np.log(np.maximum(series, least))
