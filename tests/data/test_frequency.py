"""Spacing of bars: daily, weekly or monthly as configured, and nothing else without a word."""

import datetime as dt
from collections.abc import Callable, Sequence
from pathlib import Path

import polars as pl
import pytest

from bar_files import ingested, sound_bars
from walkforge.data.outcome import Ingested
from walkforge.data.spacing import frequency_of, last_due
from walkforge.errors import InputError


def every_day(count: int = 600) -> list[dt.date]:
    return [dt.date(2019, 1, 1) + dt.timedelta(days=i) for i in range(count)]


def on(*weekdays: int) -> list[dt.date]:
    return [day for day in every_day() if day.weekday() in weekdays]


def months(count: int = 30, *, step: int = 1, last: bool = False) -> list[dt.date]:
    first = [dt.date(2000 + i // 12, i % 12 + 1, 1) for i in range(0, count * step + 1, step)]
    return [day - dt.timedelta(days=1) for day in first[1:]] if last else first[:count]


def bars(**dates: Sequence[dt.date]) -> pl.DataFrame:
    """Sound bars of symbols on their dates."""
    frames = []
    for place, (symbol, days) in enumerate(dates.items()):
        own = sound_bars([symbol], len(days), seed=place)
        frames.append(own.with_columns(date=pl.Series(list(days))))
    return pl.concat(frames)


@pytest.fixture
def read(tmp_path: Path) -> Callable[..., Ingested]:
    def taken(frame: pl.DataFrame, frequency: str, calendar: str = "observed") -> Ingested:
        frame.write_csv(tmp_path / "bars.csv")
        return ingested("csv", tmp_path / "bars.csv", calendar=calendar, frequency=frequency)

    return taken


@pytest.mark.parametrize(
    ("dates", "frequency", "found", "advice"),
    [
        (on(0), "daily", "one bar a week from 2019-01-07", "set data.frequency to weekly"),
        (months(), "daily", "one bar a month", "set data.frequency to monthly"),
        (months(last=True), "weekly", "one bar a month", "set data.frequency to monthly"),
        (months(12, step=3), "daily", "one bar a quarter", "daily, weekly or monthly"),
        (months(12, step=3), "monthly", "one bar a quarter", "daily, weekly or monthly"),
        (on(0)[::2], "weekly", "one bar every two weeks", "daily, weekly or monthly"),
        (every_day(), "weekly", "a second bar in the week from 2018-12-31", "to daily"),
        (on(4), "monthly", "a second bar in the month from 2019-01-01", "to weekly"),
        (on(0, 2, 4), "daily", "lie 2 days apart in the median", "one bar for each session"),
        ([*on(0), dt.date(2020, 8, 20)], "weekly", "a second bar in the week", "is not over"),
    ],
    ids=str,
)
def test_another_spacing_is_one_message(
    dates: list[dt.date], frequency: str, found: str, advice: str,
    read: Callable[..., Ingested],
) -> None:  # fmt: skip
    with pytest.raises(InputError) as refused:
        read(bars(AAA=dates, BBB=dates), frequency)
    assert refused.value.code == "FREQUENCY"
    assert found in str(refused.value)
    assert advice in str(refused.value)
    assert f"data.frequency says {frequency}" in str(refused.value)


def test_a_symbol_that_turns_weekly_is_named(read: Callable[..., Ingested]) -> None:
    days = every_day()
    turned = days[:300] + [day for day in days[300:] if day.weekday() == 2]
    said = r"'BBB' has one bar a week from 2019-10-\d+ to .* 1 of 2 symbols.*throughout"
    with pytest.raises(InputError, match=said):
        read(bars(AAA=days, BBB=turned), "daily", "24/7")


def test_a_daily_symbol_with_holes_is_daily(read: Callable[..., Ingested]) -> None:
    days = every_day(400)
    holed = [day for day in days if day.toordinal() % 7 in (0, 1) or day.toordinal() % 50 < 25]
    assert read(bars(AAA=days, BBB=holed), "daily").bars.height == 400 + len(holed)


@pytest.mark.parametrize("calendar", ["observed", "XNYS"])
def test_weeks_are_sessions_whatever_day_labels_them(
    read: Callable[..., Ingested], calendar: str
) -> None:
    mondays = on(0)
    fridays = on(4)[1:]
    missing = fridays[:20] + fridays[22:]
    found = read(bars(AAA=mondays, BBB=missing), "weekly", calendar)
    assert set(found.bars["date"].dt.weekday()) <= {1, 5}
    assert found.bars["date"].n_unique() == len(mondays)
    assert found.bars.filter(symbol="AAA")["close"].to_list() == (
        bars(AAA=mondays)["close"].to_list()
    )
    assert dict(found.counts.select("symbol", "missing").iter_rows()) == {"AAA": 0, "BBB": 2}


def test_a_year_without_a_week_is_another_company(read: Callable[..., Ingested]) -> None:
    weeks = on(0)
    for hole, code in ((52, "SEGMENT"), (53, "REUSED")):
        found = read(bars(AAA=weeks, BBB=weeks[:15] + weeks[15 + hole :]), "weekly")
        assert set(found.issues["code"]) == {code}


def test_a_month_that_lacks_all_bars_is_missing_under_a_calendar(
    read: Callable[..., Ingested],
) -> None:
    own = months(last=True)
    found = read(bars(AAA=own[:10] + own[11:]), "monthly", "XNYS")
    assert found.counts["missing"].to_list() == [1]


def test_the_frequency_is_told_by_the_dates() -> None:
    assert frequency_of(every_day()) == frequency_of(on(0, 1, 2, 3, 4)) == "daily"
    assert frequency_of(on(3)) == "weekly"
    assert frequency_of(months(last=True)) == "monthly"
    assert frequency_of([dt.date(2020, 1, 1)]) == "daily"


@pytest.mark.parametrize(
    ("end", "daily", "weekly", "monthly"),
    [
        ("2022-09-02", "2022-09-01", "2022-08-29", "2022-09-01"),  # a Friday
        ("2022-09-05", "2022-09-02", "2022-08-29", "2022-09-01"),  # a Monday
        ("2022-09-01", "2022-08-31", "2022-08-29", "2022-08-01"),
    ],
)
def test_the_last_bar_before_an_end(end: str, daily: str, weekly: str, monthly: str) -> None:
    day = dt.date.fromisoformat(end)
    assert str(last_due(day, "daily")) == daily
    assert str(last_due(day, "weekly")) == weekly
    assert str(last_due(day, "monthly")) == monthly
