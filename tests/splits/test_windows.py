"""Windows follow from configured dates alone."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from walkforge.errors import InputError
from walkforge.splits.manifest import purge
from walkforge.splits.windows import (
    SplitsConfig,
    Window,
    add_months,
    check_inside,
    fold_for,
    last_readable,
    overlap,
    plan_folds,
)


def config(**changes: object) -> SplitsConfig:
    values = {
        "scheme": "expanding",
        "start": date(2001, 3, 1),
        "end": date(2013, 3, 1),
        "train_months": 60,
        "validation_months": 12,
        "test_months": 18,
        "shares": (0.7, 0.15, 0.15),
        "purge_days": 5,
    }
    return SplitsConfig(**(values | changes))  # type: ignore[arg-type]


def test_the_default_study_has_four_folds_and_a_live_one_by_hand() -> None:
    folds = plan_folds(config())
    assert [fold.name for fold in folds] == ["fold_1", "fold_2", "fold_3", "fold_4", "live"]
    first = folds[0]
    live = folds[-1]
    assert first.train == (date(2001, 3, 1), date(2006, 3, 1))
    assert first.validation == (date(2006, 3, 1), date(2007, 3, 1))
    assert first.test == (date(2007, 3, 1), date(2008, 9, 1))
    assert live.train == (date(2001, 3, 1), date(2012, 3, 1))
    assert live.validation == (date(2012, 3, 1), date(2013, 3, 1))
    assert live.test is None


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    start=st.dates(date(1990, 1, 1), date(2005, 1, 1)),
    years=st.integers(8, 25),
    train=st.integers(12, 60),
    validation=st.integers(1, 12),
    test=st.integers(1, 24),
    scheme=st.sampled_from(["expanding", "rolling"]),
)
def test_tests_are_contiguous_end_at_the_end_and_never_precede_their_training(
    start: date, years: int, train: int, validation: int, test: int, scheme: str
) -> None:
    end = add_months(start, 12 * years)
    study = config(
        start=start,
        end=end,
        train_months=train,
        validation_months=validation,
        test_months=test,
        scheme=scheme,
    )
    *folds, live = plan_folds(study)
    assert folds[-1].test.end == live.validation.end == end
    for one, two in pairwise(folds):
        assert one.test.end == two.test.start
    for fold in (*folds, live):
        assert start <= fold.train.start < fold.train.end == fold.validation.start
        if scheme == "expanding":
            assert fold.train.start == start
        if fold.test:
            assert fold.validation.end == fold.test.start < fold.test.end
    # one more test window would not leave the shortest train window
    assert add_months(end, -(train + validation + (len(folds) + 1) * test)) < start


def test_a_study_too_short_for_one_fold_is_refused() -> None:
    with pytest.raises(ValueError, match="no fold fits"):
        plan_folds(config(end=date(2005, 1, 1)))


def test_single_cuts_the_days_once_by_hand() -> None:
    study = config(scheme="single", start=date(2010, 1, 1), end=date(2010, 4, 11))  # 100 days
    fold, live = plan_folds(study)
    assert fold.name == "fold_1"
    assert fold.train == (date(2010, 1, 1), date(2010, 3, 12))
    assert fold.validation == (date(2010, 3, 12), date(2010, 3, 27))
    assert fold.test == (date(2010, 3, 27), date(2010, 4, 11))
    assert live == (
        "live",
        (date(2010, 1, 1), date(2010, 3, 27)),
        (date(2010, 3, 27), study.end),
        None,
    )
    with pytest.raises(ValueError, match="no fold fits"):
        plan_folds(config(scheme="single", start=date(2010, 1, 1), end=date(2010, 1, 3)))


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    start=st.dates(date(1990, 1, 1), date(2005, 1, 1)),
    days=st.integers(200, 5_000),
    parts=st.tuples(*[st.integers(1, 9)] * 3),
    sessions=st.integers(2, 20),
)
def test_windows_of_single_never_overlap_and_keep_their_purge(
    start: date, days: int, parts: tuple[int, int, int], sessions: int
) -> None:
    shares = tuple(part / sum(parts) for part in parts)
    end = start + timedelta(days=days)
    week = [start + timedelta(days=i) for i in range(days)]
    dates = [day for day in week if day.weekday() < 5]
    planned, live = plan_folds(config(scheme="single", start=start, end=end, shares=shares))
    fold = purge(planned, dates, sessions=sessions)
    rows = [
        [i for i, day in enumerate(dates) if window.start <= day < window.end]
        for window in (fold.train, fold.validation, fold.test)
    ]
    assert planned.train.start == live.train.start == start
    assert planned.test.end == live.validation.end == end
    for before, after in pairwise(rows):
        if before and after:
            assert before[-1] + sessions < after[0]
    for window, share in zip(
        (planned.train, planned.validation, planned.test), shares, strict=True
    ):
        assert abs((window.end - window.start).days - days * share) <= 1.0


def test_overlap_is_what_two_windows_share() -> None:
    one = Window(date(2010, 1, 1), date(2011, 1, 1))
    assert overlap(one, Window(date(2010, 6, 1), date(2012, 1, 1))) == (date(2010, 6, 1), one.end)
    assert overlap(one, Window(one.end, date(2012, 1, 1))) is None
    assert overlap(one, None) is None


def test_months_stop_at_the_last_day_of_a_shorter_month() -> None:
    assert add_months(date(2004, 1, 31), 1) == date(2004, 2, 29)
    assert add_months(date(2004, 1, 31), -2) == date(2003, 11, 30)
    assert add_months(date(2004, 12, 15), 1) == date(2005, 1, 15)


def test_a_past_date_is_ranked_by_the_newest_fold_that_had_ended() -> None:
    folds = plan_folds(config())
    assert fold_for(folds, date(2013, 2, 28), "daily") == "live"
    assert fold_for(folds, date(2020, 1, 1), "daily") == "live"
    assert fold_for(folds, date(2013, 2, 27), "daily") == "fold_4"
    assert fold_for(folds, last_readable(folds[1], "daily"), "daily") == "fold_2"
    with pytest.raises(InputError, match="the first session from 2007-02-28 on"):
        fold_for(folds, date(2007, 2, 27), "daily")


@pytest.mark.parametrize(
    ("end", "last_session"),
    [
        (date(2012, 1, 1), date(2011, 12, 30)),  # a Sunday
        (date(2011, 12, 31), date(2011, 12, 30)),  # a Saturday
        (date(2012, 1, 2), date(2011, 12, 30)),  # a Monday
        (date(2011, 12, 30), date(2011, 12, 29)),  # a Friday
    ],
)
def test_the_last_session_before_the_end_is_ranked_by_the_live_fold(
    end: date, last_session: date
) -> None:
    assert fold_for(plan_folds(config(end=end)), last_session, "daily") == "live"


def test_weekly_bars_may_end_in_the_week_before_the_end() -> None:
    fridays = [date(2011, 12, 30) + timedelta(weeks=week) for week in range(-60, 1)]
    for end in (date(2011, 12, 31), date(2012, 1, 2)):
        check_inside(Window(fridays[0], end), fridays, section="splits")
    with pytest.raises(InputError, match=r"splits.end 2012-01-04 is after the data"):
        check_inside(Window(fridays[0], date(2012, 1, 4)), fridays, section="splits")
    mondays = [day - timedelta(days=4) for day in fridays]
    check_inside(Window(mondays[0], date(2011, 12, 31)), mondays, section="splits")
    folds = plan_folds(config(end=date(2011, 12, 31)))
    assert fold_for(folds, mondays[-1], "weekly") == "live"
    assert fold_for(folds, mondays[-2], "weekly") != "live"
