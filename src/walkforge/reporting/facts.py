"""Facts that the summary states: symbols and their bars, windows of folds, versions."""

import importlib.metadata
from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

WINDOWS = ("train", "validation", "test")
PACKAGES = (
    "walkforge",
    "snakemake",
    "torch",
    "stable_baselines3",
    "gymnasium",
    "numpy",
    "polars",
    "matplotlib",
)


def bar_spans(bars: pl.DataFrame) -> pl.DataFrame:
    """Return symbol, first_bar and last_bar of a bars frame, sorted by symbol."""
    spans = bars.group_by("symbol").agg(
        pl.col("date").min().alias("first_bar"), pl.col("date").max().alias("last_bar")
    )
    return spans.sort("symbol")


def fold_windows(manifests: Sequence[Mapping[str, Any]]) -> pl.DataFrame:
    """Return fold, then start and end of train, validation and test, from manifests of folds.

    Several manifests of one fold add up; a window that none has is null.
    """
    rows: dict[str, dict[str, Any]] = {}
    for manifest in manifests:
        row = rows.setdefault(manifest["fold"], {"fold": manifest["fold"]})
        for window in WINDOWS:
            for edge, day in manifest.get(window, {}).items():
                row[f"{window}_{edge}"] = day
    columns = ["fold", *(f"{window}_{edge}" for window in WINDOWS for edge in ("start", "end"))]
    schema = dict.fromkeys(columns, pl.String)
    return pl.DataFrame(list(rows.values()), schema=schema)


def package_versions() -> dict[str, str]:
    """Return the installed version of each package that shapes results, without absent ones."""
    found = {}
    for name in PACKAGES:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found
