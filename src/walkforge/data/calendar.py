"""Sessions: the days on which an exchange trades."""

import datetime as dt
from collections.abc import Sequence
from functools import lru_cache

import exchange_calendars
import polars as pl

from walkforge.errors import InputError, nearest

OBSERVED = "observed"

_REASON_CHARACTERS = 160

# Two dates of daily bars further apart have over 10 weekdays between them.
_HOLE_DAYS = 15
_DAILY_DAYS = 4
_FRIDAY = 5


def sessions_of(calendar: str, dates: pl.Series) -> pl.Series:
    """The sessions from the first to the last of some dates, sorted.

    Args:
        calendar: a name of exchange_calendars (XNYS, 24/7, ...), or 'observed' for the union of
            the dates themselves, and of the weekdays of every hole of over two weeks.
        dates: of all symbols, any order.

    Raises:
        InputError: no such calendar, or one that does not know such early dates.
    """
    days = dates.unique().drop_nulls().sort()
    if calendar == OBSERVED:
        return _with_holes_filled(days)
    if days.is_empty():
        return days
    first = days[0]
    last = days[-1]
    try:
        found = _calendar(calendar, first, _at_least(first, last))
    except exchange_calendars.errors.InvalidCalendarName as error:
        raise _unknown(calendar) from error
    except Exception as error:
        raise InputError(
            f"data.calendar {calendar} does not cover {first} to {last} (exchange_calendars: "
            f"{_reason(error)}): correct the dates, or set data.calendar to observed",
            code="CONFIG",
        ) from error
    sessions = pl.Series("date", found.sessions.date.tolist(), dtype=pl.Date)
    return sessions.filter(sessions.is_between(first, last))


def _with_holes_filled(days: pl.Series) -> pl.Series:
    """Days, and those from Monday to Friday between two that lie too far apart.

    Nobody measures a return across such a hole. Later days change nothing that is found before.
    Weekly and monthly bars lie apart by nature.
    """
    apart = days.diff().dt.total_days()
    if not (apart > _HOLE_DAYS).any() or float(apart.median() or 0) > _DAILY_DAYS:  # type: ignore[arg-type]
        return days
    frame = days.alias("date").to_frame().with_columns(before=pl.col("date").shift(1))
    wide = frame.filter((pl.col("date") - pl.col("before")).dt.total_days() > _HOLE_DAYS)
    day = pl.duration(days=1)
    spans = wide.select(date=pl.date_ranges(pl.col("before") + day, pl.col("date") - day))
    within = spans.explode("date")["date"]
    weekdays = within.filter(within.dt.weekday() <= _FRIDAY)
    return pl.concat([days.alias("date"), weekdays]).sort()


def time_zone_of(calendar: str) -> str:
    """The name of the exchange's time zone; UTC for 'observed'.

    Raises:
        InputError: no such calendar, or one that the package cannot make for any dates.
    """
    if calendar == OBSERVED:
        return "UTC"
    try:
        return str(_some_calendar(calendar).tz)
    except exchange_calendars.errors.InvalidCalendarName as error:
        raise _unknown(calendar) from error
    except Exception as error:
        raise InputError(
            f"data.calendar {calendar} cannot be made (exchange_calendars: {_reason(error)}): set "
            "data.calendar to observed, or to an exchange with the same sessions",
            code="CONFIG",
        ) from error


def _some_calendar(name: str) -> exchange_calendars.ExchangeCalendar:
    """A calendar over two weeks; some begin later than others."""
    try:
        return _calendar(name, dt.date(2020, 1, 6), dt.date(2020, 1, 17))
    except ValueError:
        return _calendar(name, dt.date(2025, 1, 6), dt.date(2025, 1, 17))


@lru_cache(maxsize=64)
def _calendar(name: str, start: dt.date, end: dt.date) -> exchange_calendars.ExchangeCalendar:
    """A calendar of exchange_calendars; making one takes up to some seconds.

    Raises:
        Exception: of any class, by the exchange: some cannot be made for some dates, others for
            none with some versions of pandas.
    """
    return exchange_calendars.get_calendar(name, start=start, end=end)


def _reason(error: Exception) -> str:
    """What an error of another package says, cut to a line."""
    told = " ".join(str(error).split())
    short = told if len(told) <= _REASON_CHARACTERS else f"{told[:_REASON_CHARACTERS]}..."
    return f"{type(error).__name__}: {short}"


def _at_least(first: dt.date, last: dt.date) -> dt.date:
    """An end that gives even a single date some days: a calendar needs a session."""
    return max(last, first + dt.timedelta(days=14))


def _unknown(calendar: str) -> InputError:
    """The error of a calendar that does not exist, with the most similar."""
    names: Sequence[str] = [*exchange_calendars.get_calendar_names(), OBSERVED]
    return InputError(
        f"data.calendar is {calendar!r}, which does not exist: the nearest is "
        f"{nearest(calendar, names)!r}; {OBSERVED!r} takes the dates of the data",
        code="CONFIG",
    )
