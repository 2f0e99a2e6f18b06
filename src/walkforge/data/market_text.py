"""What the days of all symbols together show, in words: for the page, the terminal and the gate."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from walkforge.data.market_days import MarketDays

_SHOWN_STRETCHES = 3
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
# Days this far apart are one stretch: a weekend may lie between.
_ONE_STRETCH_DAYS = 4


def findings(market: MarketDays) -> list[dict[str, Any]]:
    """Of each code: code, count, first, last, told (a sentence with dates) and remedy."""
    found = []
    for code, tell in _TOLD.items():
        days = market.days.filter(market.days["code"] == code)["date"].sort().to_list()
        if days:
            told, remedy = tell(days, market.calendar)
            row = {"code": code, "count": len(days), "first": str(days[0]), "last": str(days[-1])}
            found.append(row | {"told": told, "remedy": remedy})
    return found


def _repeated(days: Sequence[dt.date], calendar: str | None) -> tuple[str, str]:
    """Days that were filled."""
    return (
        f"on {_days(days)} most symbols repeat an earlier bar, or lie midway between two: "
        f"weekends, holidays or stretches that were filled ({_by_weekday(days)}; {_when(days)})",
        "remove those rows" + (_by_calendar(calendar) if _scattered(days) else ""),
    )


def _weekday(days: Sequence[dt.date], calendar: str | None) -> tuple[str, str]:
    """Weekdays without a rule."""
    return (
        f"bars of {_days(days)} fall on weekdays without any in most weeks "
        f"({_by_weekday(days)}; {_when(days)}), as rows dated a day or a year off do",
        "correct the dates" + _by_calendar(calendar),
    )


def _hole(days: Sequence[dt.date], _: str | None) -> tuple[str, str]:
    """Stretches without a bar."""
    return (
        f"no symbol has a bar on {_days(days)} of weekdays that are traded otherwise "
        f"({_when(days)}): what is measured across such a hole is no return of a day",
        "fetch what is lacking, or start after it with data.start",
    )


def _no_weekday(days: Sequence[dt.date], _: str | None) -> tuple[str, str]:
    """A weekday that the source lacks."""
    spans = []
    for number, name in enumerate(_WEEKDAYS):
        own = [day for day in days if day.weekday() == number]
        if own:
            spans.append(f"{name}s are missing on {_days(own)} from {own[0]} to {own[-1]}")
    return (
        f"{', '.join(spans)}, of all symbols, while the other weekdays of these weeks have bars",
        "fetch what is lacking, or name the exchange in data.calendar if it rests on those days",
    )


def _no_bars(days: Sequence[dt.date], calendar: str | None) -> tuple[str, str]:
    """Sessions of the likeliest exchange."""
    return (
        f"no symbol has a bar on {_days(days)} that were sessions of {calendar}, the likeliest "
        f"exchange by its holidays ({_when(days)})",
        f"fetch what is lacking, and set data.calendar: {calendar} if that is the exchange",
    )


_TOLD = {
    "REPEATED": _repeated,
    "WEEKDAY": _weekday,
    "HOLE": _hole,
    "NO_WEEKDAY": _no_weekday,
    "NO_BARS": _no_bars,
}


def _scattered(days: Sequence[dt.date]) -> bool:
    """Whether some days may be those on which an exchange is closed: they are no one stretch."""
    return len(_stretches(days)) > 1


def _by_calendar(calendar: str | None) -> str:
    """How a calendar helps."""
    named = calendar or "XNYS, or that of your exchange,"
    return f"; with data.calendar: {named} a bar on a day without a session is set aside"


def _days(days: Sequence[dt.date]) -> str:
    """A number of days in words."""
    return "1 day" if len(days) == 1 else f"{len(days):,} days"


def _by_weekday(days: Sequence[dt.date]) -> str:
    """How many of some days fall on each weekday."""
    counts = [sum(day.weekday() == number for day in days) for number in range(7)]
    named = zip(_WEEKDAYS, counts, strict=True)
    return ", ".join(f"{count:,} {name}" + "s" * (count > 1) for name, count in named if count)


def _when(days: Sequence[dt.date]) -> str:
    """The longest stretches of some days, in the order of time."""
    stretches = _stretches(days)
    longest = sorted(stretches, key=lambda each: (each[0] - each[1], each))[:_SHOWN_STRETCHES]
    told = [
        str(first) if first == last else f"{first} to {last}" for first, last in sorted(longest)
    ]
    more = len(stretches) - len(longest)
    if more == 0:
        return ", ".join(told)
    return f"{', '.join(told)} and {more:,} more from {days[0]} to {days[-1]}"


def _stretches(days: Sequence[dt.date]) -> list[tuple[dt.date, dt.date]]:
    """First and last day of each stretch."""
    found: list[tuple[dt.date, dt.date]] = []
    for day in days:
        if found and (day - found[-1][1]).days <= _ONE_STRETCH_DAYS:
            found[-1] = (found[-1][0], day)
        else:
            found.append((day, day))
    return found
