"""Stamps of the evening before: midnight of an exchange east of Greenwich, written in UTC.

Read as they stand they date every bar a day early, Monday's on Sunday, January's in December; so
they are refused, with the time zone in which they would be right.
"""

import datetime as dt

import polars as pl

from walkforge.data.spacing import frequency_of
from walkforge.errors import InputError

# Time zone -> a calendar of it, which turns such stamps into its own dates. The commonest first.
_ZONES = {
    "Europe/Berlin": "XETR",
    "Europe/London": "XLON",
    "Asia/Tokyo": "XTKS",
    "Asia/Hong_Kong": "XHKG",
    "Australia/Sydney": "XASX",
    "Asia/Kolkata": "XBOM",
    "Europe/Helsinki": "XHEL",
    "Europe/Moscow": "XMOS",
    "Asia/Riyadh": "XSAU",
    "Asia/Dubai": None,
    "Asia/Jakarta": "XIDX",
    "Asia/Karachi": "XKAR",
    "Pacific/Auckland": "XNZE",
}
# Where a week begins on a Sunday, its dates are no sign of anything.
_SUNDAY_ZONES = ("Asia/Riyadh", "Asia/Jerusalem", "Asia/Tel_Aviv")

# Midnight in New Zealand's winter is noon; later than the second only a day's end in America is,
# or an evening that names no day of its own.
_LATE = dt.time(10)
_EVENING = dt.time(20)
# No bar of a week or month that ends at 23:59:59 is stamped so.
_HALF_HOURS = tuple(dt.time(hour, minute) for hour in range(20, 24) for minute in (0, 30))
_SUNDAY = 7
_MINIMUM_DAYS = 10
_MOST = 0.9
_FEW = 0.02
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
# Weekdays, 1 for Monday, without bars -> the day that is dated early, and the one that lacks bars.
_MOVED_WEEKS = {frozenset({5, 6}): (7, 5), frozenset({4, 5}): (6, 4)}


def check_evenings(stamps: pl.Series, dates: pl.Series, *, zone: str, file: str) -> None:
    """Refuse stamps late in the day whose dates have a Sunday for every Friday.

    Of weekly bars those are refused that are all of Sundays, of monthly ones those of the day
    before a month's first or last.

    Args:
        stamps: [N] Datetime in UTC, or of no known zone; null where there is none.
        dates: [N] the dates that they became. zone: of the exchange. file: for messages.

    Raises:
        InputError: TIME_ZONE, with the zone that would fit, if one does.
    """
    late = (stamps.dt.time() >= _LATE).fill_null(value=False)
    days = dates.filter(late).unique()
    if zone in _SUNDAY_ZONES or len(days) < _MINIMUM_DAYS:
        return
    times = stamps.filter(late).dt.time()
    moved = _MOVED_WEEKS.get(_absent_weekdays(days))
    told: str | None
    if moved is not None:
        early, lacking = (_WEEKDAYS[day - 1] for day in moved)
        told = f"on {early}s and hardly any on {lacking}s"
        evening = times >= _EVENING
    else:
        told = _rare_and_early(days)
        evening = times.is_in(_HALF_HOURS)
    if told is None:
        return
    fitting = _zone_of(stamps.drop_nulls())
    if fitting is None and _share(evening) < _MOST:
        return
    example = stamps.filter(late).sort()[0]
    raise InputError(
        f"{file}: stamps such as {example} date bars {told}: read as UTC, or without a time zone, "
        f"every bar is a day early{_remedy(fitting)}",
        code="TIME_ZONE",
    )


def _rare_and_early(days: pl.Series) -> str | None:
    """On which days weekly or monthly bars lie, if a day later would be the usual one."""
    spacing = frequency_of(days.to_list())
    if spacing == "weekly" and _share(days.dt.weekday() == _SUNDAY) >= _MOST:
        return "on Sundays, a bar a week"
    for ahead, name in ((1, "first"), (2, "last")):
        first = days.dt.offset_by(f"{ahead}d").dt.day() == 1
        if spacing == "monthly" and _share(first) >= _MOST:
            return f"on the day before the {name} of a month, a bar a month"
    return None


def _absent_weekdays(days: pl.Series) -> frozenset[int]:
    """The weekdays, 1 for Monday, on which hardly any of some days fall."""
    shares = dict(days.dt.weekday().value_counts(normalize=True).rows())
    return frozenset(day for day in range(1, 8) if shares.get(day, 0.0) <= _FEW)


def _zone_of(stamps: pl.Series) -> str | None:
    """The zone in which stamps in UTC are midnights, else one time of the day after."""
    one_time = None
    for zone in _ZONES:
        local = stamps.dt.replace_time_zone("UTC").dt.convert_time_zone(zone)
        times = local.dt.replace_time_zone(None).dt.time()
        if _share(times == dt.time(0)) >= _MOST:
            return zone
        common = times.mode()[0]
        if stamps.dt.time().n_unique() > 1 and _share(times == common) >= _MOST:
            later = local.dt.replace_time_zone(None).dt.date() > stamps.dt.date()
            late = stamps.dt.time() >= _LATE
            one_time = one_time or (zone if _share(later.filter(late)) >= _MOST else None)
    return one_time


def _remedy(zone: str | None) -> str:
    """What to write instead."""
    if zone is None:
        return ": write plain dates, YYYY-MM-DD"
    calendar = _ZONES[zone]
    named = f", or set data.calendar to an exchange of that zone ({calendar})" if calendar else ""
    return f": the time zone {zone} would fit: write the stamps in it, or as plain dates{named}"


def _share(mask: pl.Series) -> float:
    """The share of a mask that is true; 0 of nothing."""
    return float(mask.sum()) / len(mask) if len(mask) else 0.0
