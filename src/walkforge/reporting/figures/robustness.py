"""Picture of robustness: every path's figures, and the walk-forward headline among them."""

from collections.abc import Mapping
from typing import Any

import polars as pl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from walkforge.evaluation.robustness import ALL, RECORD
from walkforge.reporting.catalogue import Entry
from walkforge.reporting.colours import GREY, OKABE_ITO
from walkforge.reporting.encoding import Drawn
from walkforge.reporting.material import Material
from walkforge.reporting.records import EQUAL_WEIGHT, SEED_MEAN
from walkforge.reporting.style import figure_style

ENTRY = Entry(
    place="robustness",
    inputs={
        "paths": "robustness/paths.parquet",
        "figures": "robustness/robustness.json",
    },
    after="cut_splits",
)


def draw(material: Material) -> Drawn:
    """The figure, of what it is made of."""
    figures = material.files["figures"]
    return Drawn(plot_robustness(material.files["paths"], figures), figures["execution"])


_WIDTH_INCHES = 9.0
_ROW_INCHES = 0.9
_FRAME_INCHES = 5.6
_APART = 0.22  # of a row: from the line of the means down to that of the seeds
_PANELS = (
    ("sharpe", "Sharpe ratio, net of costs"),
    ("sharpe_beyond", "Sharpe ratio of returns less equal weight's"),
)


def plot_robustness(paths: pl.DataFrame, figures: Mapping[str, Any]) -> Figure:
    """Return, for each agent, a point for every path, their quartiles, and the headline.

    Args:
        paths, figures: see evaluation.robustness.Robustness.
    """
    agents = list(figures["agents"])
    with figure_style():
        height = _FRAME_INCHES + 2 * _ROW_INCHES * len(agents)
        figure = Figure(figsize=(_WIDTH_INCHES, height), layout="constrained")
        for place, (name, label) in enumerate(_PANELS):
            axes = figure.add_subplot(len(_PANELS), 1, place + 1)
            for row, agent in enumerate(agents):
                _draw_agent(axes, row, paths.filter(agent=agent), figures["agents"][agent], name)
            axes.axvline(0.0, color=GREY, linewidth=1.0)
            market = figures["baselines"][EQUAL_WEIGHT]
            if name == "sharpe" and market is not None:
                axes.axvline(
                    market, color=OKABE_ITO["black"], dashes=(6, 2), label="equal weight, all paths"
                )
            axes.set_yticks(range(len(agents)), agents)
            axes.set_ylim(len(agents) - 0.4, -0.6)
            axes.grid(visible=False, axis="y")
            axes.set_xlabel(f"{label}, annual")
        count = f"{figures['paths']} path{'s' if figures['paths'] > 1 else ''}"
        figure.suptitle(f"Robustness, not evidence: {count} of cross-validation", x=0.01, ha="left")
        handles = {
            label: handle
            for axes in figure.axes
            for handle, label in zip(*axes.get_legend_handles_labels(), strict=True)
        }
        figure.legend(handles.values(), handles.keys(), loc="outside lower left", ncols=1)
    return figure


def _draw_agent(
    axes: Axes, row: int, paths: pl.DataFrame, found: Mapping[str, Any], name: str
) -> None:
    """Draw one agent's row of a panel."""
    means = paths.filter(seed=SEED_MEAN, dates=ALL)[name]
    seeds = paths.filter(pl.col("seed") != SEED_MEAN, dates=ALL)[name]
    same = paths.filter(seed=SEED_MEAN, dates=RECORD)[name]
    spread = found["over_paths"][name]
    headline = found["walk_forward"][name]
    blue = OKABE_ITO["blue"]
    light = OKABE_ITO["sky"]
    if spread["count"] > 1:
        quartiles = spread["lower_quartile"], spread["upper_quartile"]
        axes.hlines(
            row,
            *quartiles,
            color=blue,
            linewidth=9.0,
            alpha=0.35,
            label="the middle half of the paths",
        )
    axes.plot(means, [row] * len(means), "o", color=blue, label="a path, mean of the seeds")
    below = [row + _APART] * len(seeds)
    axes.plot(seeds, below, "|", color=light, markersize=10.0, label="a path, one seed")
    axes.plot(
        same,
        [row - _APART] * len(same),
        "o",
        color=OKABE_ITO["vermillion"],
        markerfacecolor="none",
        label="a path, on the days of the walk-forward record alone",
    )
    if headline is not None:
        axes.plot(
            [headline],
            [row - _APART],
            "D",
            color=OKABE_ITO["vermillion"],
            markersize=9.0,
            label="walk-forward record: the figure that counts",
        )
