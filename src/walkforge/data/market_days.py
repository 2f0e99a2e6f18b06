"""Days that the market as a whole did not trade, or traded without a bar: told by the dates alone.

A single symbol's gaps and repeats are judged elsewhere. What most symbols share is the source's
doing: weekends and holidays that were filled, rows of a wrong year, stretches that are lacking.
"""

from typing import NamedTuple

import polars as pl

from walkforge.data.bars import PRICE_COLUMNS
from walkforge.data.calendar import sessions_of
from walkforge.data.likely_calendar import likely_calendar
from walkforge.data.spacing import SEGMENT_AFTER_SESSIONS
from walkforge.data.weekdays import lacking_weekdays, regular_weekdays
from walkforge.errors import InputError

MARKET_SCHEMA = pl.Schema({"code": pl.String(), "date": pl.Date()})

# Days with bars that the market most likely did not trade on, and days that lack any bar.
DOUBTED = ("REPEATED", "WEEKDAY")
LACKING = ("HOLE", "NO_WEEKDAY", "NO_BARS")

_SATURDAY = 6
# With fewer symbols a bar without a trade is one of a symbol, none of the market.
_SYMBOLS_OF_A_MARKET = 4
_LINE_TOLERANCE = 1e-6
# A calendar on whose holidays more of the days lie is another exchange's.
_TRADED_ON_HOLIDAYS = 0.02


class MarketDays(NamedTuple):
    """What the days of all symbols together show.

    days: MARKET_SCHEMA: REPEATED and WEEKDAY have bars, HOLE, NO_WEEKDAY and NO_BARS have
        none.
    calendar: the likeliest exchange by its holidays, None where none is.
    """

    days: pl.DataFrame
    calendar: str | None


def market_days(sound: pl.DataFrame, *, observed: bool) -> MarketDays:
    """What the days of rows that keep the contract show of the market.

    Args:
        sound: symbol, date, prices and volume, sorted by symbol, then date.
        observed: whether the dates themselves are the sessions; else a calendar knows which days
            are, and repeats alone are looked for.
    """
    dates = sound["date"].unique().sort()
    repeated, filled = _repeated(sound)
    if not observed or dates.is_empty():
        return MarketDays(_coded("REPEATED", repeated), None)
    closed = _on_holidays(dates.filter(~dates.is_in(repeated.implode())), filled)
    repeated = pl.concat([repeated, closed]).unique().sort()
    credible = dates.filter(~dates.is_in(repeated.implode()))
    never = lacking_weekdays(credible)
    regular = regular_weekdays(credible, never)
    traded = [*regular, *never.dt.weekday().unique()]
    odd = credible.filter(~credible.dt.weekday().is_in(traded)) if regular else credible.clear()
    credible = credible.filter(~credible.is_in(odd.implode()))
    holes = _holes(credible, regular)
    calendar, lacking = _lacking(credible, regular, holes)
    lacking = lacking.filter(~lacking.is_in(never.implode()))
    holes = holes.filter(~holes.is_in(never.implode()))
    absent = {"HOLE": holes, "NO_WEEKDAY": never, "NO_BARS": lacking}
    found = [_coded("REPEATED", repeated), _coded("WEEKDAY", odd)]
    found += [
        _coded(code, days.filter(~days.is_in(dates.implode()))) for code, days in absent.items()
    ]
    days = pl.concat(found)
    return MarketDays(days, calendar)


def doubted_days(market: MarketDays) -> pl.Series:
    """The days with bars on which the market most likely did not trade."""
    return market.days.filter(pl.col("code").is_in(DOUBTED))["date"].unique().sort()


def lacking_days(market: MarketDays) -> pl.Series:
    """The days that lack the bars of all symbols."""
    return market.days.filter(pl.col("code").is_in(LACKING))["date"].unique().sort()


def _coded(code: str, dates: pl.Series) -> pl.DataFrame:
    """Days with a code."""
    return pl.DataFrame({"code": [code] * len(dates), "date": dates}, schema=MARKET_SCHEMA)


def _repeated(sound: pl.DataFrame) -> tuple[pl.Series, pl.Series]:
    """The days on which most symbols have a bar of another day, or one that was made of two.

    That is: exactly an earlier bar of the symbol's, its last close alone without volume, or the
    mean of the bars before and after in every price.

    Returns:
        Those days, and beside them the weekdays on which each of a few symbols has its last close
        alone: days without a trade, or holidays that were filled.
    """
    same_before = pl.col("symbol") == pl.col("symbol").shift(1)
    same_after = pl.col("symbol") == pl.col("symbol").shift(-1)
    moved = pl.col("high") > pl.col("low")
    prices = pl.struct("symbol", *PRICE_COLUMNS).hash()
    bar = pl.struct("symbol", *PRICE_COLUMNS, "volume").hash()
    marked = sound.select(
        "symbol",
        "date",
        copied=moved
        & (~bar.is_first_distinct() | (~prices.is_first_distinct() & (pl.col("volume") == 0))),
        filled=same_before & ~moved & (pl.col("volume") == 0)
        & (pl.col("close") == pl.col("close").shift(1)),
        drawn=same_before & same_after & moved
        & pl.all_horizontal(_on_a_line(pl.col(name)) for name in PRICE_COLUMNS),
    )  # fmt: skip
    by_day = marked.group_by("date").agg(
        pl.col("copied", "filled", "drawn").fill_null(value=False).mean(), symbols=pl.len()
    )
    weekend = pl.col("date").dt.weekday() >= _SATURDAY
    market = weekend | (pl.col("symbols") >= _SYMBOLS_OF_A_MARKET)
    whole = pl.col("copied") + pl.col("drawn") + pl.when(market).then("filled").otherwise(0)
    flat = (pl.col("filled") == 1.0) & ~market
    repeated, few = (by_day.filter(days)["date"].sort() for days in (whole > 0.5, flat))
    return repeated, few


def _on_holidays(dates: pl.Series, filled: pl.Series) -> pl.Series:
    """Those of some days of flat bars on which the exchange that the other days show was closed."""
    others = dates.filter(~dates.is_in(filled.implode()) & (dates.dt.weekday() < _SATURDAY))
    name = likely_calendar(others.to_list()) if len(filled) else None
    if name is None:
        return filled.clear()
    try:
        sessions = sessions_of(name, dates)
    except InputError:
        return filled.clear()
    return filled.filter(~filled.is_in(sessions.implode()))


def _on_a_line(price: pl.Expr) -> pl.Expr:
    """Whether a price is the mean of those of the bars before and after, and differs from both."""
    before = price.shift(1)
    after = price.shift(-1)
    return ((2 * price - before - after).abs() <= _LINE_TOLERANCE * price) & (before != after)


def _holes(dates: pl.Series, regular: list[int]) -> pl.Series:
    """The days without bars of each stretch of over 10; all such days of a market without rest."""
    absent = _absent(dates, regular)
    if len(regular) == 7:
        return absent
    place = dates.search_sorted(absent)
    runs = pl.DataFrame({"date": absent, "place": place})
    long = runs.filter(pl.len().over("place") > SEGMENT_AFTER_SESSIONS)
    return long["date"].sort()


def _absent(dates: pl.Series, regular: list[int]) -> pl.Series:
    """The days of regular weekdays between the first and the last date that are no date."""
    if not regular or len(dates) < 2:
        return dates.clear()
    days = pl.date_range(dates[0], dates[-1], eager=True).alias("date")
    return days.filter(days.dt.weekday().is_in(regular) & ~days.is_in(dates.implode()))


def _lacking(
    dates: pl.Series, regular: list[int], holes: pl.Series
) -> tuple[str | None, pl.Series]:
    """The likeliest exchange, and its sessions without a bar outside of holes."""
    nothing = dates.clear()
    name = likely_calendar(dates.to_list()) if regular == [1, 2, 3, 4, 5] else None
    if name is None:
        return None, nothing
    try:
        sessions = sessions_of(name, dates)
    except InputError:
        return None, nothing
    traded = ~dates.is_in(sessions.implode())
    if traded.mean() > _TRADED_ON_HOLIDAYS:  # type: ignore[operator]
        return None, nothing
    there = pl.concat([dates, holes])
    missing = sessions.filter(~sessions.is_in(there.implode()))
    return name, missing.filter(~_yearly(missing, dates))


def _yearly(missing: pl.Series, dates: pl.Series) -> pl.Series:
    """[N] whether a missing day is some holiday: it lacks bars in at least half of the years.

    New Year and Christmas are holidays in any case, also of markets that know no other.
    """
    years = dates[-1].year - dates[0].year + 1
    least = max(3 if years > 3 else 2, years * 5 / 7 / 2)
    day = pl.col("day")
    often = (pl.len().over("day") >= least) | day.is_in(["01-01", "12-25"])
    return missing.dt.strftime("%m-%d").alias("day").to_frame().select(often).to_series()
