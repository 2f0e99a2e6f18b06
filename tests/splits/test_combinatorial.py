"""Splits of cross-validation: rows as two other libraries have them, and laws of their own."""

from math import comb

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from skfolio.model_selection import CombinatorialPurgedCV
from sklearn.model_selection import KFold

from walkforge.splits.combinatorial import (
    RobustnessConfig,
    group_rows,
    groups_tested,
    paths_of,
    split_names,
    train_rows,
    without,
)

often = settings(derandomize=True, deadline=None, max_examples=40)


@st.composite
def studies(draw):
    """Give rows, groups, groups tested, purge and embargo that leave something of every group."""
    groups = draw(st.integers(2, 8))
    tested = draw(st.integers(1, groups - 1))
    purge = draw(st.integers(0, 6))
    embargo = draw(st.integers(0, 12))
    size = draw(st.integers(2 * purge + embargo + 2, 60))
    left_over = draw(st.integers(0, min(groups, size) - 1))
    return size * groups + left_over, groups, tested, purge, embargo


def config_of(groups, tested):
    return RobustnessConfig(n_folds=groups, n_test_folds=tested, embargo_days=0)


def rows_of(count, groups, tested, purge, embargo):
    """(train rows, rows of each test block) of every split."""
    blocks = group_rows(count, groups)
    return [
        (
            [row for part in train_rows(blocks, chosen, purge=purge, embargo=embargo)
             for row in part],
            [list(blocks[group]) for group in chosen],
        )
        for chosen in groups_tested(config_of(groups, tested))
    ]  # fmt: skip


@often
@given(studies())
def test_rows_are_those_of_skfolio(study):
    count, groups, tested, purge, embargo = study
    if groups < 3 or tested < 2:
        return  # skfolio has no such splits
    reference = CombinatorialPurgedCV(
        n_folds=groups, n_test_folds=tested, purged_size=purge, embargo_size=embargo
    )
    expected = [
        (train.tolist(), [block.tolist() for block in blocks])
        for train, blocks in reference.split(np.zeros((count, 1)))
    ]
    assert rows_of(*study) == expected


@often
@given(st.integers(2, 8), st.integers(2, 12), st.integers(2, 40))
def test_paths_are_those_of_skfolio(groups, tested, size):
    tested = min(tested, groups - 1)
    if groups < 3 or tested < 2:
        return
    reference = CombinatorialPurgedCV(n_folds=groups, n_test_folds=tested)
    assert list(zip(*reference.recombined_paths.tolist(), strict=True)) == paths_of(
        config_of(groups, tested)
    )
    assert len(paths_of(config_of(groups, tested))) == reference.n_test_paths


@often
@given(st.integers(2, 10), st.integers(1, 40))
def test_one_group_at_a_time_is_k_fold_in_time(groups, size):
    count = groups * size
    expected = [(train.tolist(), [test.tolist()]) for train, test in
                KFold(groups).split(np.zeros(count))]  # fmt: skip
    assert rows_of(count, groups, 1, 0, 0) == expected
    assert paths_of(config_of(groups, 1)) == [tuple(range(groups))]


@often
@given(studies())
def test_no_train_row_is_near_a_test_row(study):
    _, _, _, purge, embargo = study
    for train, blocks in rows_of(*study):
        tested = np.array(sorted(row for block in blocks for row in block))
        after = np.asarray(train)[:, None] - tested
        assert not ((after >= -purge) & (after <= purge + embargo)).any()


@often
@given(studies())
def test_each_row_is_tested_once_in_every_path_and_every_block_is_in_one_path(study):
    count, groups, tested, _, _ = study
    config = config_of(groups, tested)
    splits = groups_tested(config)
    paths = paths_of(config)
    assert len(splits) == len(split_names(config)) == comb(groups, tested)
    assert len(paths) == comb(groups - 1, tested - 1)
    blocks = group_rows(count, groups)
    used = set()
    for path in paths:
        rows = [row for group in range(groups) for row in blocks[group]]
        assert rows == list(range(count))
        assert all(group in splits[split] for group, split in enumerate(path))
        used |= {(split, group) for group, split in enumerate(path)}
    assert used == {(split, group) for split, chosen in enumerate(splits) for group in chosen}
    assert len(used) == len(paths) * groups


def test_a_split_by_hand():
    blocks = group_rows(21, 4)
    assert blocks == [range(5), range(5, 10), range(10, 15), range(15, 21)]
    assert train_rows(blocks, (1,), purge=1, embargo=2) == [range(4), range(13, 21)]
    assert train_rows(blocks, (0, 2), purge=1, embargo=1) == [range(7, 9), range(17, 21)]
    assert paths_of(config_of(4, 2)) == [(0, 0, 1, 2), (1, 3, 3, 4), (2, 4, 5, 5)]


def test_names_sort_as_they_are_numbered():
    assert split_names(config_of(4, 2)) == [f"split_0{number}" for number in range(1, 7)]
    many = split_names(config_of(10, 5))
    assert many == sorted(many)
    assert many[0] == "split_001"


def test_gaps_may_overlap_and_reach_out():
    assert without(range(3, 20), [range(8, 12), range(10, 14), range(18, 30), range(4)]) == [
        range(4, 8), range(14, 18),
    ]  # fmt: skip
    assert without(range(3, 5), [range(10)]) == []


def test_fewer_rows_than_groups_are_refused():
    with pytest.raises(ValueError, match="3 rows do not make 4 groups"):
        group_rows(3, 4)
