"""Picture of the evidence: every strategy's Sharpe ratio with its interval."""

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from walkforge.evaluation.series import is_matched
from walkforge.reporting.catalogue import Entry
from walkforge.reporting.colours import GREY, OKABE_ITO
from walkforge.reporting.encoding import Drawn
from walkforge.reporting.material import Material
from walkforge.reporting.style import figure_style

ENTRY = Entry(
    place="sharpe",
    inputs={
        "verdict": "evaluation/verdict.json",
        "strategies": "evaluation/strategies.parquet",
    },
    category="2. Evaluation",
    caption=(
        "Sharpe ratio of every strategy over the test windows, net of costs, with its "
        "bootstrap interval, and the mean ratio of random policies matched to each agent."
    ),
)


def draw(material: Material) -> Drawn:
    """The figure, of what it is made of."""
    verdict = material.files["verdict"]
    figure = plot_intervals(material.files["strategies"], verdict)
    return Drawn(figure, verdict["execution"])


_WIDTH_INCHES = 9.0
_ROW_INCHES = 0.34
_FRAME_INCHES = 2.6
_LABEL_SIZE = 13.0


def plot_intervals(strategies: pl.DataFrame, verdict: Mapping[str, Any]) -> Figure:
    """A point and an interval for each strategy that has a Sharpe ratio, best first.

    Beside an agent stands the mean ratio of its random policies, where they trade as it does.

    Args:
        strategies, verdict: see evaluation.assess.Evidence.
    """
    known = strategies.filter(pl.col("sharpe").is_finite())
    rows = known.sort(pl.col("sharpe"), "strategy", descending=[True, False]).rows(named=True)
    with figure_style():
        height = _FRAME_INCHES + _ROW_INCHES * max(len(rows), 1)
        figure = Figure(figsize=(_WIDTH_INCHES, height), layout="constrained")
        axes = figure.add_subplot()
        kinds = (("agent", OKABE_ITO["blue"], 4.0), ("baseline", GREY, 2.0))
        for kind, colour, width in kinds:
            own = [(place, row) for place, row in enumerate(rows) if row["kind"] == kind]
            places = [place for place, _ in own]
            low, high = ([row[side] for _, row in own] for side in ("low", "high"))
            label = f"{kind}: ratio and {100.0 * verdict['confidence']:.0f} % interval"
            axes.hlines(places, low, high, color=colour, linewidth=width)
            axes.plot([row["sharpe"] for _, row in own], places, "o", color=colour, label=label)
        _draw_chance(axes, rows, verdict)
        axes.axvline(0.0, color=GREY, linewidth=1.0)
        axes.set_yticks(range(len(rows)), [row["strategy"] for row in rows], fontsize=_LABEL_SIZE)
        axes.set_ylim(max(len(rows), 1) - 0.4, -0.6)
        axes.grid(visible=False, axis="y")
        axes.set_title("Out-of-sample Sharpe ratios, net of costs")
        axes.set_xlabel("annual Sharpe ratio")
        figure.legend(loc="outside lower left", ncols=1)
    return figure


def _draw_chance(axes: Axes, rows: Sequence[Mapping[str, Any]], verdict: Mapping[str, Any]) -> None:
    """Draw the mean ratio of each agent's random policies, but of those that do not match it."""
    ratios = {name: found["chance"]["turnover_ratio"] for name, found in verdict["agents"].items()}
    known = [
        (row["random_sharpe"], place)
        for place, row in enumerate(rows)
        if row["kind"] == "agent" and is_matched(ratios[row["strategy"]])
    ]
    if known:
        axes.plot(
            [ratio for ratio, _ in known],
            [place for _, place in known],
            "D",
            color=OKABE_ITO["vermillion"],
            markerfacecolor="none",
            label="mean of random policies matched to the agent",
        )
