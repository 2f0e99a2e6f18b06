"""The spacings of bars by name, and how many sessions without a bar break a history off.

Dates of the data count as sessions.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from itertools import pairwise
from statistics import median
from typing import Literal

Frequency = Literal["daily", "weekly", "monthly"]
FREQUENCIES: tuple[Frequency, ...] = ("daily", "weekly", "monthly")

# After more than so many a symbol's next bar opens a new segment: its indicators start anew.
SEGMENT_AFTER_SESSIONS = 10

# After more than so many the symbol counts as delisted, unless a later bar comes.
DELISTED_AFTER_SESSIONS = 10

# After more sessions without a bar a later one is another company's, which was given the same name:
# those of a year.
REUSED_AFTER: Mapping[Frequency, int] = {"daily": 252, "weekly": 52, "monthly": 12}

_WEEKLY_FROM_DAYS = 4
_MONTHLY_FROM_DAYS = 20  # median spacing of the dates
_SATURDAY = 5


def frequency_of(dates: Sequence[dt.date]) -> Frequency:
    """Frequency of bars that have passed the ingest, by the median spacing of their dates."""
    apart = median_days(dates)
    if apart < _WEEKLY_FROM_DAYS:
        return "daily"
    return "weekly" if apart < _MONTHLY_FROM_DAYS else "monthly"


def median_days(dates: Sequence[dt.date]) -> float:
    """Median number of calendar days from one date to the next; 1 of a single date."""
    days = sorted({day.toordinal() for day in dates})
    return float(median(later - day for day, later in pairwise(days))) if len(days) > 1 else 1.0


def last_due(end: dt.date, frequency: Frequency) -> dt.date:
    """Earliest date that the last bar before `end` can bear.

    Of daily bars the last weekday, of others the first day of the week or month that the day before
    `end` lies in.
    """
    day = end - dt.timedelta(days=1)
    if frequency == "monthly":
        return day.replace(day=1)
    if frequency == "weekly":
        return day - dt.timedelta(days=day.weekday())
    while day.weekday() >= _SATURDAY:
        day -= dt.timedelta(days=1)
    return day
