"""Stamps of the evening before, in UTC: refused with the time zone that fits; others are let be."""

import datetime as dt
from zoneinfo import ZoneInfo

import polars as pl
import pytest

from bar_files import ingested
from walkforge.errors import InputError

UTC = dt.UTC
YEAR = [dt.date(2019, 1, 2) + dt.timedelta(days=n) for n in range(400)]
MONDAY_TO_FRIDAY = [day for day in YEAR if day.weekday() < 5]
FRANKFURT_CLOSED = (
    "2019-04-19", "2019-04-22", "2019-05-01", "2019-06-10", "2019-10-03", "2019-12-24",
    "2019-12-25", "2019-12-26", "2019-12-31", "2020-01-01",
)  # fmt: skip
SUNDAY_TO_THURSDAY = [day for day in YEAR if day.weekday() not in (4, 5)]


def stamps(days: list[dt.date], zone: str, hour: int = 0, minute: int = 0) -> list[dt.datetime]:
    """The time of day of a zone on some days, in UTC."""
    local = (dt.datetime(d.year, d.month, d.day, hour, minute, tzinfo=ZoneInfo(zone)) for d in days)
    return [each.astimezone(UTC) for each in local]


def bars(times: list[dt.datetime], form: str = "{:%Y-%m-%d %H:%M:%S}+00:00") -> pl.DataFrame:
    price = [50.0 + n % 7 for n in range(len(times))]
    return pl.DataFrame(
        {"date": [form.format(time) for time in times], "symbol": "AAA", "open": price,
         "high": [each + 1 for each in price], "low": price, "close": price,
         "volume": [1000 + n for n in range(len(times))]}
    )  # fmt: skip


def read(frame: pl.DataFrame, tmp_path, **changes):
    frame.write_csv(tmp_path / "bars.csv")
    return ingested("csv", tmp_path / "bars.csv", **{"calendar": "observed"} | changes)


@pytest.mark.parametrize(
    ("zone", "hour", "form"),
    [
        ("Europe/Berlin", 0, "{:%Y-%m-%d %H:%M:%S}+00:00"),
        ("Europe/Berlin", 0, "{:%Y-%m-%dT%H:%M}Z"),
        ("Europe/Berlin", 0, "{:%Y-%m-%d %H:%M:%S}"),
        *((zone, 0, "{:%Y-%m-%d %H:%M:%S}+00:00") for zone in (
            "Europe/London", "Asia/Tokyo", "Asia/Hong_Kong", "Asia/Kolkata", "Australia/Sydney",
            "Pacific/Auckland",
        )),
        ("Australia/Sydney", 10, "{:%Y-%m-%d %H:%M:%S}+00:00"),
    ],
)  # fmt: skip
def test_evenings_before_are_refused_with_the_zone(zone, hour, form, tmp_path):
    frame = bars(stamps(MONDAY_TO_FRIDAY, zone, hour), form)
    with pytest.raises(InputError, match=f"TIME_ZONE: .*Sundays.*Fridays.*{zone} would fit"):
        read(frame, tmp_path)


def test_a_week_that_begins_on_sunday_is_refused_a_day_early(tmp_path):
    frame = bars(stamps(SUNDAY_TO_THURSDAY, "Asia/Riyadh"))
    with pytest.raises(InputError, match="TIME_ZONE: .*Saturdays.*Thursdays"):
        read(frame, tmp_path)


def test_evenings_in_no_zone_are_refused_without_one(tmp_path):
    frame = bars(stamps(MONDAY_TO_FRIDAY, "Asia/Kolkata", 4, 17))
    with pytest.raises(InputError, match="TIME_ZONE: .*plain dates"):
        read(frame, tmp_path)


MONTHS = [dt.date(2017 + n // 12, n % 12 + 1, 1) for n in range(36)]
MONTHS_ENDS = [day - dt.timedelta(days=1) for day in MONTHS]
MONDAYS = [dt.date(2018, 1, 1) + dt.timedelta(weeks=n) for n in range(60)]
FRIDAYS = [day - dt.timedelta(days=3) for day in MONDAYS]


@pytest.mark.parametrize(
    ("days", "frequency", "zone", "told"),
    [
        (MONTHS, "monthly", "Europe/Berlin", "the day before the first .*Europe/Berlin would"),
        (MONTHS, "monthly", "Europe/London", "the day before the first .*Europe/London would"),
        (MONTHS_ENDS, "monthly", "Asia/Tokyo", "the day before the last .*Asia/Tokyo would"),
        (MONTHS, "monthly", "Etc/GMT-1", "the day before the first .*write plain dates"),
        (MONDAYS, "weekly", "Europe/Berlin", "on Sundays, .*Europe/Berlin would fit"),
        (MONDAYS, "weekly", "Etc/GMT-2", "on Sundays, .*write plain dates"),
    ],
)
def test_evenings_before_a_week_or_month_are_refused(days, frequency, zone, told, tmp_path):
    with pytest.raises(InputError, match=f"TIME_ZONE: .*{told}"):
        read(bars(stamps(days, zone)), tmp_path, frequency=frequency)


@pytest.mark.parametrize(
    ("days", "frequency", "zone", "hour", "minute"),
    [
        (MONTHS, "monthly", "UTC", 0, 0), (MONTHS_ENDS, "monthly", "UTC", 23, 59),
        (FRIDAYS, "weekly", "America/New_York", 16, 0), (FRIDAYS, "weekly", "UTC", 22, 0),
        ([day - dt.timedelta(days=1) for day in MONDAYS], "weekly", "UTC", 23, 59),
    ],
)  # fmt: skip
def test_ends_of_weeks_and_months_are_kept(days, frequency, zone, hour, minute, tmp_path):
    found = read(bars(stamps(days, zone, hour, minute)), tmp_path, frequency=frequency)
    assert found.bars["date"].to_list() == days


def test_another_exchanges_calendar_does_not_hide_them(tmp_path):
    frame = bars(stamps(MONDAY_TO_FRIDAY, "Asia/Tokyo"))
    with pytest.raises(InputError, match="TIME_ZONE: .*Asia/Tokyo would fit"):
        read(frame, tmp_path, calendar="XLON")


def test_stamps_of_a_parquet_file_are_judged_alike(tmp_path):
    times = stamps(MONDAY_TO_FRIDAY, "Europe/Berlin")
    frame = bars(times).with_columns(date=pl.Series(times, dtype=pl.Datetime("us", "UTC")))
    for name, zone in (("utc", "UTC"), ("naive", None)):
        path = tmp_path / f"{name}.parquet"
        frame.with_columns(pl.col("date").dt.replace_time_zone(zone)).write_parquet(path)
        with pytest.raises(InputError, match="TIME_ZONE: .*Europe/Berlin would fit"):
            ingested("parquet", path, calendar="observed")


@pytest.mark.parametrize(
    ("days", "zone", "hour", "minute"),
    [
        (MONDAY_TO_FRIDAY, "America/New_York", 0, 0), (MONDAY_TO_FRIDAY, "America/New_York", 16, 0),
        (MONDAY_TO_FRIDAY, "Europe/Berlin", 17, 30), (MONDAY_TO_FRIDAY, "Asia/Tokyo", 15, 0),
        (SUNDAY_TO_THURSDAY, "Asia/Jerusalem", 17, 25), (SUNDAY_TO_THURSDAY, "Asia/Riyadh", 15, 0),
        (YEAR, "UTC", 22, 0),
    ],
)  # fmt: skip
def test_stamps_of_their_own_day_are_kept(days, zone, hour, minute, tmp_path):
    found = read(bars(stamps(days, zone, hour, minute)), tmp_path)
    assert found.bars["date"].to_list() == days


def test_the_exchanges_own_calendar_reads_its_midnights(tmp_path):
    frame = bars(stamps(MONDAY_TO_FRIDAY, "Europe/Berlin"))
    found = read(frame, tmp_path, calendar="XETR", quarantine={"rows": 20})
    closed = {dt.date.fromisoformat(day) for day in FRANKFURT_CLOSED}
    assert found.bars["date"].to_list() == [day for day in MONDAY_TO_FRIDAY if day not in closed]
