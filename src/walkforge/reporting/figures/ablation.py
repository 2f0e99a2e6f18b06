"""Picture of the ablation: what leaving out each family of features changes."""

from collections.abc import Mapping
from typing import Any

import polars as pl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from walkforge.reporting.ablation_text import label_of
from walkforge.reporting.catalogue import Entry
from walkforge.reporting.colours import GREY, OKABE_ITO
from walkforge.reporting.encoding import Drawn
from walkforge.reporting.material import Material
from walkforge.reporting.records import SEED_MEAN
from walkforge.reporting.style import figure_style

ENTRY = Entry(
    place="ablation",
    inputs={
        "frame": "ablation/ablation.parquet",
        "found": "ablation/ablation.json",
    },
)


def draw(material: Material) -> Drawn:
    """The figure, of what it is made of."""
    found = material.files["found"]
    return Drawn(plot_ablation(material.files["frame"], found), found["execution"])


_WIDTH_INCHES = 9.0
_ROW_INCHES = 0.45
_FRAME_INCHES = 3.4
_LABEL_SIZE = 13.0


def plot_ablation(frame: pl.DataFrame, found: Mapping[str, Any]) -> Figure:
    """A point and two intervals for each variant, and a mark for each of its seeds.

    Args:
        frame, found: see evaluation.ablation.
    """
    variants = frame.filter(pl.col("change") != "all")
    means = variants.filter(seed=SEED_MEAN).rows(named=True)
    places = {row["agent"]: place for place, row in enumerate(means)}
    whole = frame.filter(change="all").row(0, named=True)
    with figure_style():
        height = _FRAME_INCHES + _ROW_INCHES * max(len(means), 1)
        figure = Figure(figsize=(_WIDTH_INCHES, height), layout="constrained")
        axes = figure.add_subplot()
        _draw_means(axes, means, found)
        seeds = variants.filter(pl.col("seed") != SEED_MEAN)
        axes.plot(
            seeds["difference"].to_numpy(),
            [places[name] + 0.24 for name in seeds["agent"]],
            "D",
            color=GREY,
            markerfacecolor="none",
            markersize=5.0,
            label="each seed less the same seed with all features",
        )
        axes.axvline(0.0, color=GREY, linewidth=1.0)
        axes.set_yticks(range(len(means)), [label_of(row) for row in means], fontsize=_LABEL_SIZE)
        axes.set_ylim(max(len(means), 1) - 0.4, -0.6)
        axes.grid(visible=False, axis="y")
        axes.set_title(f"Parts of the features of {found['agent']}")
        axes.set_xlabel(f"annual Sharpe ratio, net, less that with {label_of(whole)}")
        figure.legend(loc="outside lower left", ncols=1)
    return figure


def _draw_means(axes: Axes, means: list[dict[str, Any]], found: Mapping[str, Any]) -> None:
    """Draw the difference of each mean over seeds with its intervals, what counts in red."""
    share = f"{100.0 * found['confidence']:.0f} %"
    count = found["comparisons"]
    kinds = (
        (OKABE_ITO["blue"], False, "difference"),
        (OKABE_ITO["vermillion"], True, "distinguishable difference"),
    )
    for colour, told, label in kinds:
        own = [(at, row) for at, row in enumerate(means) if row["distinguishable"] is told]
        if own:
            rows = [at for at, _ in own]
            for ends, width in ((("low", "high"), 2.0), (("low_alone", "high_alone"), 5.0)):
                low, high = ([row[end] for _, row in own] for end in ends)
                axes.hlines(rows, low, high, color=colour, linewidth=width)
            said = f"{label}; {share} interval alone (thick), of all {count} at once (thin)"
            points = [row["difference"] for _, row in own]
            axes.plot(points, rows, "o", color=colour, markersize=8.0, label=said)
