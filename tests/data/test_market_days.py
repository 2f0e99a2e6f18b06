"""Days that no market traded, told without a calendar; and markets that are as they should be."""

import datetime as dt
import re
from collections.abc import Callable

import exchange_calendars
import numpy as np
import polars as pl
import pytest

from bar_files import ingested
from walkforge.data.gate import check_quality
from walkforge.data.likely_calendar import likely_calendar
from walkforge.data.notes import notes_of
from walkforge.data.quality import quality_of
from walkforge.data.weekdays import lacking_weekdays
from walkforge.errors import InputError

FIRST = dt.date(2014, 1, 2)
LAST = dt.date(2017, 12, 29)
EVERY_DAY = pl.DataFrame({"date": pl.date_range(FIRST, LAST, eager=True)})
WEEKDAYS = EVERY_DAY.filter(pl.col("date").dt.weekday() <= 5)
SYMBOLS = ("AAA", "BBB", "CCC", "DDD")
Change = Callable[[pl.DataFrame], pl.DataFrame]


def walks(days: pl.Series, symbols=SYMBOLS) -> pl.DataFrame:
    """Random walks with bars on some days: date, symbol, prices and volume."""
    generator = np.random.default_rng(3)
    frames = []
    count = len(days)
    for symbol in symbols:
        close = 50 * np.exp(np.cumsum(generator.normal(0, 0.01, count)))
        opening = close * np.exp(generator.normal(0, 0.004, count))
        high = np.maximum(opening, close) * 1.004
        low = np.minimum(opening, close) / 1.004
        prices = {"open": opening, "high": high, "low": low, "close": close}
        frame = pl.DataFrame({"date": days, "symbol": symbol} | prices)
        volume = pl.Series(generator.integers(100_000, 900_000, count).astype(float))
        frames.append(frame.with_columns(volume=volume))
    return pl.concat(frames)


@pytest.fixture(scope="module")
def new_york() -> pl.DataFrame:
    calendar = exchange_calendars.get_calendar("XNYS", start=FIRST, end=LAST)
    return walks(pl.Series("date", calendar.sessions.date.tolist(), dtype=pl.Date))


def filled(bars: pl.DataFrame, days: pl.DataFrame, fill: Change) -> pl.DataFrame:
    """Every symbol's bars on all of some days, those that it lacks made of others."""
    parts = [
        days.join(own, on="date", how="left").with_columns(symbol=pl.lit(symbol[0])).pipe(fill)
        for symbol, own in bars.partition_by("symbol", as_dict=True).items()
    ]
    return pl.concat(parts).select(bars.columns).drop_nulls()


def carried(own: pl.DataFrame) -> pl.DataFrame:
    return own.with_columns(pl.all().forward_fill())


def carried_without_volume(own: pl.DataFrame) -> pl.DataFrame:
    return own.with_columns(pl.col("volume").fill_null(0.0)).with_columns(pl.all().forward_fill())


def flat(own: pl.DataFrame) -> pl.DataFrame:
    last = pl.col("close").forward_fill()
    prices = [pl.col(name).fill_null(last) for name in ("open", "high", "low", "close")]
    return own.with_columns(*prices, pl.col("volume").fill_null(0.0))


def interpolated(own: pl.DataFrame) -> pl.DataFrame:
    return own.with_columns(pl.col("open", "high", "low", "close", "volume").interpolate())


def without(first: str, last: str) -> Change:
    inside = pl.col("date").is_between(dt.date.fromisoformat(first), dt.date.fromisoformat(last))
    return lambda bars: bars.filter(~inside)


def without_weekday(weekday: int, first: str = "2000-01-01", last: str = "2030-01-01") -> Change:
    gone = without(first, last)
    own = pl.col("date").dt.weekday() == weekday
    return lambda bars: pl.concat([bars.filter(~own), gone(bars.filter(own))])


def every_fourth_monday(bars: pl.DataFrame) -> pl.DataFrame:
    day = pl.col("date")
    return bars.filter((day.dt.weekday() != 1) | (day.dt.week() % 4 == 0))


def without_scattered(bars: pl.DataFrame) -> pl.DataFrame:
    traded = bars["date"].unique().sort().to_list()[1:-1]
    days = np.random.default_rng(1).choice(np.array(traded), 40, replace=False).tolist()
    return bars.filter(~pl.col("date").is_in(days))


def moved(year: int, by: str) -> Change:
    """Rows of a year dated otherwise, in place of what is there."""

    def change(bars: pl.DataFrame) -> pl.DataFrame:
        own = pl.col("date").dt.year() == year
        late = bars.filter(own).with_columns(pl.col("date").dt.offset_by(by))
        rest = bars.filter(~own).join(late, on=["symbol", "date"], how="anti")
        return pl.concat([rest, late])

    return change


def doubled_week(bars: pl.DataFrame) -> pl.DataFrame:
    monday = dt.date(2015, 3, 2)
    week = bars.filter(pl.col("date").is_between(monday, monday + dt.timedelta(days=4)))
    again = week.with_columns(pl.col("date").dt.offset_by("7d"))
    return pl.concat([bars.join(again, on=["symbol", "date"], how="anti"), again])


def quality(bars: pl.DataFrame, tmp_path, **changes):
    bars.sort("symbol", "date").write_parquet(tmp_path / "bars.parquet")
    return ingested("parquet", tmp_path / "bars.parquet", **{"calendar": "observed"} | changes)


# What is done to sound bars -> codes found, days of the first, and the highest score.
FAULTS: dict[str, tuple[Change, dict[str, int], float]] = {
    "weekends carried": (lambda b: filled(b, EVERY_DAY, carried), {"REPEATED": 451}, 0.75),
    "weekends carried without volume":
        (lambda b: filled(b, EVERY_DAY, carried_without_volume), {"REPEATED": 451}, 0.75),
    "weekends flat": (lambda b: filled(b, EVERY_DAY, flat), {"REPEATED": 451}, 0.75),
    "weekends drawn": (lambda b: filled(b, EVERY_DAY, interpolated), {"REPEATED": 451}, 0.75),
    "holidays carried": (lambda b: filled(b, WEEKDAYS, carried), {"REPEATED": 35}, 0.98),
    "holidays flat": (lambda b: filled(b, WEEKDAYS, flat), {"REPEATED": 35}, 0.98),
    "a hole of a year": (without("2015-06-01", "2016-05-31"), {"HOLE": 262}, 0.76),
    "scattered days": (without_scattered, {"NO_BARS": 40}, 0.965),
    "a year dated as the next": (moved(2015, "1y"), {"HOLE": 262, "WEEKDAY": 92}, 0.75),
    "a year dated a day late": (moved(2015, "1d"), {"WEEKDAY": 49, "NO_BARS": 54}, 0.91),
    "no Mondays": (without_weekday(1), {"NO_WEEKDAY": 208}, 0.82),
    "no Fridays": (without_weekday(5), {"NO_WEEKDAY": 208}, 0.82),
    "no Mondays later": (without_weekday(1, "2015-01-01"), {"NO_WEEKDAY": 156}, 0.86),
    "no Mondays at first": (without_weekday(1, last="2016-12-31"), {"NO_WEEKDAY": 157}, 0.86),
    "few Mondays": (without_weekday(1, "2014-02-14"), {"NO_WEEKDAY": 202}, 0.83),
    "every fourth Monday": (every_fourth_monday, {"NO_WEEKDAY": 166}, 0.86),
    "neither Mondays nor Tuesdays":
        (lambda b: without_weekday(1)(without_weekday(2)(b)), {"NO_WEEKDAY": 416}, 0.62),
    "a week twice": (doubled_week, {"REPEATED": 5}, 0.9951),
}  # fmt: skip


@pytest.mark.parametrize("name", FAULTS)
def test_what_the_market_never_traded_lowers_the_score_and_is_told(name, new_york, tmp_path):
    change, expected, highest = FAULTS[name]
    found = quality(change(new_york), tmp_path)
    made = quality_of(found)
    assert {each["code"]: each["count"] for each in made["market"]} == expected
    assert made["score"] <= highest
    notes = notes_of(found)
    assert len(notes) == len(expected)
    assert all(any(each["last"][:4] in note for note in notes) for each in made["market"])
    assert all(re.search("remove|correct|fetch", note) for note in notes)
    with pytest.raises(InputError, match="QUALITY: .* days .*(remove|correct|fetch)"):
        check_quality(made, gate=0.999)


def test_a_weekday_that_is_lacking_is_told_with_its_first_day(new_york, tmp_path):
    (note,) = notes_of(quality(without_weekday(1, "2016-06-13")(new_york), tmp_path))
    assert note.startswith("Mondays are missing on 81 days from 2016-06-13 to 2017-12-25")
    always = EVERY_DAY["date"].filter(EVERY_DAY["date"].dt.weekday() != 3)
    (note,) = notes_of(quality(walks(always, SYMBOLS[:1]), tmp_path))
    assert note.startswith("Wednesdays are missing on 208 days from 2014-01-08 to 2017-12-27")


def test_a_trading_week_that_changed_lacks_no_weekday():
    days = EVERY_DAY["date"]
    weekday = EVERY_DAY["date"].dt.weekday()
    later = days >= dt.date(2016, 1, 1)
    week = [6, 7, 1, 2, 3], [7, 1, 2, 3, 4]
    traded = days.filter((~later & weekday.is_in(week[0])) | (later & weekday.is_in(week[1])))
    assert lacking_weekdays(traded).is_empty()


def test_filled_holidays_of_two_symbols_are_told_and_halts_are_not(new_york, tmp_path):
    two = new_york.filter(pl.col("symbol").is_in(SYMBOLS[:2]))
    (told,) = quality_of(quality(filled(two, WEEKDAYS, flat), tmp_path))["market"]
    assert (told["code"], told["count"]) == ("REPEATED", 35)
    halts = [dt.date(2015, 3, 4), dt.date(2016, 5, 12)]
    halted = filled(two.filter(~pl.col("date").is_in(halts)),
                    two.select("date").unique().sort("date"), flat)  # fmt: skip
    assert quality_of(quality(halted, tmp_path))["market"] == []


def test_one_symbol_alone_shows_its_filled_weekends(new_york, tmp_path):
    alone = new_york.filter(pl.col("symbol") == "AAA")
    found = quality_of(quality(filled(alone, EVERY_DAY, flat), tmp_path))
    assert found["market"][0]["code"] == "REPEATED"
    assert found["score"] < 0.8


@pytest.mark.parametrize("symbols", [SYMBOLS[:1], SYMBOLS])
@pytest.mark.parametrize("market", ["XNYS", "24/7", "24/5", "without Christmas"])
def test_sound_markets_score_1(market, symbols, new_york, tmp_path):
    days = {
        "XNYS": new_york["date"].unique().sort(),
        "24/7": EVERY_DAY["date"],
        "24/5": WEEKDAYS["date"],
        "without Christmas": WEEKDAYS["date"].filter(
            ~WEEKDAYS["date"].dt.strftime("%m-%d").is_in(["12-25", "01-01"])
        ),
    }[market]
    found = quality_of(quality(walks(days, symbols), tmp_path))
    assert (found["market"], found["score"]) == ([], 1.0)
    assert found["likeliest_calendar"] == ("XNYS" if market == "XNYS" else "24/5"
                                           if market == "without Christmas" else None)  # fmt: skip


def test_a_hole_is_a_new_segment_and_no_day_of_it_a_bar(new_york, tmp_path):
    found = quality(without("2015-06-01", "2015-08-31")(new_york), tmp_path)
    assert found.bars["segment"].max() == 1
    assert found.counts["missing"].to_list() == [66] * 4


def test_a_calendar_keeps_its_own_sessions_and_repeats_are_told(new_york, tmp_path):
    found = quality(doubled_week(new_york), tmp_path, calendar="XNYS")
    assert found.market.days["code"].unique().to_list() == ["REPEATED"]
    assert found.market.days.height == 5


def test_findings_outside_of_the_configured_dates_are_left_out(new_york, tmp_path):
    found = quality(doubled_week(new_york), tmp_path, start="2016-01-04")
    assert found.market.days.is_empty()


@pytest.mark.slow
@pytest.mark.parametrize("name", ["XNYS", "XLON", "XETR", "XTKS", "XHKG", "XSHG", "XASX", "BVMF"])
def test_an_exchange_is_known_by_its_holidays(name):
    calendar = exchange_calendars.get_calendar(name, start="2008-01-01", end="2012-12-31")
    assert likely_calendar(calendar.sessions.date) == name
