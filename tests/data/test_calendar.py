"""Sessions of exchanges, against days that are known to have been open or closed."""

import datetime as dt

import exchange_calendars
import polars as pl
import pytest

from walkforge.data.calendar import sessions_of, time_zone_of
from walkforge.errors import InputError


def days(*dates: str) -> pl.Series:
    return pl.Series("date", [dt.date.fromisoformat(date) for date in dates], dtype=pl.Date)


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        ("2001-09-10", "2001-09-17", ["2001-09-10", "2001-09-17"]),
        ("2012-10-26", "2012-10-31", ["2012-10-26", "2012-10-31"]),
        ("2020-12-24", "2020-12-28", ["2020-12-24", "2020-12-28"]),
        ("2022-06-17", "2022-06-21", ["2022-06-17", "2022-06-21"]),
    ],
)
def test_new_york_was_closed_on_days_of_history(first, last, expected):
    assert sessions_of("XNYS", days(last, first)).equals(days(*expected))


def test_sessions_begin_and_end_with_the_dates_in_any_order():
    found = sessions_of("XNYS", days("2020-01-08", "2020-01-03", "2020-01-08"))
    assert found.equals(days("2020-01-03", "2020-01-06", "2020-01-07", "2020-01-08"))


def test_a_single_weekend_day_has_no_session_in_new_york_and_one_in_a_market_that_never_closes():
    assert sessions_of("XNYS", days("2020-01-04")).is_empty()
    assert sessions_of("24/7", days("2020-01-04")).equals(days("2020-01-04"))


def test_observed_sessions_are_the_dates_themselves():
    assert sessions_of("observed", days("2020-01-05", "2020-01-04", "2020-01-05")).equals(
        days("2020-01-04", "2020-01-05")
    )
    assert sessions_of("XNYS", days()).is_empty()


def test_a_hole_of_over_two_weeks_counts_its_weekdays_whatever_comes_later():
    week = ("2020-01-02", "2020-01-03", "2020-01-06", "2020-01-07", "2020-01-08", "2020-01-09")
    found = sessions_of("observed", days(*week, "2020-01-27"))
    assert len(found) == len(week) + 11 + 1
    assert found.dt.weekday().max() <= 5
    longer = sessions_of("observed", days(*week, "2020-01-27", "2020-03-28"))
    assert longer[: len(found)].equals(found)
    assert len(sessions_of("observed", days(*week, "2020-01-24"))) == len(week) + 1
    monthly = days("2020-01-01", "2020-02-03", "2020-03-02")
    assert sessions_of("observed", monthly).equals(monthly)


def test_a_time_zone_is_the_exchanges():
    assert time_zone_of("XNYS") == "America/New_York"
    assert time_zone_of("XTKS") == "Asia/Tokyo"
    assert time_zone_of("observed") == "UTC"


def test_an_unknown_calendar_is_refused_with_the_nearest():
    for ask in (lambda: time_zone_of("XNY"), lambda: sessions_of("XNY", days("2020-01-02"))):
        with pytest.raises(InputError, match="CONFIG: data.calendar is 'XNY'.*nearest is 'XNYS'"):
            ask()


@pytest.mark.parametrize("name", ["XTAE", "ASEX", "BVB"])
def test_a_calendar_that_cannot_be_made_is_one_message(name):
    with pytest.raises(
        InputError, match=f"CONFIG: data.calendar {name} does not .* observed"
    ) as told:
        sessions_of(name, days("2022-01-03", "2022-03-31"))
    assert len(str(told.value)) < 500
    with pytest.raises(InputError, match=f"CONFIG: data.calendar {name} cannot .* observed"):
        time_zone_of(name)


def test_a_calendar_that_begins_late_has_a_time_zone():
    assert time_zone_of("XSAU") == "Asia/Riyadh"
    assert sessions_of("XSAU", days("2022-01-02", "2022-01-09"))[0] == dt.date(2022, 1, 2)


@pytest.mark.slow
@pytest.mark.parametrize("name", exchange_calendars.get_calendar_names())
def test_every_calendar_works_or_says_why_not(name):
    told = ""
    try:
        assert time_zone_of(name)
        assert 15 <= len(sessions_of(name, days("2022-01-03", "2022-01-31"))) <= 31
    except InputError as error:
        told = str(error)
    assert told == "" or (told.startswith(f"CONFIG: data.calendar {name} ") and len(told) < 500)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["XBOM", "XSAU", "XSHG", "XTKS", "AIXK", "XNYS", "24/7"])
@pytest.mark.parametrize("first", [dt.date(1990, 1, 2), dt.date(2027, 12, 1)])
def test_calendars_that_begin_late_or_end_early_work_or_say_so(name, first):
    span = pl.Series("date", [first, first + dt.timedelta(days=30)])
    try:
        assert 15 <= len(sessions_of(name, span)) <= 31
    except InputError as error:
        assert "does not cover" in str(error)  # noqa: PT017
