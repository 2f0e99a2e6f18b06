"""Manifests change when, and only when, a row that the fold reads changes."""

from dataclasses import replace
from datetime import date

import pytest

from panels import ARRAYS, HALF_YEARS, panel
from walkforge.errors import InputError
from walkforge.features.panel import Panel
from walkforge.splits.manifest import check_rows, cut_folds, purge, seal, train_fold, window_of
from walkforge.splits.windows import SplitsConfig, Window, plan_folds

STUDY = HALF_YEARS


WARM_IN = 20


def cut(config: SplitsConfig, data: Panel) -> dict:
    return cut_folds(config, data, warm_in_days=WARM_IN)


def changed(one: dict, two: dict) -> set[tuple[str, str]]:
    return {key for key in one if one[key] != two[key]}


def test_an_appended_bar_changes_no_manifest() -> None:
    short = panel(530)
    long = panel(540)
    known = {name: getattr(long, name)[: len(short.dates)] for name in ARRAYS}
    assert cut(STUDY, replace(short, **known)) == cut(STUDY, long)


@pytest.mark.parametrize("name", ARRAYS)
def test_one_changed_row_changes_exactly_the_folds_that_read_it(name: str) -> None:
    data = panel()
    before = cut(STUDY, data)
    row = data.dates.index(date(2011, 3, 1))  # fold_1: test; fold_2: validation; live: train
    values = getattr(data, name).copy()
    values[row, 1] = ~values[row, 1] if values.dtype == bool else values[row, 1] + 1.0
    after = cut(STUDY, replace(data, **{name: values}))
    assert changed(before, after) == {
        ("fold_1", "test.json"),
        ("fold_2", "manifest.json"),
        ("live", "manifest.json"),
    }


def test_a_purged_row_is_read_by_no_fold() -> None:
    data = panel()
    purged = data.dates.index(date(2010, 6, 30))  # the last session before fold_1's validation
    close = data.close.copy()
    close[purged] += 1.0
    after = cut(STUDY, replace(data, close=close))
    assert ("fold_1", "manifest.json") not in changed(cut(STUDY, data), after)


def test_purge_leaves_out_sessions_before_what_follows() -> None:
    data = panel()
    fold = purge(plan_folds(STUDY)[0], data.dates, sessions=3)
    assert fold.train.end == date(2010, 6, 28)  # Monday; 28, 29 and 30 June are left out
    assert fold.validation.start == date(2010, 7, 1)
    assert fold.validation.end == date(2010, 12, 29)
    assert fold.test.start == date(2011, 1, 1)
    live = purge(plan_folds(STUDY)[-1], data.dates, sessions=3)
    assert live.validation.end == STUDY.end


def test_a_manifest_gives_back_its_windows_and_is_small() -> None:
    data = panel()
    manifests = cut(STUDY, data)
    fold = purge(plan_folds(STUDY)[0], data.dates, sessions=3)
    read = train_fold(manifests["fold_1", "manifest.json"])
    assert (read.name, read.train, read.validation) == (fold.name, fold.train, fold.validation)
    assert window_of(manifests["fold_1", "test.json"], "test") == fold.test
    assert all(len(str(manifest)) < 1_000 for manifest in manifests.values())


def test_dates_outside_the_data_are_errors_that_name_the_dates_found() -> None:
    data = panel(400)
    with pytest.raises(InputError, match=r"splits\.end 2012-01-01 is after the data: .*2010-01-01"):
        cut(STUDY, data)
    early = replace_start(STUDY, date(2009, 12, 1))
    with pytest.raises(InputError, match=r"splits\.start 2009-12-01 is before the data"):
        cut(early, panel())


def replace_start(config: SplitsConfig, start: date) -> SplitsConfig:
    return replace(config, start=start)


def test_a_train_window_without_features_is_refused() -> None:
    data = panel()
    tradable = data.tradable.copy()
    tradable[:110] = False
    with pytest.raises(InputError, match="fold_1: train window .* has 16 rows"):
        cut(STUDY, replace(data, tradable=tradable))


def test_rows_are_checked_against_their_manifest() -> None:
    data = panel()
    for manifest in cut(STUDY, data).values():
        check_rows(manifest, data, fold=manifest["fold"])
    manifest = cut(STUDY, data)["fold_1", "manifest.json"]
    longer = manifest | {"train": manifest["train"] | {"end": "2010-11-30"}}
    with pytest.raises(InputError, match="fold_1: .* rerun with -R cut_folds"):
        check_rows(longer, data, fold=longer["fold"])
    close = data.close.copy()
    close[data.dates.index(date(2010, 3, 1))] += 1.0
    with pytest.raises(InputError, match="fold_1"):
        check_rows(manifest, replace(data, close=close), fold=manifest["fold"])


def test_a_purge_that_leaves_no_validation_is_refused() -> None:
    with pytest.raises(InputError, match="fold_1: purge leaves no session of validation"):
        cut(replace(STUDY, validation_months=1, purge_days=30), panel())


def test_the_manifest_of_another_fold_is_refused() -> None:
    with pytest.raises(
        InputError, match="fold_2: was given the manifest of fold_1.*--forcerun cut_f"
    ):
        check_rows({"fold": "fold_1"}, panel(), fold="fold_2")


def test_the_manifest_of_a_holdout_is_of_its_rows_its_warm_in_and_the_one_before() -> None:
    data = panel()
    window = Window(date(2011, 12, 1), date(2012, 1, 2))
    sealed = seal(window, data, warm_in_days=3)
    check_rows(sealed, data, fold="holdout")
    for day, moved in [
        (date(2011, 11, 24), False),
        (date(2011, 11, 25), True),
        (date(2011, 11, 30), True),
        (window.start, True),
    ]:
        close = data.close.copy()
        close[data.dates.index(day)] += 1.0
        other = replace(data, close=close)
        assert (seal(window, other, warm_in_days=3) != sealed) == moved
        if moved:
            with pytest.raises(InputError, match="holdout: .* rerun with -R seal_holdout"):
                check_rows(sealed, other, fold="holdout")
    with pytest.raises(InputError, match=r"holdout\.end 2013-01-01 is after the data"):
        seal(window._replace(end=date(2013, 1, 1)), data, warm_in_days=0)


def test_a_window_that_a_manifest_has_not_is_told() -> None:
    with pytest.raises(InputError, match="fold_1: its manifest has no test window"):
        window_of({"fold": "fold_1"}, "test")


def test_the_first_test_manifest_covers_the_rows_of_the_warm_in() -> None:
    data = panel()
    before = cut(STUDY, data)
    start = data.dates.index(date(2011, 1, 3))
    for days, moved in [(WARM_IN + 2, False), (WARM_IN + 1, True), (WARM_IN, True), (2, True)]:
        close = data.close.copy()
        close[start - days] += 1.0
        other = replace(data, close=close)
        assert (("fold_1", "test.json") in changed(before, cut(STUDY, other))) == moved
        if moved:
            with pytest.raises(InputError, match="fold_1: .* rerun with -R cut_folds"):
                check_rows(before["fold_1", "test.json"], other, fold="fold_1")
    with pytest.raises(InputError, match="needs 400 sessions .* start it on 2011-07-18 or later"):
        cut_folds(STUDY, data, warm_in_days=400)
