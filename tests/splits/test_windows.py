"""Windows follow from configured dates alone."""

from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from walkforge.errors import InputError
from walkforge.planning import fold_for
from walkforge.splits.windows import SplitsConfig, add_months, last_readable, plan_folds


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
    first, live = folds[0], folds[-1]
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


def test_months_stop_at_the_last_day_of_a_shorter_month() -> None:
    assert add_months(date(2004, 1, 31), 1) == date(2004, 2, 29)
    assert add_months(date(2004, 1, 31), -2) == date(2003, 11, 30)
    assert add_months(date(2004, 12, 15), 1) == date(2005, 1, 15)


def test_a_past_date_is_ranked_by_the_newest_fold_that_had_ended() -> None:
    folds = plan_folds(config())
    assert fold_for(folds, date(2013, 2, 28)) == "live"
    assert fold_for(folds, date(2020, 1, 1)) == "live"
    assert fold_for(folds, date(2013, 2, 27)) == "fold_4"
    assert fold_for(folds, last_readable(folds[1])) == "fold_2"
    with pytest.raises(InputError, match="earliest date to rank is 2007-02-28"):
        fold_for(folds, date(2007, 2, 27))


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
    assert fold_for(plan_folds(config(end=end)), last_session) == "live"
