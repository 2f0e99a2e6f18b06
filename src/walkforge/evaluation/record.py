"""The record of a seed or of a baseline as files: a folder for each fold, and the warm-in's."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import polars as pl

from walkforge.evaluation.stitch import is_agents
from walkforge.features.panel import Panel
from walkforge.frames import parquet_content, read_frame
from walkforge.market.closing import Closing, closing_content
from walkforge.market.market import Market
from walkforge.market.rollout import Rolled
from walkforge.provenance import Content, read_json
from walkforge.splits.manifest import WARM_IN, check_rows, window_of
from walkforge.splits.windows import Window

Frames = Mapping[tuple[str, str], pl.DataFrame]  # by fold (or warm-in) and name of the frame


def test_windows(manifests: Iterable[Path], panel: Panel) -> dict[str, Window]:
    """The test windows of .../{fold}/test.json, in order of time.

    Raises:
        InputError: a manifest is of other rows than the panel's.
    """
    windows = {}
    for path in manifests:
        manifest = read_json(path)
        fold = path.parent.name
        check_rows(manifest, panel, fold=fold)
        windows[fold] = window_of(manifest, "test")
    return dict(sorted(windows.items(), key=lambda each: each[1]))


def record_frames(rolled: Rolled, folds: Sequence[str]) -> dict[tuple[str, str], pl.DataFrame]:
    """The frames of a record by fold and name: daily, weights, ledger.

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


def record_contents(
    rolled: Rolled, folds: Sequence[str], paths: Iterable[Path]
) -> dict[Path, Content]:
    """What goes to .../{fold}/{frame}.parquet, .../{fold}/seed_{seed}/ or .../{fold}/consensus/.

    Args:
        rolled, folds: see record_frames. paths: of its frames.
    """
    frames = record_frames(rolled, folds)
    return {path: parquet_content(frames[fold_of(path), path.stem]) for path in paths}


def fold_of(path: Path) -> str:
    """The fold, or the warm-in, whose folder a frame of a record lies in."""
    folder = path.parent
    return folder.parent.name if is_agents(folder.name) else folder.name


def read_dailies(paths: Iterable[Path]) -> list[pl.DataFrame]:
    """The daily frames of each seed as one, the warm-in's and all folds', in order."""
    parts: dict[str, list[pl.DataFrame]] = {}
    for path in paths:
        parts.setdefault(path.parent.name, []).append(read_frame(path))
    return [pl.concat(frames).sort("date") for frames in parts.values()]


def closing_of(rolled: Rolled, market: Market) -> bytes:
    """The account at the end of a record, as a file."""
    day = rolled.windows[-1].daily["date"][-1]
    return closing_content(Closing(day, rolled.closing), market)
