"""Picture of the features' health: what scaling leaves missing, far out or constant."""

from collections.abc import Mapping

import polars as pl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from walkforge.reporting.catalogue import Entry
from walkforge.reporting.colours import OKABE_ITO
from walkforge.reporting.encoding import Drawn
from walkforge.reporting.material import Material
from walkforge.reporting.panels import column
from walkforge.reporting.style import figure_style

ENTRY = Entry(
    place="health",
    inputs={
        "health": "features/health.parquet",
        "terms": "features/health.json",
    },
    category="5. Data and features",
    caption=(
        "The share of values that lie beyond 10 training deviations or are missing, by family "
        "of features and window, and how many features are constant somewhere."
    ),
)


def draw(material: Material) -> Drawn:
    """The figure, of what it is made of."""
    families = dict(material.files["terms"]["families"])
    return Drawn(plot_health(material.files["health"], families))


_LOOK = {
    "train": (OKABE_ITO["blue"], "o"),
    "validation": (OKABE_ITO["orange"], "s"),
    "test": (OKABE_ITO["green"], "D"),
}
_SHARES = {
    "saturated": "Values beyond 10 training deviations (%)",
    "missing": "Values that are missing (%)",
}
_ROW_INCHES = 0.42
_FRAME_INCHES = 1.5
_LEAST_AXIS = 0.1  # per cent: less is no difference that a reader should see


def health_by_family(health: pl.DataFrame, families: Mapping[str, str]) -> pl.DataFrame:
    """Family, window, missing, saturated (shares), features and constant (counts).

    Shares are means over the family's features and all folds. constant: the family's features
    that are constant in such a window of some fold.

    Args:
        health: see splits.health.health_of. families: family by feature.
    """
    order = pl.Enum(list(dict.fromkeys(families.values())))
    family = pl.col("feature").replace_strict(families).cast(order).alias("family")
    return (
        health.with_columns(family)
        .group_by("family", "window")
        .agg(
            pl.col("missing", "saturated").mean(),
            features=pl.col("feature").n_unique(),
            constant=pl.col("feature").filter(pl.col("constant")).n_unique(),
        )
        .sort("family", "window")
    )


def plot_health(health: pl.DataFrame, families: Mapping[str, str]) -> Figure:
    """For each family the share of values far out and missing, window by window.

    Takes what `health_by_family` takes. Features that are constant in some window are counted
    beside the family's name.
    """
    known = health_by_family(health, families)
    names = known["family"].unique(maintain_order=True).to_list()
    constant = _constant(health, families)
    labels = [f"{name.replace('_', ' ')}{constant.get(name, '')}" for name in names]
    with figure_style():
        height = _FRAME_INCHES + _ROW_INCHES * len(names)
        figure, panels = column([height] * len(_SHARES), legend_rows=2)
        for axes, (share, title) in zip(panels, _SHARES.items(), strict=True):
            _draw(axes, known, share, names=names)
            axes.set_yticks(range(len(names)), labels)
            axes.set_ylim(len(names) - 0.4, -0.6)
            axes.set_title(title)
        panels[-1].set_xlabel("share of values (%), mean of features and folds")
        handles, texts = panels[0].get_legend_handles_labels()
        figure.legend(handles, texts, loc="outside lower left", ncols=3)
    return figure


def _draw(axes: Axes, known: pl.DataFrame, share: str, *, names: list[str]) -> None:
    for place, (window, (colour, marker)) in enumerate(_LOOK.items()):
        own = known.filter(window=window)
        axes.plot(
            100.0 * own[share].to_numpy(),
            # Equal shares must not hide one another.
            [names.index(name) + 0.22 * (place - 1) for name in own["family"]],
            linestyle="",
            marker=marker,
            markersize=9.0,
            color=colour,
            label=window,
        )
    right = max(axes.get_xlim()[1], _LEAST_AXIS)
    axes.set_xlim(-0.03 * right, right)


def _constant(health: pl.DataFrame, families: Mapping[str, str]) -> dict[str, str]:
    """By family how many of its features are constant in some window, where any is."""
    found: dict[str, int] = {}
    for feature in health.filter("constant")["feature"].unique():
        found[families[feature]] = found.get(families[feature], 0) + 1
    return {family: f"\n({count} constant)" for family, count in found.items()}
