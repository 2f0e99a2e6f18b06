"""The weekdays on which a market trades, and those that the source lacks, by the dates alone."""

import datetime as dt

import polars as pl

# A weekday on which a market trades has bars in so many of its weeks: Japan's Mondays in 0.84.
_REGULAR = 0.5
_REGULAR_WEEKEND = 0.7
# Fewer weeks show no rule; fewer days a week are not daily bars.
_WEEKS = 12
_DAYS_A_WEEK = 2.5
_SATURDAY = 6
_SUNDAY = 7
_MONDAY_TO_FRIDAY = (1, 2, 3, 4, 5)
_SUNDAY_TO_THURSDAY = (7, 1, 2, 3, 4)
_FIVE = 5
_SIX = 6


def regular_weekdays(dates: pl.Series, lacking: pl.Series) -> list[int]:
    """The weekdays, 1 for Monday, on which the market trades; none where bars are not daily.

    Args:
        dates: with bars, sorted. lacking: see lacking_weekdays; they count as weeks without rule.
    """
    weeks = dates.dt.truncate("1w").n_unique()
    if weeks < _WEEKS or len(dates) < _DAYS_A_WEEK * weeks:
        return []
    silent = dict(lacking.dt.weekday().value_counts().rows())
    numbers = dates.dt.weekday().value_counts().rows()
    return sorted(
        day
        for day, number in numbers
        if number
        >= (_REGULAR_WEEKEND if day >= _SATURDAY else _REGULAR) * (weeks - silent.get(day, 0))
    )


def lacking_weekdays(dates: pl.Series) -> pl.Series:
    """The days of a weekday that the source lacks, throughout or for 12 weeks and more, sorted.

    A market that trades on five days in a row, or on all but one about the weekend, lacks none.

    Args:
        dates: with bars, sorted.
    """
    nothing = dates.clear()
    regular = regular_weekdays(dates, nothing)
    if not regular:
        return nothing
    whole = _lacking_of(regular)
    found = []
    for day in {*_MONDAY_TO_FRIDAY, *whole}:
        parts = [dates.filter(dates.is_between(*span)) for span in _stretches(dates, day)]
        rest = dates.filter(~dates.is_in(pl.concat([nothing, *parts]).implode()))
        if day in whole and not _is_traded(rest, day):
            parts = [dates]
        else:
            parts = [p for p in parts if day in _lacking_of(regular_weekdays(p, nothing))]
        days = pl.concat([nothing, *(_without(part, day) for part in parts)])
        found.append(days.filter(days.is_between(dates[0], dates[-1])))
    return pl.concat([nothing, *found]).unique().sort()


def _is_traded(dates: pl.Series, day: int) -> bool:
    """Whether at least half of the weeks of some dates have a weekday; true of no dates."""
    own = (dates.dt.weekday() == day).sum()
    return bool(own >= _REGULAR * dates.dt.truncate("1w").n_unique())


def _lacking_of(regular: list[int]) -> list[int]:
    """The weekdays that a market which trades on some others would have, too."""
    rest = [day for day in range(1, 8) if day not in regular]
    if not regular or not rest:
        return []
    if len(regular) == _SIX:
        return [day for day in rest if day < _FIVE]
    if len(regular) == _FIVE and rest[1] - rest[0] in (1, _SIX):
        return []
    sundays = _SUNDAY in regular and _SATURDAY not in regular and _FIVE not in regular
    week = _SUNDAY_TO_THURSDAY if sundays else _MONDAY_TO_FRIDAY
    return [day for day in week if day not in regular]


def _stretches(dates: pl.Series, day: int) -> list[tuple[dt.date, dt.date]]:
    """First and last Monday to Sunday of the stretches of at least 12 weeks without a weekday.

    Weeks without any bar are not counted.
    """
    weeks = pl.DataFrame({"week": dates.dt.truncate("1w"), "own": dates.dt.weekday() == day})
    runs = weeks.group_by("week").agg(pl.col("own").any()).sort("week")
    runs = runs.with_columns(run=pl.col("own").rle_id()).filter(~pl.col("own"))
    spans = runs.group_by("run", maintain_order=True).agg(
        first=pl.col("week").first(), last=pl.col("week").last().dt.offset_by("6d"), weeks=pl.len()
    )
    return spans.filter(pl.col("weeks") >= _WEEKS).select("first", "last").rows()


def _without(dates: pl.Series, day: int) -> pl.Series:
    """The days of a weekday without a bar in the weeks that have any."""
    days = dates.dt.truncate("1w").unique().sort().dt.offset_by(f"{day - 1}d")
    return days.filter(~days.is_in(dates.implode()))
