"""Manifests of folds: which rows a fold may read, and the hash of exactly those rows."""

import hashlib
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import numpy as np

from walkforge.errors import InputError
from walkforge.features.panel import Panel
from walkforge.splits.combinatorial import without
from walkforge.splits.windows import (
    FIRST,
    Fold,
    Split,
    SplitsConfig,
    Window,
    check_dates,
    check_inside,
    plan_folds,
    warm_rows,
    window_from,
)

SCHEMA_VERSION = 1
LEAST_TRAIN_ROWS = 60
WINDOWS = ("train", "validation", "test")
TRAIN_FILE = "manifest.json"
TEST_FILE = "test.json"
LEFT_OUT = "left_out"
BLOCKS = "blocks"  # of splits: dates inside train, and what is tested on
HOLDOUT = "holdout"
WARM_IN = "warm_in"
WARM_IN_DAYS = "warm_in_days"
UNSCORED = "unscored"  # of blocks: before each, and inside one


def cut_folds(
    config: SplitsConfig, panel: Panel, *, warm_in_days: int
) -> dict[tuple[str, str], dict[str, Any]]:
    """Manifests by (fold, file name): manifest.json and, where scored, test.json.

    Args:
        config: of the folds. panel: what they are cut from.
        warm_in_days: sessions before the first test window that its record reads too.

    Raises:
        InputError: dates outside the data, or a window with too few rows in it or before it.
    """
    check_dates(config, panel.dates)
    digests = row_digests(panel)
    manifests = {}
    for planned in plan_folds(config):
        fold = purge(planned, panel.dates, sessions=config.purge_days)
        manifests[fold.name, TRAIN_FILE] = train_manifest(fold, panel, digests)
        if fold.test is not None:
            days = warm_in_days if fold.name == FIRST else 0
            manifests[fold.name, TEST_FILE] = score_manifest(
                fold, panel, digests, warm_in_days=days
            )
    return manifests


def purge(fold: Fold, dates: Sequence[date], *, sessions: int) -> Fold:
    """The fold with the last sessions of train and validation left out before what follows.

    The live fold's validation is followed by nothing and stays whole.
    """
    train = _without_last(fold.train, dates, sessions)
    if fold.test is None:
        return fold._replace(train=train)
    return fold._replace(train=train, validation=_without_last(fold.validation, dates, sessions))


def _without_last(window: Window, dates: Sequence[date], sessions: int) -> Window:
    """The window ending `sessions` sessions earlier."""
    stop = bisect_left(dates, window.end)
    first = bisect_left(dates, window.start)
    cut = max(stop - sessions, first)
    return window._replace(end=dates[cut] if cut < stop else window.end)


def row_digests(panel: Panel) -> list[bytes]:
    """One SHA-256 per date over everything a fold reads of that row; cost is linear."""
    header = _header(panel)
    return [_row_digest(panel, row, header) for row in range(len(panel.dates))]


def _header(panel: Panel) -> bytes:
    """The names that every row's hash includes."""
    return repr((panel.symbols, panel.feature_names, panel.kinds)).encode()


def _row_digest(panel: Panel, row: int, header: bytes) -> bytes:
    """The SHA-256 of one date: names, features, prices and masks."""
    digest = hashlib.sha256(header + panel.dates[row].isoformat().encode())
    arrays = (
        panel.features, panel.open, panel.close, panel.daily_value, panel.volatility,
        panel.momentum, panel.tradable, panel.delisted, panel.cut,
    )  # fmt: skip
    for array in arrays:
        digest.update(np.ascontiguousarray(array[row]).data)
    return digest.digest()


def train_manifest(fold: Fold, panel: Panel, digests: Sequence[bytes]) -> dict[str, Any]:
    """What training may read: purged train and validation windows and their hash.

    Raises:
        InputError: the train window has too few rows with a tradable symbol.
    """
    train = rows_in(fold.train, panel.dates)
    usable = int(panel.tradable[train.start : train.stop].any(axis=1).sum())
    if usable < LEAST_TRAIN_ROWS:
        raise InputError(
            f"{fold.name}: train window {fold.train.start} to {fold.train.end} has {usable} rows "
            f"with complete features, {LEAST_TRAIN_ROWS} are needed: start later, lengthen train, "
            "or lower features.warm_up"
        )
    validation = rows_in(fold.validation, panel.dates)
    if len(validation) == 0:
        raise InputError(
            f"{fold.name}: purge leaves no session of validation: "
            "lower splits.purge_days or lengthen splits.validation_months"
        )
    rows = [*train, *validation]
    spans = {"train": span_of(fold.train), "validation": span_of(fold.validation)}
    return manifest_of_rows(fold.name, spans, rows, digests)


def score_manifest(
    fold: Fold, panel: Panel, digests: Sequence[bytes], *, warm_in_days: int = 0
) -> dict[str, Any]:
    """What evaluation may read: the test window, its warm-in, and the hash of their rows.

    The last row before them counts too: the first fill is decided at its close.
    """
    if fold.test is None:
        raise ValueError(f"fold {fold.name} has no test window")
    rows = rows_in(fold.test, panel.dates)
    if len(rows) < 2:
        raise InputError(f"{fold.name}: test window {fold.test} holds {len(rows)} sessions")
    warm = warm_rows(rows, panel.dates, sessions=warm_in_days)
    spans = {"test": span_of(fold.test)}
    if warm:
        spans[WARM_IN] = span_of(Window(panel.dates[warm.start], fold.test.start))
    return manifest_of_rows(fold.name, spans, [rows.start - len(warm) - 1, *warm, *rows], digests)


def seal(window: Window, panel: Panel, *, warm_in_days: int) -> dict[str, Any]:
    """The manifest of the hold-out: its window, its warm-in and the hash of their rows.

    Raises:
        InputError: dates outside the data, fewer than two sessions, or too few before them.
    """
    check_inside(window, panel.dates, section=HOLDOUT)
    fold = Fold(HOLDOUT, window, window, window)
    digests = row_digests(panel)
    return score_manifest(fold, panel, digests, warm_in_days=warm_in_days)


def manifest_of_rows(
    name: str, spans: Mapping[str, Any], rows: Sequence[int], digests: Sequence[bytes]
) -> dict[str, Any]:
    """A manifest of named spans, number of rows, and one hash over the rows' hashes."""
    digest = hashlib.sha256(b"".join(digests[row] for row in rows)).hexdigest()
    return {"schema_version": SCHEMA_VERSION, "fold": name, **spans, "rows": len(rows),
            "rows_sha256": digest}  # fmt: skip


def span_of(window: Window) -> dict[str, str]:
    """A window as a manifest writes it."""
    return {"start": window.start.isoformat(), "end": window.end.isoformat()}


def check_rows(manifest: Mapping[str, Any], panel: Panel, *, fold: str) -> None:
    """Raise unless a manifest is a fold's, and the panel's rows those it was written for.

    Raises:
        InputError: names the fold and the rule that rebuilds its manifest.
    """
    if manifest["fold"] != fold:
        raise InputError(
            f"{fold}: was given the manifest of {manifest['fold']}, as happens where files of the "
            f"folds are missing: rerun with --forcerun {_cut_by(manifest)}"
        )
    rows = rows_of(manifest, panel.dates)
    header = _header(panel)
    digest = hashlib.sha256(b"".join(_row_digest(panel, row, header) for row in rows)).hexdigest()
    if digest != manifest["rows_sha256"] or len(rows) != manifest["rows"]:
        raise InputError(
            f"{manifest['fold']}: the rows of its windows are not those of its manifest: "
            f"rerun with -R {_cut_by(manifest)}"
        )


def _cut_by(manifest: Mapping[str, Any]) -> str:
    """The rule that writes a manifest."""
    if BLOCKS in manifest or LEFT_OUT in manifest:
        return "cut_splits"
    return "seal_holdout" if manifest["fold"] == HOLDOUT else "cut_folds"


def window_of(manifest: Mapping[str, Any], name: str) -> Window:
    """One window of a manifest.

    Raises:
        InputError: it has no such window.
    """
    if name not in manifest:
        raise InputError(
            f"{manifest['fold']}: its manifest has no {name} window: "
            "rerun with --forcerun cut_folds"
        )
    return window_from(manifest[name])


def blocks_of(manifest: Mapping[str, Any]) -> dict[int, Window]:
    """The test blocks of a split's manifest, by the number of their group."""
    return {int(block["group"]): window_from(block) for block in manifest[BLOCKS]}


def train_fold(manifest: Mapping[str, Any]) -> Fold:
    """The fold that a train manifest describes; its test window is not in it."""
    train = window_of(manifest, "train")
    validation = window_of(manifest, "validation")
    return Fold(manifest["fold"], train, validation, None)


def train_division(manifest: Mapping[str, Any]) -> Fold | Split:
    """The fold or split that a train manifest describes; what it tests on is not in it."""
    if LEFT_OUT not in manifest:
        return train_fold(manifest)
    left_out = tuple(map(window_from, manifest[LEFT_OUT]))
    return Split(manifest["fold"], window_of(manifest, "train"), left_out)


def rows_of(manifest: Mapping[str, Any], dates: Sequence[date]) -> list[int]:
    """The rows that a manifest's hash is of; before what is tested on, the last one too."""
    if BLOCKS in manifest:
        blocks = blocks_of(manifest).values()
        lead = int(manifest[WARM_IN_DAYS]) + 1
        read = [rows_in(block, dates) for block in blocks]
        return [row for rows in read for row in range(rows.start - lead, rows.stop)]
    windows = [window_of(manifest, name) for name in WINDOWS if name in manifest]
    gaps = [rows_in(window_from(span), dates) for span in manifest.get(LEFT_OUT, ())]
    rows = [row for window in windows for part in without(rows_in(window, dates), gaps)
            for row in part]  # fmt: skip
    if "test" not in manifest:
        return rows
    warm = rows_in(window_from(manifest[WARM_IN]), dates) if WARM_IN in manifest else ()
    return [rows[0] - len(warm) - 1, *warm, *rows]


def rows_in(window: Window, dates: Sequence[date]) -> range:
    """The row numbers of the dates inside a window."""
    return range(bisect_left(dates, window.start), bisect_left(dates, window.end))
