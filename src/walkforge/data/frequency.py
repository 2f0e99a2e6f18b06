"""Spacing of bars: daily, weekly or monthly, and what lies apart otherwise is told.

A week is ISO's, from Monday; a bar may bear any date in its week or month, since some sources label
it by the first day and others by the last.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import polars as pl

from walkforge.data.calendar import OBSERVED, sessions_of
from walkforge.data.contract import placed
from walkforge.data.spacing import FREQUENCIES, Frequency, frequency_of, median_days
from walkforge.errors import InputError, shown

_STRETCH: Mapping[str, str] = {"daily": "1d", "weekly": "1w", "monthly": "1mo"}
_NAMES: Mapping[str, str] = {"daily": "day", "weekly": "week", "monthly": "month"}
_OPEN_ROWS = pl.col("code").is_null()


class _Spacing(NamedTuple):
    """Bars that lie so many calendar days apart, so many times in a row, are of this spacing."""

    word: str
    fewest_days: int
    most_days: int
    times: int
    frequency: Frequency | None


_SPACINGS = (
    _Spacing("one bar a week", 5, 9, 8, "weekly"),
    _Spacing("one bar every two weeks", 12, 16, 6, None),
    _Spacing("one bar a month", 26, 35, 6, "monthly"),
    _Spacing("one bar a quarter", 84, 98, 4, None),
    _Spacing("one bar a year", 350, 380, 3, None),
)
# Of fewer dates nothing is said; every other day and rarer is not daily.
_LEAST_DATES = 20
_SPARSE_DAYS = 2


def stretch(frequency: Frequency) -> pl.Expr:
    """First day of the day, week or month that a date lies in."""
    return pl.col("date").dt.truncate(_STRETCH[frequency])


def aligned(rows: pl.DataFrame, frequency: Frequency, units: Sequence[str]) -> pl.DataFrame:
    """Rows with one date for each week or month: the latest that any symbol's bar bears in it.

    Args:
        rows: columns of contract, sorted by symbol and date. units: see contract.placed.

    Raises:
        InputError: FREQUENCY where a symbol has two dates in one week or month.
    """
    if frequency == "daily":
        return rows
    sound = rows.filter(_OPEN_ROWS).with_columns(stretch=stretch(frequency))
    several = sound.filter(pl.col("date").n_unique().over("symbol", "stretch") > 1)
    if not several.is_empty():
        raise _crowded(sound, several.row(1, named=True), frequency, units)
    latest = sound.group_by("stretch").agg(latest=pl.col("date").max())
    dated = rows.with_columns(stretch=stretch(frequency)).join(
        latest, on="stretch", how="left", maintain_order="left"
    )
    date = pl.when(_OPEN_ROWS).then(pl.col("latest")).otherwise(pl.col("date"))
    return dated.with_columns(date=date).drop("stretch", "latest")


def due_dates(calendar: str, dates: pl.Series, frequency: Frequency) -> pl.Series:
    """Dates on which a bar is due, sorted: sessions, or one of every week or month with a session.

    Under 'observed' every week or month from the first bar to the last has one.

    That is the date of the data where there is one, else the last session.

    Args:
        calendar: see calendar.sessions_of. dates: of the data, as aligned gives them.

    Raises:
        InputError: see calendar.sessions_of.
    """
    if frequency == "daily" or dates.drop_nulls().is_empty():
        return sessions_of(calendar, dates)
    own = dates.unique().drop_nulls().to_frame("date").with_columns(stretch=stretch(frequency))
    step = _STRETCH[frequency]
    stretches = own["stretch"].unique().sort()
    first = stretches[0]
    last = stretches[-1]
    sessions = pl.select(date=pl.date_range(first, last, step))["date"]
    if calendar != OBSERVED:
        after = pl.select(pl.lit(last).dt.offset_by(step)).item()
        sessions = sessions_of(calendar, pl.Series([first, after - dt.timedelta(days=1)]))
    ends = sessions.to_frame("date").group_by(stretch=stretch(frequency)).agg(pl.col("date").max())
    due = ends.rename({"date": "session"}).join(own, on="stretch", how="left")
    return due.select(pl.coalesce("date", "session").alias("date")).to_series().sort()


def check_spacing(rows: pl.DataFrame, frequency: Frequency, units: Sequence[str]) -> None:
    """Refuse bars that lie further apart than the configured frequency says.

    Args:
        rows: columns of contract, sorted by symbol and date, one for each date. units: see
            contract.placed.

    Raises:
        InputError: FREQUENCY.
    """
    sound = rows.filter(_OPEN_ROWS)
    found = _runs(sound, frequency)
    if not found.is_empty():
        raise _sparse(sound, found, frequency, units)
    dates = sound["date"].unique().sort().to_list()
    apart = median_days(dates)
    if frequency == "daily" and len(dates) >= _LEAST_DATES and apart >= _SPARSE_DAYS:
        raise InputError(
            f"the dates of all symbols together lie {apart:g} days apart in the median, from "
            f"{dates[0]} to {dates[-1]}, while data.frequency says daily: give one bar for each "
            "session",
            code="FREQUENCY",
        )


def _runs(sound: pl.DataFrame, frequency: Frequency) -> pl.DataFrame:
    """Runs of bars of a symbol at a wider spacing than the frequency's, the longest first.

    Columns: symbol, spacing (place in _SPACINGS), first and last (dates), times, median, part,
    line.
    """
    days = (pl.col("date") - pl.col("date").shift(1).over("symbol")).dt.total_days()
    wider = [s.frequency for s in _SPACINGS].index(frequency) + 1 if frequency != "daily" else 0
    kind = pl.lit(None, dtype=pl.Int32)
    for place, spacing in list(enumerate(_SPACINGS))[wider:]:
        within = days.is_between(spacing.fewest_days, spacing.most_days)
        kind = pl.when(within).then(pl.lit(place, dtype=pl.Int32)).otherwise(kind)
    least = pl.col("spacing").replace_strict(
        dict(enumerate(s.times for s in _SPACINGS)), return_dtype=pl.Int32
    )
    return (
        sound.with_columns(days=days, spacing=kind, before=pl.col("date").shift(1).over("symbol"))
        .with_columns(run=pl.struct("symbol", "spacing").rle_id())
        .filter(pl.col("spacing").is_not_null())
        .group_by("run", maintain_order=True)
        .agg(
            pl.col("symbol", "spacing", "part", "line").first(),
            first=pl.col("before").first(),
            last=pl.col("date").last(),
            times=pl.len().cast(pl.Int32),
            median=pl.col("days").median(),
        )
        .filter(pl.col("times") >= least)
        .sort("times", descending=True, maintain_order=True)
    )


def _sparse(
    sound: pl.DataFrame, found: pl.DataFrame, frequency: Frequency, units: Sequence[str]
) -> InputError:
    """The error of bars that lie too far apart."""
    run = found.row(0, named=True)
    spacing = _SPACINGS[run["spacing"]]
    own = sound.filter(symbol=run["symbol"]).height - 1
    symbols = found["symbol"].n_unique()
    every = sound["symbol"].n_unique()
    among = f"; so it is of {symbols} of {every} symbols" if every > 1 else ""
    whole = symbols == every and 2 * run["times"] > own
    if whole and spacing.frequency is not None:
        advice = f"set data.frequency to {spacing.frequency}, or give {frequency} bars"
    elif whole:
        advice = f"give bars that are {', '.join(FREQUENCIES[:-1])} or {FREQUENCIES[-1]}"
    else:
        advice = (
            f"give {frequency} bars throughout, leave such symbols out (data.symbols), or cut the "
            "dates (data.start, data.end)"
        )
    return InputError(
        f"{placed(run, units)}: {shown(run['symbol'])} has {spacing.word} from {run['first']} to "
        f"{run['last']} ({run['times']} of its {own} spacings, {run['median']:g} days in the "
        f"median){among}, while data.frequency says {frequency}: {advice}",
        code="FREQUENCY",
    )


def _crowded(
    sound: pl.DataFrame, row: Mapping[str, Any], frequency: Frequency, units: Sequence[str]
) -> InputError:
    """The error of a symbol with several dates in one week or month."""
    own = sound.filter(symbol=row["symbol"])["date"].to_list()
    apart = median_days(own)
    fitting = frequency_of(own)
    narrower = FREQUENCIES.index(fitting) < FREQUENCIES.index(frequency)
    advice = (
        f"set data.frequency to {fitting}, or give {frequency} bars"
        if narrower
        else f"give one bar a {_NAMES[frequency]}; the newest may be of one that is not over"
    )
    return InputError(
        f"{placed(row, units)}: {shown(row['symbol'])} has a second bar in the "
        f"{_NAMES[frequency]} from {row['stretch']}, on {row['date']} (its bars lie {apart:g} days "
        f"apart in the median), while data.frequency says {frequency}: {advice}",
        code="FREQUENCY",
    )
