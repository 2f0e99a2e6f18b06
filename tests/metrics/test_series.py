"""How many bars a year has, by the dates of a record."""

from datetime import date, timedelta

import exchange_calendars
import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from walkforge.metrics.performance import annual_return
from walkforge.metrics.series import periods_per_year
from walkforge.verify import figures

START = date(2015, 1, 1)


def spaced(days: int, count: int, start: date = START) -> list[date]:
    return [start + timedelta(days=days * i) for i in range(count)]


def months(count: int, day: int = 1) -> list[date]:
    return [date(2010 + i // 12, i % 12 + 1, day) for i in range(count)]


def sessions(name: str, start: str, end: str) -> list[date]:
    calendar = exchange_calendars.get_calendar(name, start=start, end=end)
    return [day.date() for day in calendar.sessions]


@pytest.mark.parametrize(
    ("dates", "year"),
    [
        (spaced(1, 365), 365),
        (spaced(1, 40), 365),
        (spaced(7, 26), 52),
        (spaced(7, 300), 52),
        (months(6), 12),
        (months(120, day=28), 12),
        (spaced(91, 40), 4),
        ([day for day in spaced(1, 1500) if day.weekday() < 5], 260),
        ([day for day in spaced(1, 200) if day.weekday() < 5], 252),
        ([START], 252),
        # Windows with two years between them: what lies between is no time of the record.
        (spaced(1, 300) + spaced(1, 300, date(2018, 1, 1)), 365),
        (spaced(7, 60) + spaced(7, 60, date(2019, 1, 3)), 52),
    ],
    ids=str,
)
def test_a_year_has_as_many_bars_as_the_dates_say(dates: list[date], year: int) -> None:
    assert periods_per_year(dates) == year
    assert periods_per_year(pl.Series("date", dates[::-1] * 2)) == year
    assert figures.periods(dates) == year


@pytest.mark.parametrize(
    ("name", "year"), [("XNYS", 252), ("XLON", 252), ("XTKS", 245), ("24/7", 365), ("XSHG", 243)]
)
def test_an_exchange_has_the_year_of_its_calendar(name: str, year: int) -> None:
    dates = sessions(name, "2012-01-01", "2020-01-01")
    assert periods_per_year(dates) == figures.periods(dates) == year


def test_every_window_of_new_york_has_252() -> None:
    dates = sessions("XNYS", "2000-01-01", "2014-01-01")
    for length in (2, 21, 126, 250, 378, 756, 2000):
        for start in range(0, len(dates) - length, 97):
            assert periods_per_year(dates[start : start + length]) == 252


@settings(derandomize=True, deadline=None, max_examples=60)
@given(st.integers(1, 40), st.integers(2, 12), st.floats(-0.5, 1.0))
def test_constant_growth_is_that_of_the_calendar(days: int, years: int, growth: float) -> None:
    dates = spaced(days, years * 365 // days + 2)
    each = (1.0 + growth) ** (days / 365.25) - 1.0
    found = annual_return(np.full(len(dates), each), periods_per_year(dates))
    # What is taken for a customary number, or rounded to a whole one, differs by its share alone.
    exact = 365.25 / days
    share = max(0.02, 0.5 / exact)
    low, high = sorted((1.0 + growth) ** (1.0 + side * share) - 1.0 for side in (-1.0, 1.0))
    assert low - 1e-9 <= found <= high + 1e-9
    assert periods_per_year(dates) == figures.periods(dates)


def test_a_bar_more_changes_no_year_of_the_sample() -> None:
    dates = sessions("XNYS", "2001-01-01", "2004-01-01")
    found = {periods_per_year(dates[:count]) for count in range(1, len(dates), 5)}
    assert found == {252}
