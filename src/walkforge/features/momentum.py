"""Momentum: fourteen indicators of how far and how steadily the price has moved."""

import numpy as np
import polars as pl

from walkforge.features.recursion import Column, recursion
from walkforge.features.windows import (
    CLOSE,
    HIGH,
    LOW,
    TIE,
    TIE_PER_CENT,
    ago,
    ema,
    highest,
    lowest,
    mean,
    per_symbol,
    quotient,
    total,
    true_low,
    true_range,
    wilder,
)

KAMA_SLOW, KAMA_FAST = 2 / (30 + 1), 2 / (2 + 1)


def rsi(bars: int) -> pl.Expr:
    """Return Wilder's relative strength index, 0 to 100; an unchanged close leaves it as it was."""
    move = CLOSE - ago(CLOSE, 1)
    unchanged = move.abs() <= TIE * CLOSE
    moved = pl.when(unchanged).then(0.0).otherwise(move)
    up = wilder(moved.clip(lower_bound=0.0), bars, held=unchanged)
    down = wilder((-moved).clip(lower_bound=0.0), bars, held=unchanged)
    return per_symbol(quotient(100 * up, up + down, flat=50.0, tie=0.0).forward_fill())


def stochastic_rsi(bars: int) -> pl.Expr:
    """Return where the RSI stands in its own range, 0 to 1."""
    strength = rsi(bars)
    low = lowest(strength, bars)
    span = highest(strength, bars) - low
    return quotient(strength - low, span, flat=0.5, tie=TIE_PER_CENT)


def stochastic(bars: int) -> pl.Expr:
    """Return where the close stands in the range of the last bars, per cent."""
    low = lowest(LOW, bars)
    return quotient(100 * (CLOSE - low), highest(HIGH, bars) - low, flat=50.0, tie=TIE * CLOSE)


def ultimate_oscillator(short: int, middle: int, long: int) -> pl.Expr:
    """Return Williams's weighted shares of buying pressure in the true range, per cent."""
    pressure, span = CLOSE - true_low(), true_range()

    def share(bars: int) -> pl.Expr:
        return quotient(total(pressure, bars), total(span, bars), flat=0.5, tie=TIE * CLOSE)

    return 100 * (4 * share(short) + 2 * share(middle) + share(long)) / 7


def true_strength(slow: int, fast: int) -> pl.Expr:
    """Return the double-smoothed move over the double-smoothed absolute move, per cent."""
    move = CLOSE - ago(CLOSE, 1)
    smooth, size = (ema(ema(series, slow), fast) for series in (move, move.abs()))
    return quotient(100 * smooth, size, flat=0.0, tie=TIE * CLOSE)


def kama_distance(bars: int) -> pl.Expr:
    """Return the close over Kaufman's adaptive mean, less 1.

    The mean starts from the last close before the first efficiency ratio.
    """
    path = total((CLOSE - ago(CLOSE, 1)).abs(), bars)
    change = (CLOSE - ago(CLOSE, bars)).abs()
    efficiency = quotient(change, path, flat=0.0, tie=TIE * CLOSE)
    rate = (KAMA_SLOW + efficiency * (KAMA_FAST - KAMA_SLOW)) ** 2

    def step(kama: Column, close: Column, rate: Column) -> Column:
        return np.where(np.isnan(rate), close, kama + rate * (close - kama))

    return pl.when(rate.is_not_null()).then(CLOSE / recursion(step, CLOSE, rate) - 1)


def awesome_oscillator(fast: int, slow: int) -> pl.Expr:
    """Return the fast over the slow mean of the middle of the bar, less 1."""
    middle = (HIGH + LOW) / 2
    return mean(middle, fast) / mean(middle, slow) - 1


def acceleration(bars: int) -> pl.Expr:
    """Return today's rate of change less yesterday's."""
    change = CLOSE / ago(CLOSE, bars) - 1
    return change - ago(change, 1)
