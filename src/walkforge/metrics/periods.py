"""How many periods (bars) a year has: what every annual figure is scaled by, from a record's dates.

A record follows its market: 252 sessions on most exchanges, 365 where trading never stops, 52
weekly and 12 monthly bars.
"""

from collections.abc import Sequence
from datetime import date

import numpy as np
import polars as pl
from numpy.typing import NDArray

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
