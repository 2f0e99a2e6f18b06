"""What every figure takes: daily numbers, checked, and how many periods (bars) a year has.

Annual figures are scaled by a record's own dates: it follows its market, 252 sessions a year on
most exchanges, 365 where trading never stops, 52 weekly and 12 monthly bars.
"""

from collections.abc import Sequence
from datetime import date

import numpy as np
import polars as pl
from numpy.typing import NDArray

Series = NDArray[np.float64]
Table = NDArray[np.float64]  # [T, N], a column for each strategy, or [S, F], seeds by folds
Dates = Sequence[date] | pl.Series | NDArray[np.datetime64]

# Customary numbers, of which a measured one is taken for the first within the tolerance: exchanges,
# markets that never close, weekly and monthly bars, every weekday. The last only if measured.
CUSTOMARY = (252, 365, 52, 12, 260)
TOLERANCE = 0.02

# A shorter record is not measured: the customary number nearest to its spacing is taken.
LEAST_DAYS = 350

_TRADING_DAYS = 252
_EVERY_DAY = 365
_WEEKEND = {2, 3}  # Saturday and Sunday, in days since a Thursday (1970-01-01) modulo 7
_DAYS_OF_A_YEAR = 365.25
# Calendar days, and medians, beyond which two dates are the edges of a gap, not neighbours.
_GAP_DAYS = 15
_GAP_MEDIANS = 3


def checked(values: Series) -> Series:
    """Daily values [T] as float64.

    Raises:
        ValueError: they are empty, not one-dimensional or not finite.
    """
    array = np.asarray(values, dtype=np.float64)
    if array.ndim != 1 or array.size == 0:
        raise ValueError(f"the shape is {array.shape}: give one value a day, at least one day")
    if not np.isfinite(array).all():
        first = int(np.flatnonzero(~np.isfinite(array))[0])
        raise ValueError(f"value {first} is {array[first]}: every day needs a finite number")
    return array


def checked_table(values: Table, *, least: int) -> Table:
    """A table of at least so many rows and one column as float64.

    Raises:
        ValueError: it is smaller, not two-dimensional or not finite.
    """
    table = np.asarray(values, dtype=np.float64)
    if table.ndim != 2 or len(table) < least or table.shape[1] == 0:
        raise ValueError(f"the shape is {table.shape}: give at least {least} rows and a column")
    if not np.isfinite(table).all():
        row, column = np.argwhere(~np.isfinite(table))[0].tolist()
        raise ValueError(
            f"row {row} of column {column} is {table[row, column]}: give finite numbers"
        )
    return table


def periods_per_year(dates: Dates) -> int:
    """Number of periods in a year of a record with these dates.

    Measured from the spacing of the dates, gaps aside, and taken for a customary number where it is
    within 2 % of one; else the nearest whole number. Of less than a year of record the customary
    number that is nearest, by ratio: its dates are too few to measure. 252 for a single date.

    Args:
        dates: of the record, in any order; what stands twice counts once.
    """
    days = np.unique(np.asarray(dates, dtype="datetime64[D]")).astype(np.int64)
    steps = np.diff(days)
    if len(steps) == 0:
        return _TRADING_DAYS
    steps = steps[steps <= max(_GAP_DAYS, _GAP_MEDIANS * float(np.median(steps)))]
    length = int(steps.sum())
    rate = len(steps) * _DAYS_OF_A_YEAR / length
    if length >= LEAST_DAYS:
        near = (number for number in CUSTOMARY if abs(rate / number - 1.0) <= TOLERANCE)
        return next(near, max(1, round(rate)))
    nearest = min(CUSTOMARY[:-1], key=lambda number: max(rate / number, number / rate))
    # A few days between two weekends are as close as those of a market that never closes.
    return _TRADING_DAYS if nearest == _EVERY_DAY and not {*days % 7} >= _WEEKEND else nearest
