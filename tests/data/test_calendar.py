"""Sessions of exchanges, against days that are known to have been open or closed."""

import datetime as dt

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


def test_a_time_zone_is_the_exchanges():
    assert time_zone_of("XNYS") == "America/New_York"
    assert time_zone_of("XTKS") == "Asia/Tokyo"
    assert time_zone_of("observed") == "UTC"


def test_an_unknown_calendar_is_refused_with_the_nearest():
    for ask in (lambda: time_zone_of("XNY"), lambda: sessions_of("XNY", days("2020-01-02"))):
        with pytest.raises(InputError, match="CONFIG: data.calendar is 'XNY'.*nearest is 'XNYS'"):
            ask()
