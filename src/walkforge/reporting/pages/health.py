"""The page of features' health after scaling: missing, saturated, constant."""

import polars as pl

from walkforge.reporting.catalogue import Entry
from walkforge.reporting.html.render import render_page
from walkforge.reporting.material import Material
from walkforge.reporting.tables import Column, Row, Table, number_cell, text_cell

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
_WINDOWS = ("train", "validation", "test")


def health_html(health: pl.DataFrame) -> str:
    """A self-contained page with one row for each feature, the worst of all folds.

    Args:
        health: see splits.health.health_of.
    """
    worst = health.group_by("feature", "window", maintain_order=True).agg(
        pl.col("missing", "saturated").max()
    )
    shares = {(row["feature"], row["window"]): row for row in worst.iter_rows(named=True)}
    constant = (
        health.filter("constant")
        .group_by("feature")
        .agg(told=pl.format("{} of {}", "window", "fold"))
    )
    told = {row["feature"]: ", ".join(row["told"]) for row in constant.iter_rows(named=True)}
    names = health["feature"].unique(maintain_order=True).to_list()
    kinds = [(kind, window) for kind in ("missing", "saturated") for window in _WINDOWS]
    table = Table(
        caption=f"{len(names)} features, {len(told)} of them constant in some window",
        columns=[
            Column(label="feature", kind="text"),
            *(Column(label=f"{kind}, {window}", kind="number") for kind, window in kinds),
            Column(label="constant", kind="text"),
        ],
        rows=[
            Row(
                cells=[
                    text_cell(name),
                    *(
                        number_cell(shares.get((name, window), {}).get(kind), "{:.2%}".format)
                        for kind, window in kinds
                    ),
                    text_cell(told.get(name, "")),
                ]
            )
            for name in names
        ],
        notes=_NOTES,
    )
    return render_page("one_table.html.j2", title="Health of features", table=table)
