"""The exchange whose holidays the dates of the data most resemble, told without its calendar.

Making a calendar takes seconds; so a few holidays of the commonest exchanges stand here, which
tell them apart, and at most one calendar is made of the exchange that is found.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from functools import partial

Holiday = Callable[[int], dt.date]

# Fewer dates show too few holidays.
MINIMUM_DATES = 200

# Of the holidays of both, the share that an exchange must have in common with the dates.
_ALIKE = 0.7
_MONDAY = 0
_THURSDAY = 3
_FRIDAY = 4


def likely_calendar(dates: Iterable[dt.date]) -> str | None:
    """The commonest exchange that was closed on the holidays that some dates leave out.

    Args:
        dates: the days with bars, Monday to Friday.

    Returns:
        A name of exchange_calendars, None where too few holidays agree.
    """
    there = set(dates)
    if len(there) < MINIMUM_DATES:
        return None
    kept = {name for name, day in _HOLIDAYS.items() if _is_kept(day, there)}
    shares = {
        calendar: len(kept & own) / len(kept | own) if kept | own else 0.0
        for calendar, own in _EXCHANGES.items()
    }
    best = max(shares, key=shares.__getitem__)
    return best if shares[best] >= _ALIKE else None


def _is_kept(holiday: Holiday, there: set[dt.date]) -> bool:
    """Whether the dates leave a holiday out in at least 3 of 4 years in which it is a weekday."""
    first = min(there)
    last = max(there)
    days = (holiday(year) for year in range(first.year, last.year + 1))
    weekdays = [day for day in days if first < day < last and day.weekday() <= _FRIDAY]
    left_out = sum(day not in there for day in weekdays)
    return left_out > 0 and left_out >= 0.75 * len(weekdays)


def _fixed(month: int, day: int, year: int) -> dt.date:
    """A day of every year."""
    return dt.date(year, month, day)


def _nth(month: int, weekday: int, number: int, year: int) -> dt.date:
    """The nth weekday of a month, from 1; -1 for the last."""
    if number < 0:
        following = dt.date(year + month // 12, month % 12 + 1, 1)
        last = following - dt.timedelta(days=1)
        return last - dt.timedelta(days=(last.weekday() - weekday) % 7)
    first = dt.date(year, month, 1)
    return first + dt.timedelta(days=(weekday - first.weekday()) % 7 + 7 * (number - 1))


def _victoria_day(year: int) -> dt.date:
    """The Monday before 25 May."""
    day = dt.date(year, 5, 24)
    return day - dt.timedelta(days=day.weekday())


def _from_easter(days: int, year: int) -> dt.date:
    """A day some days after Easter Sunday (Gregorian, by Meeus, Jones and Butcher)."""
    a = year % 19
    b = year // 100
    c = year % 100
    d, e = divmod(b, 4)
    g = (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    i, k = divmod(c, 4)
    m = (32 + 2 * e + 2 * i - h - k) % 7
    n = (a + 11 * h + 22 * m) // 451
    month, day = divmod(h + m - 7 * n + 114, 31)
    return dt.date(year, month, day + 1) + dt.timedelta(days=days)


_HOLIDAYS: Mapping[str, Holiday] = {
    "martin luther king": partial(_nth, 1, _MONDAY, 3),
    "third monday of february": partial(_nth, 2, _MONDAY, 3),
    "carnival monday": partial(_from_easter, -48),
    "carnival tuesday": partial(_from_easter, -47),
    "good friday": partial(_from_easter, -2),
    "easter monday": partial(_from_easter, 1),
    "ascension": partial(_from_easter, 39),
    "whit monday": partial(_from_easter, 50),
    "corpus christi": partial(_from_easter, 60),
    "first monday of may": partial(_nth, 5, _MONDAY, 1),
    "last monday of may": partial(_nth, 5, _MONDAY, -1),
    "victoria day": _victoria_day,
    "king's birthday": partial(_nth, 6, _MONDAY, 2),
    "first monday of august": partial(_nth, 8, _MONDAY, 1),
    "last monday of august": partial(_nth, 8, _MONDAY, -1),
    "first monday of september": partial(_nth, 9, _MONDAY, 1),
    "second monday of october": partial(_nth, 10, _MONDAY, 2),
    "thanksgiving": partial(_nth, 11, _THURSDAY, 4),
    **{
        f"{month}-{day}": partial(_fixed, month, day)
        for month, day in (
            (1, 1), (1, 2), (1, 3), (1, 6), (1, 26), (3, 1), (4, 21), (4, 25), (4, 29), (5, 1),
            (5, 3), (5, 4), (5, 5), (6, 6), (7, 1), (7, 4), (8, 1), (8, 15), (9, 7), (10, 1),
            (10, 2), (10, 3), (10, 12), (11, 2), (11, 3), (11, 15), (11, 23), (12, 24), (12, 25),
            (12, 26), (12, 31),
        )
    },
}  # fmt: skip

_CHRISTIAN = {"1-1", "good friday", "12-25"}
_EUROPEAN = {*_CHRISTIAN, "easter monday", "5-1", "12-26"}
_EXCHANGES: Mapping[str, set[str]] = {
    "XNYS": {
        *_CHRISTIAN, "martin luther king", "third monday of february", "last monday of may", "7-4",
        "first monday of september", "thanksgiving",
    },
    "XTSE": {
        *_CHRISTIAN, "third monday of february", "victoria day", "7-1", "first monday of august",
        "first monday of september", "second monday of october", "12-26",
    },
    "XLON": {
        *_CHRISTIAN, "easter monday", "first monday of may", "last monday of may",
        "last monday of august", "12-26",
    },
    "XPAR": _EUROPEAN,
    "XETR": {*_EUROPEAN, "12-24", "12-31"},
    "XSWX": {
        *_EUROPEAN, "1-2", "ascension", "whit monday", "8-1", "12-24", "12-31",
    },
    "XSTO": {*_EUROPEAN, "1-6", "ascension", "6-6", "12-24", "12-31"},
    "XTKS": {"1-1", "1-2", "1-3", "4-29", "5-3", "5-4", "5-5", "11-3", "11-23", "12-31"},
    "XHKG": {*_EUROPEAN, "7-1", "10-1"},
    "XSHG": {"1-1", "5-1", "10-1", "10-2", "10-3"},
    "XKRX": {"1-1", "3-1", "5-1", "5-5", "6-6", "8-15", "10-3", "12-25", "12-31"},
    "XBOM": {"1-26", "good friday", "5-1", "8-15", "10-2", "12-25"},
    "XASX": {*_CHRISTIAN, "easter monday", "1-26", "4-25", "king's birthday", "12-26"},
    "BVMF": {
        *_CHRISTIAN, "carnival monday", "carnival tuesday", "4-21", "5-1", "corpus christi", "9-7",
        "10-12", "11-2", "11-15", "12-24", "12-31",
    },
    "24/5": {"1-1", "12-25"},
}  # fmt: skip
