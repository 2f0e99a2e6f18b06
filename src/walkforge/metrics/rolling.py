"""Figures of a window that moves along a record."""

import math

import numpy as np

from walkforge.metrics.series import Series, checked


def rolling_sharpe(returns: Series, per_year: int, *, days: int) -> Series:
    """[T] the annual Sharpe ratio, risk-free rate 0, of each day and the `days` - 1 before.

    nan for the first `days` - 1, and where all returns of the window are the same.

    Args:
        returns: [T] net simple returns of days in a row. per_year: days in a year.
        days: length of the window, at least 2.

    Raises:
        ValueError: a shorter window, or see series.checked.
    """
    values = checked(returns)
    if days < 2:
        raise ValueError(f"a window of {days} days has no volatility: give at least 2")
    found = np.full(len(values), np.nan)
    if len(values) < days:
        return found
    windows = np.lib.stride_tricks.sliding_window_view(values, days)
    volatility = windows.std(axis=1, ddof=1)
    # Equal returns differ from their rounded mean by a trace, which would make a ratio of 1e16.
    volatility[np.ptp(windows, axis=1) == 0.0] = np.nan
    found[days - 1 :] = windows.mean(axis=1) / volatility * math.sqrt(per_year)
    return found
