"""Calendar: where in the week and in the month a bar lies, as points on a circle."""

from collections.abc import Callable
from functools import partial

import numpy as np

from walkforge.features.cross_section import of_date
from walkforge.features.definition import Indicator
from walkforge.features.grid import Bars, Days, Grid

_THURSDAY = 3  # 1970-01-01, day 0, was one; Monday is 0


def of_week(days: Days) -> Grid:
    """The share of the week, from Monday, that is gone when each day [D] begins."""
    return np.asarray((days.astype(np.int64) + _THURSDAY) % 7 / 7)


def of_month(days: Days) -> Grid:
    """The share of the month that is gone when each day [D] begins."""
    month = days.astype("datetime64[M]")
    first = month.astype(days.dtype)
    following = (month + 1).astype(days.dtype)
    gone = (days - first).astype(np.int64)
    length = (following - first).astype(np.int64)
    return np.asarray(gone / length)


def on_circle(bars: Bars, *, share: Callable[[Days], Grid], wave: Callable[[Grid], Grid]) -> Grid:
    """The sine or cosine of the share of a cycle that is gone."""
    return of_date(bars, wave(2 * np.pi * share(bars.dates)))


INDICATORS = tuple(
    Indicator(
        name=f"{cycle}_{wave.__name__}",
        family="calendar",
        warm_up=0,
        formula=f"{wave.__name__}(2 pi s), s = {formula}",
        source="",
        compute=partial(on_circle, share=share, wave=wave),
    )
    for cycle, formula, share in (
        ("weekday", "days since Monday / 7", of_week),
        ("month_turn", "(day of the month - 1) / days of the month", of_month),
    )
    for wave in (np.sin, np.cos)
)
