"""Facts that the summary states: symbols and their bars, windows of folds, versions."""

import importlib.metadata
from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

WINDOWS = ("train", "validation", "test")
_LEFT_OUT = ("symbol", "outcome", "reason")
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
    """Symbol, first_bar and last_bar of a bars frame, sorted by symbol."""
    spans = bars.group_by("symbol").agg(
        pl.col("date").min().alias("first_bar"), pl.col("date").max().alias("last_bar")
    )
    return spans.sort("symbol")


def left_out(
    quality: Mapping[str, Any], bars: pl.DataFrame, features: pl.DataFrame
) -> pl.DataFrame:
    """symbol, what became of it and why: what was dropped, and symbols that are never traded.

    Args:
        quality: see data.quality.quality_of. bars, features: of the study.
    """
    rows = [
        (each["symbol"] or each["file"], "dropped", f"{each['code']}: {each['reason']}")
        for each in quality["dropped"]
    ]
    numbers = [name for name in features.columns if name not in ("date", "symbol")]
    known = features.drop_nulls(numbers).select("date", "symbol", known=True)
    joined = bars.join(known, on=["date", "symbol"], how="left")
    traded = joined.group_by("symbol").agg(
        bars=pl.len(),
        sound=pl.col("tradable").sum(),
        known=pl.col("known").count(),
        both=(pl.col("tradable") & pl.col("known").is_not_null()).sum(),
    )
    never = traded.filter(pl.col("both") == 0).sort("symbol")
    rows += [(each["symbol"], "never traded", _why(each)) for each in never.iter_rows(named=True)]
    return pl.DataFrame(rows, schema=dict.fromkeys(_LEFT_OUT, pl.String), orient="row")


def _why(counts: Mapping[str, Any]) -> str:
    """Why no day of a symbol can be traded."""
    if counts["sound"] == 0:
        return f"none of its {counts['bars']:,} bars can be traded: no volume, or one bar repeated"
    if counts["known"] == 0:
        return f"its {counts['bars']:,} bars are fewer than the features need (features.warm_up)"
    return "no bar that can be traded has all features"


def fold_windows(manifests: Sequence[Mapping[str, Any]]) -> pl.DataFrame:
    """Fold, then start and end of train, validation and test, from manifests of folds.

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
    """The installed version of each package that shapes results, without absent ones."""
    found = {}
    for name in PACKAGES:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found
