"""Combinatorial purged cross-validation: which rows each split tests on and trains on, and paths.

Sources: M. Lopez de Prado, Advances in Financial Machine Learning, 2018, chapters 7 and 12. One
group tested at a time is k-fold in time. Rows here are numbered from 0 at the first of the study;
skfolio's CombinatorialPurgedCV and scikit-learn's KFold give the same ones.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Annotated, Any

from walkforge.settings import Bounds


@dataclass(frozen=True, slots=True, kw_only=True)
class RobustnessConfig:
    """Combinatorial purged cross-validation."""

    n_folds: Annotated[
        int, Bounds(at_least=2, at_most=20), "stretches of equal length that the days are cut into"
    ]
    n_test_folds: Annotated[
        int,
        Bounds(at_least=1, at_most=19),
        "stretches that each split tests on; 1 is k-fold in time",
    ]
    embargo_days: Annotated[
        int,
        Bounds(at_least=0, at_most=2_520),
        "sessions left out of train after a test block, beyond the purge",
    ]


def robustness_config(section: Mapping[str, Any]) -> RobustnessConfig:
    """The section's values."""
    return RobustnessConfig(**section)


def groups_tested(config: RobustnessConfig) -> list[tuple[int, ...]]:
    """The groups, from 0, that each of the C(n_folds, n_test_folds) splits tests on."""
    return list(combinations(range(config.n_folds), config.n_test_folds))


def split_names(config: RobustnessConfig) -> list[str]:
    """The names of the splits, in order: split_01 and so on."""
    count = len(groups_tested(config))
    width = max(len(str(count)), 2)
    return [f"split_{number:0{width}d}" for number in range(1, count + 1)]


def paths_of(config: RobustnessConfig) -> list[tuple[int, ...]]:
    """The C(n_folds - 1, n_test_folds - 1) paths: for each group, the split that tests it.

    Path i takes every group from the i-th of the splits that test it, so that each block of each
    split is in one path, and each path is a whole record.
    """
    tested = groups_tested(config)
    testing = [
        [split for split, groups in enumerate(tested) if group in groups]
        for group in range(config.n_folds)
    ]
    return list(zip(*testing, strict=True))


def group_rows(count: int, groups: int) -> list[range]:
    """The rows of each group: equally many, what is left over in the last.

    Raises:
        ValueError: fewer rows than groups.
    """
    size = count // groups
    if size == 0:
        raise ValueError(f"{count} rows do not make {groups} groups: give at least as many")
    stops = [*range(size, size * groups, size), count]
    return [range(start, stop) for start, stop in zip([0, *stops], stops, strict=False)]


def train_rows(
    blocks: Sequence[range], tested: Sequence[int], *, purge: int, embargo: int
) -> list[range]:
    """The stretches of rows that a split trains on, in order.

    Left out are the tested groups, `purge` rows on either side of them, and `embargo` more after:
    what a policy earns reaches past its decision, and what it sees reaches back.

    Args:
        blocks: rows of every group, as group_rows gives them.
        tested: numbers of the groups that are tested on.
        purge, embargo: rows, 0 or more.
    """
    whole = range(blocks[0].start, blocks[-1].stop)
    gaps = [
        range(blocks[group].start - purge, blocks[group].stop + purge + embargo) for group in tested
    ]
    return without(whole, gaps)


def without(rows: range, gaps: Sequence[range]) -> list[range]:
    """What is left of rows without gaps: stretches in order, none of them empty."""
    stretches = []
    start = rows.start
    for gap in sorted(gaps, key=lambda gap: gap.start):
        stretches.append(range(start, min(gap.start, rows.stop)))
        start = max(start, gap.stop)
    stretches.append(range(start, rows.stop))
    return [stretch for stretch in stretches if len(stretch) > 0]
