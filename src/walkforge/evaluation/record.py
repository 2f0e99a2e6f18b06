"""The record of a seed or of a baseline as files: a folder for each fold, and the warm-in's."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import polars as pl

from walkforge.features.panel import Panel
from walkforge.market.rollout import Rolled
from walkforge.provenance import read_json
from walkforge.splits.manifest import WARM_IN, check_rows, window_of
from walkforge.splits.windows import Window


def test_windows(manifests: Iterable[Path], panel: Panel) -> dict[str, Window]:
    """Return the test windows of .../{fold}/test.json, in order of time.

    Raises:
        InputError: a manifest is of other rows than the panel's.
    """
    windows = {}
    for path in manifests:
        manifest, fold = read_json(path), path.parent.name
        check_rows(manifest, panel, fold=fold)
        windows[fold] = window_of(manifest, "test")
    return dict(sorted(windows.items(), key=lambda each: each[1]))


def record_frames(rolled: Rolled, folds: Sequence[str]) -> dict[tuple[str, str], pl.DataFrame]:
    """Return the frames of a record by fold and name: daily, weights, ledger.

    Args:
        rolled: through contiguous windows. folds: their names, in order; the warm-in has its own.
    """
    (warm_in,) = rolled.warm_ins
    parts = dict(zip([WARM_IN, *folds], [warm_in, *rolled.windows], strict=True))
    return {
        (fold, name): frame
        for fold, rollout in parts.items()
        for name, frame in rollout._asdict().items()
    }


def joined(dailies: Mapping[str, pl.DataFrame], folds: Sequence[str]) -> pl.DataFrame:
    """Return the daily frames of a warm-in and of folds as one, in order."""
    return pl.concat([dailies[fold] for fold in [WARM_IN, *folds]])
