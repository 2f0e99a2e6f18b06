"""Manifests of splits: the rows each reads and no other, and groups that are long enough."""

from dataclasses import replace
from datetime import date
from math import comb

import pytest

from panels import ARRAYS, HALF_YEARS, panel
from walkforge.errors import InputError
from walkforge.splits.combinatorial import RobustnessConfig
from walkforge.splits.manifest import blocks_of, check_rows, train_division
from walkforge.splits.split_manifest import GROUPS, cut_splits
from walkforge.splits.windows import Split, Window

STUDY = replace(HALF_YEARS, start=date(2010, 2, 1))
FOUR = RobustnessConfig(n_folds=4, n_test_folds=2, embargo_days=7)


WARM_IN = 15


def cut(data, robustness=FOUR):
    return cut_splits(STUDY, robustness, data, warm_in_days=WARM_IN)


def days(window, data):
    return [day for day in data.dates if window.start <= day < window.end]


def test_every_split_has_its_two_manifests_and_all_blocks_one():
    found = cut(panel())
    names = [f"split_0{number}" for number in range(1, comb(4, 2) + 1)]
    files = {(name, file) for name in names for file in ("manifest.json", "test.json")}
    assert set(found) == files | {(GROUPS, "test.json")}
    for (name, _), manifest in found.items():
        check_rows(manifest, panel(), fold=name)
    assert all(len(str(manifest)) < 1_000 for manifest in found.values())


def test_blocks_are_contiguous_from_start_to_end_and_equally_long():
    data = panel()
    blocks = blocks_of(cut(data)[GROUPS, "test.json"])
    assert list(blocks) == [1, 2, 3, 4]
    assert blocks[1].start == STUDY.start
    assert blocks[4].end == STUDY.end
    assert [blocks[n].end for n in (1, 2, 3)] == [blocks[n].start for n in (2, 3, 4)]
    lengths = [len(days(block, data)) for block in blocks.values()]
    assert sum(lengths) == len(days(Window(STUDY.start, STUDY.end), data))
    assert len(set(lengths[:3])) == 1
    assert 0 <= lengths[3] - lengths[0] < 4


def test_a_split_trains_on_two_stretches_around_what_it_tests():
    data = panel()
    found = cut(data)
    second = found["split_02", "manifest.json"]  # tests on groups 1 and 3
    split = train_division(second)
    tested = blocks_of(found["split_02", "test.json"])
    assert isinstance(split, Split)
    assert list(tested) == [1, 3]
    (gap,) = split.left_out
    at = data.dates.index
    assert at(split.train.start) == at(tested[1].end) + 3 + 7
    assert at(gap.start) == at(tested[3].start) - 3
    assert at(gap.end) == at(tested[3].end) + 3 + 7
    assert split.train.end == STUDY.end
    assert second["rows"] == len(days(split.train, data)) - len(days(gap, data))


@pytest.mark.parametrize("name", ARRAYS)
def test_one_changed_row_changes_exactly_the_splits_that_read_it(name):
    data = panel()
    before = cut(data)
    blocks = blocks_of(before[GROUPS, "test.json"])
    row = data.dates.index(blocks[2].start) + 40  # in the middle of group 2
    values = getattr(data, name).copy()
    values[row, 1] = ~values[row, 1] if values.dtype == bool else values[row, 1] + 1.0
    after = cut(replace(data, **{name: values}))
    changed = {key for key in before if before[key] != after[key]}
    with_two = {"split_01", "split_04", "split_05", GROUPS}  # 1 2, 2 3, 2 4
    without_two = {"split_02", "split_03", "split_06"}  # 1 3, 1 4, 3 4
    assert changed == {(each, "test.json") for each in with_two} | {
        (each, "manifest.json") for each in without_two
    }


def test_a_purged_or_embargoed_row_is_trained_on_by_no_split_that_tests_beside_it():
    data = panel()
    before = cut(data)
    blocks = blocks_of(before[GROUPS, "test.json"])
    for shift, tested in ((-1, 2), (-3, 2), (9, 1)):  # beside the border of groups 1 and 2
        close = data.close.copy()
        close[data.dates.index(blocks[2].start) + shift] += 1.0
        after = cut(replace(data, close=close))
        for key, manifest in before.items():
            if key[1] == "test.json" and tested in blocks_of(manifest) and key[0] != GROUPS:
                assert after[key[0], "manifest.json"] == before[key[0], "manifest.json"]


def test_nothing_after_the_end_is_read_and_an_appended_bar_changes_nothing():
    short = panel(530)
    long = panel(540)
    cut_off = {name: getattr(long, name)[: len(short.dates)] for name in ARRAYS}
    assert cut(replace(short, **cut_off)) == cut(long)


def test_rows_that_differ_name_the_rule_that_cuts_splits():
    data = panel()
    found = cut(data)
    close = data.close.copy()
    close[data.dates.index(date(2010, 3, 1))] += 1.0
    for manifest in (found["split_06", "manifest.json"], found[GROUPS, "test.json"]):
        with pytest.raises(InputError, match="rerun with -R cut_splits"):
            check_rows(manifest, replace(data, close=close), fold=manifest["fold"])


def test_groups_that_are_too_short_are_refused():
    with pytest.raises(InputError, match=r"robustness\.n_folds 7: group 1 has 71 sessions.* lower"):
        cut(panel(), replace(FOUR, n_folds=7))
    with pytest.raises(InputError, match=r"60 must be left without 46 of purge and embargo"):
        cut(panel(), replace(FOUR, n_folds=5, embargo_days=40))
    data = panel()
    tradable = data.tradable.copy()
    tradable[:80] = False
    with pytest.raises(InputError, match="group 1 has 66 sessions"):
        cut(replace(data, tradable=tradable))
    few = replace(STUDY, start=date(2011, 12, 20))
    with pytest.raises(InputError, match="group 1 has 0 sessions"):
        cut_splits(few, replace(FOUR, n_folds=20), panel(), warm_in_days=WARM_IN)


def test_a_first_group_without_sessions_before_it_is_scored_from_the_end_of_its_warm_in():
    early = replace(STUDY, start=date(2010, 1, 4))
    data = panel()
    whole = cut(data)[GROUPS, "test.json"]["blocks"]
    assert [block["unscored"] for block in whole] == [0] * 4
    found = cut_splits(early, FOUR, data, warm_in_days=WARM_IN)
    manifest = found[GROUPS, "test.json"]
    assert [block["unscored"] for block in manifest["blocks"]] == [WARM_IN, 0, 0, 0]
    assert blocks_of(manifest)[1].start == data.dates[WARM_IN + 1]
    check_rows(manifest, data, fold=GROUPS)
    # What cannot be traded is no room.
    tradable = data.tradable.copy()
    tradable[:30] = False
    late = cut_splits(early, FOUR, replace(data, tradable=tradable), warm_in_days=WARM_IN)
    assert late[GROUPS, "test.json"]["blocks"][0]["unscored"] == 30 + WARM_IN
    with pytest.raises(InputError, match="group 1 ends before its warm-in does"):
        cut_splits(early, FOUR, data, warm_in_days=200)


@pytest.mark.parametrize(("back", "read"), [(WARM_IN, True), (WARM_IN + 1, True), (17, False)])
def test_a_block_reads_the_rows_of_its_warm_in_and_none_before(back, read):
    data = panel()
    before = cut(data)
    close = data.close.copy()
    close[data.dates.index(blocks_of(before[GROUPS, "test.json"])[3].start) - back] += 1.0
    after = cut(replace(data, close=close))
    third = ("split_06", "test.json")  # tests on groups 3 and 4
    assert (before[third] != after[third]) == read


def test_dates_outside_the_data_are_errors():
    with pytest.raises(InputError, match=r"splits\.end 2012-01-01 is after the data"):
        cut(panel(400))
