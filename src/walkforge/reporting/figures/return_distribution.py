"""Picture of how daily returns are spread, with the loss that the worst 5 % of days exceed."""

import numpy as np
import polars as pl
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from walkforge.metrics.risk import value_at_risk
from walkforge.metrics.series import Series
from walkforge.reporting.catalogue import Entry
from walkforge.reporting.colours import OKABE_ITO
from walkforge.reporting.encoding import Drawn
from walkforge.reporting.material import Material
from walkforge.reporting.panels import agents_among, column
from walkforge.reporting.records import EQUAL_WEIGHT, Record, label, read_records
from walkforge.reporting.style import figure_style

ENTRY = Entry(
    place="return_distribution",
    inputs={
        "returns": "evaluation/returns.parquet",
    },
    keys=("market.execution",),
    category="2. Evaluation",
    caption=(
        "How daily net returns are spread, of each agent as the mean of its seeds and of "
        "equal weight, with the loss that the worst 5 % of days exceed."
    ),
)


def draw(material: Material) -> Drawn:
    """The figure, of what it is made of."""
    return Drawn(plot_distribution(material.files["returns"]), material.execution)


BINS = 60
_PANEL_INCHES = 3.9
_LEAST_WIDTH = 0.01  # per cent, of all bins together


def plot_distribution(returns: pl.DataFrame) -> Figure:
    """The days by net return in per cent, a panel for each agent beside equal weight.

    A dashed line marks the 5 % value at risk: the worst 5 % of days lie to its left. An agent's
    returns are the mean of its seeds. Takes the frame that `plot_equity` takes and raises the same
    errors.
    """
    records = read_records(returns)
    shown = agents_among(records)
    equal = [r for r in records if r.kind == "baseline" and r.strategy == EQUAL_WEIGHT]
    edges = bin_edges(np.concatenate([r.net_return for r in [*shown, *equal]]))
    with figure_style():
        figure, panels = column([_PANEL_INCHES + 1.3] * len(shown))
        for axes, record in zip(panels, shown, strict=True):
            drawn = _draw(axes, record, edges=edges, colour=OKABE_ITO["blue"], filled=True)
            for other in equal:
                if other is not record:
                    colour = OKABE_ITO["vermillion"]
                    drawn |= _draw(axes, other, edges=edges, colour=colour, filled=False)
            axes.set_title(f"Daily returns, net of costs (%)\n{record.strategy}")
            axes.set_ylabel("days")
            axes.set_xlabel("net return of a day (%)")
            axes.legend(
                list(drawn.values()),
                list(drawn),
                loc="upper center",
                bbox_to_anchor=(0.45, -0.22),
                ncols=1,
            )
    return figure


def bin_edges(returns: Series) -> Series:
    """The edges [BINS + 1] in per cent of equal bins that hold every daily return."""
    low = 100.0 * float(returns.min())
    high = 100.0 * float(returns.max())
    spare = max(_LEAST_WIDTH - (high - low), 0.0) / 2.0
    return np.linspace(low - spare, high + spare, BINS + 1)


def _draw(
    axes: Axes, record: Record, *, edges: Series, colour: str, filled: bool
) -> dict[str, Artist]:
    """Draw one record's days and its value at risk, and return both under what they are called."""
    # Rounding must not push the outermost day over the edge.
    inside = np.clip(100.0 * record.net_return, edges[0], edges[-1])
    loss = 100.0 * value_at_risk(record.net_return)
    bars = axes.stairs(
        np.histogram(inside, bins=edges)[0],
        edges,
        fill=filled,
        color=colour,
        alpha=0.45 if filled else 1.0,
        linewidth=1.8,
    )
    mark = axes.axvline(
        -loss,
        color=colour,
        linewidth=2.2 if filled else 1.6,
        linestyle="--" if filled else ":",
    )
    name = label(record)
    return {name: bars, f"5 % value at risk of {record.strategy}: {loss:z.2f} %": mark}
