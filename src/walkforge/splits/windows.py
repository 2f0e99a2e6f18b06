"""Fold windows from configured dates alone: a new bar moves none of them."""

import calendar
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated, Any, Literal, NamedTuple

from walkforge.data.spacing import Frequency, frequency_of, last_due
from walkforge.errors import InputError
from walkforge.settings import Bounds

FIRST = "fold_1"
LIVE = "live"


class Window(NamedTuple):
    """Dates from `start` up to and without `end`."""

    start: date
    end: date


def window_from(span: Mapping[str, str]) -> Window:
    """A window that is written as text: start and end, YYYY-MM-DD."""
    return Window(date.fromisoformat(span["start"]), date.fromisoformat(span["end"]))


class Fold(NamedTuple):
    """One train/validation/test triple; the live fold has no test window."""

    name: str
    train: Window
    validation: Window
    test: Window | None

    @property
    def left_out(self) -> tuple[Window, ...]:
        """The dates inside train that are not read: none."""
        return ()


class Split(NamedTuple):
    """One division of cross-validation: train runs around what is left out of it.

    Attributes:
        name: such as split_01. train: from the first date that is read to the last.
        left_out: dates inside train that are not read: test blocks, their purges and embargoes.
    """

    name: str
    train: Window
    left_out: tuple[Window, ...]


Share = Annotated[float, Bounds(above=0, below=1)]


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitsConfig:
    """Walk-forward windows."""

    scheme: Annotated[
        Literal["expanding", "rolling", "single"],
        "whether train windows grow from the start or keep their length, or there is one fold",
    ]
    start: Annotated[date, "first date any fold may train on"]
    end: Annotated[date, "first date no fold may read"]
    train_months: Annotated[
        int,
        Bounds(at_least=1, at_most=1_200),
        "calendar months of the shortest (expanding) or of every (rolling) train window",
    ]
    validation_months: Annotated[
        int,
        Bounds(at_least=1, at_most=1_200),
        "calendar months of the window on which choices are made",
    ]
    test_months: Annotated[
        int,
        Bounds(at_least=1, at_most=1_200),
        "calendar months of the out-of-sample window, and the step from fold to fold",
    ]
    shares: Annotated[
        tuple[Share, Share, Share],
        "of the days from start to end that single trains, validates and tests on",
    ]
    purge_days: Annotated[
        int,
        Bounds(at_least=2, at_most=1_000),
        "sessions left out between windows; fill and mark come a day after the decision",
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldoutConfig:
    """Dates that no fold reads."""

    start: Annotated[date | None, "first date, on or after splits.end; null: none is sealed"]
    end: Annotated[date | None, "first date after it; null: none is sealed"]


def splits_config(section: Mapping[str, Any]) -> SplitsConfig:
    """The section's values with its dates parsed."""
    dates = {key: date.fromisoformat(str(section[key])) for key in ("start", "end")}
    return SplitsConfig(**{**section, **dates, "shares": tuple(section["shares"])})


def holdout_window(section: Mapping[str, Any]) -> Window:
    """The window of section `holdout`.

    Raises:
        InputError: none is sealed.
    """
    if section["start"] is None or section["end"] is None:
        raise InputError(
            f"holdout.start is {section['start']}, holdout.end is {section['end']}: no hold-out is "
            "sealed: give both dates, from splits.end on"
        )
    return Window(*(date.fromisoformat(str(section[key])) for key in ("start", "end")))


def sealed_window(section: Mapping[str, Any]) -> Window | None:
    """The window of section `holdout`, None where no hold-out is sealed."""
    return None if section["start"] is None else holdout_window(section)


def add_months(day: date, months: int) -> date:
    """The same day some months later (earlier when negative), at most the month's last."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(day.day, last))


def plan_folds(config: SplitsConfig) -> tuple[Fold, ...]:
    """The folds, earliest first, then the live fold; purge is not applied yet.

    Test windows are contiguous and the last one ends at `config.end`. The live fold trains and
    validates up to `config.end`; it is what rankings use and is never scored.

    Raises:
        ValueError: not one fold fits between start and end.
    """
    if config.scheme == "single":
        return _single(config)
    count = _fold_count(config)
    if count == 0:
        raise ValueError(
            f"no fold fits between splits.start {config.start} and splits.end {config.end}: "
            "shorten train_months, validation_months or test_months"
        )
    folds = [_fold(config, back) for back in range(count, 0, -1)]
    named = [fold._replace(name=f"fold_{i}") for i, fold in enumerate(folds, start=1)]
    return (*named, _fold(config, 0)._replace(name=LIVE, test=None))


def _fold_count(config: SplitsConfig) -> int:
    """How many test windows fit, the shortest train and validation windows left over."""
    lead = config.train_months + config.validation_months
    count = 0
    while add_months(config.end, -(lead + (count + 1) * config.test_months)) >= config.start:
        count += 1
    return count


def _fold(config: SplitsConfig, back: int) -> Fold:
    """The fold whose test window starts `back` test lengths before the end."""
    test_start = add_months(config.end, -back * config.test_months)
    test_end = add_months(config.end, -(back - 1) * config.test_months) if back else config.end
    validation_start = add_months(test_start, -config.validation_months)
    rolling_start = add_months(validation_start, -config.train_months)
    train_start = config.start if config.scheme == "expanding" else rolling_start
    return Fold(
        name="",
        train=Window(max(train_start, config.start), validation_start),
        validation=Window(validation_start, test_start),
        test=Window(test_start, test_end),
    )


def _single(config: SplitsConfig) -> tuple[Fold, Fold]:
    """The one fold and the live fold that shares of the days from start to end give.

    Raises:
        ValueError: a window would hold no day.
    """
    train, validation, _ = config.shares
    whole = (config.end - config.start).days
    first, second = (round(whole * share) for share in (train, train + validation))
    last = whole - round(whole * validation)
    if not (0 < first < second < whole and 0 < last < whole):
        raise ValueError(
            f"no fold fits between splits.start {config.start} and splits.end {config.end}: "
            "move them apart or enlarge the least of splits.shares"
        )
    cuts = [config.start + timedelta(days=days) for days in (first, second, last)]
    return (
        Fold(
            name="fold_1",
            train=Window(config.start, cuts[0]),
            validation=Window(cuts[0], cuts[1]),
            test=Window(cuts[1], config.end),
        ),
        Fold(LIVE, Window(config.start, cuts[2]), Window(cuts[2], config.end), None),
    )


def last_readable(fold: Fold, frequency: Frequency) -> date:
    """Earliest date that the last bar which may have shaped this fold's policy can bear."""
    return last_due(fold.validation.end, frequency)


def fold_for(folds: Sequence[Fold], day: date, frequency: Frequency) -> str:
    """The newest fold whose train and validation data all lie on or before a date.

    Raises:
        InputError: there is none; names the earliest date that can be ranked.
    """
    fitting = [fold for fold in folds if last_readable(fold, frequency) <= day]
    if not fitting:
        earliest = min(last_readable(fold, frequency) for fold in folds)
        raise InputError(
            "no policy may know it: the earliest date to rank is the first session from "
            f"{earliest} on"
        )
    return max(fitting, key=lambda fold: fold.validation.end).name


def warm_rows(rows: range, dates: Sequence[date], *, sessions: int) -> range:
    """The rows of so many sessions before a window's rows: those of its warm-in.

    Raises:
        InputError: too few, or none before them, at whose close is decided first; names the
            earliest start.
    """
    first = rows.start - sessions
    if first > 0:
        return range(first, rows.start)
    enough = len(dates) > sessions + 1
    raise InputError(
        f"a test window from {dates[rows.start]} needs {sessions} sessions before it for its "
        f"warm-in and one before those, and the data begin on {dates[0]}: "
        + (f"start it on {dates[sessions + 1]} or later, or " if enough else "")
        + "lower evaluation.warm_in_days"
    )


def overlap(one: Window, two: Window | None) -> Window | None:
    """The dates that two windows share, None where they share none or there is no second."""
    if two is None:
        return None
    shared = Window(max(one.start, two.start), min(one.end, two.end))
    return shared if shared.start < shared.end else None


def check_dates(config: SplitsConfig, dates: Sequence[date]) -> None:
    """Raise unless the data hold every date that the folds may read.

    Raises:
        InputError: names the configured date and the dates found.
    """
    check_inside(Window(config.start, config.end), dates, section="splits")


def check_inside(window: Window, dates: Sequence[date], *, section: str) -> None:
    """Raise unless the data hold every date of a section's window, a weekend at its end aside.

    Of weekly and monthly bars the last week or month that the window reaches into has one.

    Raises:
        InputError: names the configured date and the dates found.
    """
    found = f"the data run from {dates[0]} to {dates[-1]}"
    if window.start < dates[0]:
        raise InputError(f"{section}.start {window.start} is before the data: {found}")
    if dates[-1] < last_due(window.end, frequency_of(dates)):
        raise InputError(f"{section}.end {window.end} is after the data: {found}")
