"""Manifests of the splits of cross-validation: the rows each may read, and their hash."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from walkforge.errors import InputError
from walkforge.features.panel import Panel
from walkforge.splits.combinatorial import (
    RobustnessConfig,
    group_rows,
    groups_tested,
    split_names,
    train_rows,
)
from walkforge.splits.manifest import (
    BLOCKS,
    LEAST_TRAIN_ROWS,
    LEFT_OUT,
    TEST_FILE,
    TRAIN_FILE,
    UNSCORED,
    WARM_IN_DAYS,
    manifest_of_rows,
    row_digests,
    rows_in,
    span_of,
)
from walkforge.splits.windows import SplitsConfig, Window, check_dates

GROUPS = "groups"  # stands where a fold's name does, in the manifest of all blocks


def cut_splits(
    config: SplitsConfig, robustness: RobustnessConfig, panel: Panel, *, warm_in_days: int
) -> dict[tuple[str, str], dict[str, Any]]:
    """Manifests by (split, file name), and that of all blocks as (GROUPS, test.json).

    Args:
        config, robustness: of the splits. panel: what they are cut from.
        warm_in_days: unscored sessions before each block, through which its account is rolled.

    Raises:
        InputError: dates outside the data, or groups that are too short.
    """
    check_dates(config, panel.dates)
    rows = rows_in(Window(config.start, config.end), panel.dates)
    blocks = _blocks(rows, robustness)
    check_groups(blocks, config, robustness, panel)
    cut = _Cut(panel, config, blocks, warm_in_days=warm_in_days)
    manifests = {(GROUPS, TEST_FILE): cut.test(GROUPS, range(robustness.n_folds))}
    names = split_names(robustness)
    for name, tested in zip(names, groups_tested(robustness), strict=True):
        stretches = train_rows(
            blocks, tested, purge=config.purge_days, embargo=robustness.embargo_days
        )
        manifests[name, TRAIN_FILE] = cut.train(name, stretches)
        manifests[name, TEST_FILE] = cut.test(name, tested)
    return manifests


def _blocks(rows: range, robustness: RobustnessConfig) -> list[range]:
    """The rows of every group; none where there are fewer rows than groups."""
    if len(rows) < robustness.n_folds:
        return [rows[:0]] * robustness.n_folds
    return [rows[group.start : group.stop] for group in group_rows(len(rows), robustness.n_folds)]


def check_groups(
    blocks: Sequence[range], config: SplitsConfig, robustness: RobustnessConfig, panel: Panel
) -> None:
    """Raise unless something can be trained on between any two test blocks.

    Raises:
        InputError: names the first group that is too short, and what it takes.
    """
    gap = 2 * config.purge_days + robustness.embargo_days
    for number, block in enumerate(blocks, start=1):
        usable = int(panel.tradable[block.start : block.stop].any(axis=1).sum())
        if usable - gap < LEAST_TRAIN_ROWS:
            raise InputError(
                f"robustness.n_folds {robustness.n_folds}: group {number} has {usable} sessions "
                f"with complete features, and {LEAST_TRAIN_ROWS} must be left without {gap} of "
                "purge and embargo: lower n_folds or embargo_days, or start later"
            )


def scored_rows(blocks: Sequence[range], panel: Panel, *, warm_in_days: int) -> list[range]:
    """Rows of every group that are scored: all, but for what the first lacks before it.

    The first account can be filled a session after the first on which a symbol can be traded; its
    warm-in begins there where the group begins too early.

    Raises:
        InputError: nothing of the first group is left.
    """
    earliest = int(panel.tradable.any(axis=1).argmax()) + 1 + warm_in_days
    first = range(max(blocks[0].start, earliest), blocks[0].stop)
    if len(first) == 0:
        raise InputError(
            f"evaluation.warm_in_days {warm_in_days}: group 1 ends before its warm-in does, on "
            f"{panel.dates[blocks[0].stop - 1]}: lower it or robustness.n_folds, or start later"
        )
    return [first, *blocks[1:]]


class _Cut:
    """What every manifest of one study is made from."""

    def __init__(
        self, panel: Panel, config: SplitsConfig, blocks: Sequence[range], *, warm_in_days: int
    ) -> None:
        self.panel = panel
        self.config = config
        self.blocks = blocks
        self.warm_in_days = warm_in_days
        self.scored = scored_rows(blocks, panel, warm_in_days=warm_in_days)
        self.digests = row_digests(panel)

    def window(self, rows: range) -> Window:
        """The window of some rows; the last ends where the study does."""
        dates = self.panel.dates
        stop = self.blocks[-1].stop
        return Window(dates[rows.start], self.config.end if rows.stop == stop else dates[rows.stop])

    def train(self, name: str, stretches: Sequence[range]) -> dict[str, Any]:
        """What a split trains on: one span, what is left out of it, and the rows' hash."""
        whole = range(stretches[0].start, stretches[-1].stop)
        gaps = [range(a.stop, b.start) for a, b in pairwise(stretches)]
        left_out = [span_of(self.window(gap)) for gap in gaps]
        spans = {"train": span_of(self.window(whole)), LEFT_OUT: left_out}
        rows = [row for stretch in stretches for row in stretch]
        return manifest_of_rows(name, spans, rows, self.digests)

    def test(self, name: str, tested: Sequence[int]) -> dict[str, Any]:
        """What is tested on: blocks, by number from 1, and the hash of what their accounts read.

        unscored: sessions of a group that its warm-in takes.
        """
        blocks: list[Mapping[str, Any]] = [
            {
                "group": group + 1,
                **span_of(self.window(self.scored[group])),
                UNSCORED: self.scored[group].start - self.blocks[group].start,
            }
            for group in tested
        ]
        lead = self.warm_in_days + 1
        rows = [
            row
            for group in tested
            for row in range(self.scored[group].start - lead, self.scored[group].stop)
        ]
        spans = {BLOCKS: blocks, WARM_IN_DAYS: self.warm_in_days}
        return manifest_of_rows(name, spans, rows, self.digests)
