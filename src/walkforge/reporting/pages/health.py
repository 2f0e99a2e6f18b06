"""The page of features' health after scaling: missing, saturated, constant."""

import polars as pl

from walkforge.reporting.catalogue import Entry
from walkforge.reporting.html.render import render_page
from walkforge.reporting.material import Material
from walkforge.reporting.tables import Column, make_table

ENTRY = Entry(
    place="features/health",
    inputs={
        "health": "features/health.parquet",
    },
    category="5. Data and features",
    caption=(
        "What each fold's scaling makes of the features: missing, saturated and constant values."
    ),
)


def write(material: Material) -> str:
    """The page, of what it is made of."""
    return health_html(material.files["health"])


_NOTES = (
    "missing: share of a symbol's dates, from its first features to its last, without a value. "
    "saturated: share of values beyond 10 training standard deviations, where the scaler clips. "
    "Both are the largest of all folds; flags are not scaled.",
    "constant: windows in which all values are the same. Such a feature tells nothing there.",
)
_KINDS = ("missing", "saturated")
_WINDOWS = ("train", "validation", "test")


def health_html(health: pl.DataFrame) -> str:
    """A self-contained page with one row for each feature, the worst of all folds.

    Args:
        health: see splits.health.health_of.
    """
    worst = health.group_by("feature", maintain_order=True).agg(
        pl.col(kind).filter(pl.col("window") == window).max().alias(f"{kind}_{window}")
        for kind in _KINDS
        for window in _WINDOWS
    )
    constant = (
        health.filter("constant")
        .group_by("feature")
        .agg(told=pl.format("{} of {}", "window", "fold"))
    )
    told = {row["feature"]: ", ".join(row["told"]) for row in constant.iter_rows(named=True)}
    columns = (
        Column("feature", "text", "feature"),
        *(
            Column(f"{kind}, {window}", "number", f"{kind}_{window}", ".2%")
            for kind in _KINDS
            for window in _WINDOWS
        ),
        Column("constant", "text", lambda row: told.get(row["feature"], "")),
    )
    caption = f"{worst.height} features, {len(told)} of them constant in some window"
    table = make_table(caption, columns, rows=worst, notes=_NOTES)
    return render_page("one_table.html.j2", title="Health of features", table=table)
