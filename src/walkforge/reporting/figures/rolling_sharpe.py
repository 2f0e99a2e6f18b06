"""Picture of the Sharpe ratio over the year before each day."""

import math

import polars as pl
from matplotlib.artist import Artist
from matplotlib.figure import Figure

from walkforge.metrics.performance import rolling_sharpe
from walkforge.metrics.series import periods_per_year
from walkforge.reporting.catalogue import Entry
from walkforge.reporting.colours import GREY
from walkforge.reporting.encoding import Drawn
from walkforge.reporting.material import Material
from walkforge.reporting.panels import FOLD_MARK, column, legend_columns, mark_folds, say
from walkforge.reporting.records import EQUAL_WEIGHT, fold_starts, label, read_records
from walkforge.reporting.style import agent_line, baseline_line, figure_style

ENTRY = Entry(
    place="rolling_sharpe",
    inputs={
        "returns": "evaluation/returns.parquet",
    },
    keys=("market.execution",),
    category="2. Evaluation",
    caption=(
        "The Sharpe ratio of the last year of bars (252 on most exchanges), net of costs, of "
        "agents, equal weight, and buy and hold."
    ),
)


def draw(material: Material) -> Drawn:
    """The figure, of what it is made of."""
    return Drawn(plot_rolling_sharpe(material.files["returns"]), material.execution)


COMPARED = (EQUAL_WEIGHT, "buy_and_hold")
_HEIGHT_INCHES = 4.6


def plot_rolling_sharpe(returns: pl.DataFrame) -> Figure:
    """The Sharpe ratio of the last year, of agents, equal weight, buy and hold.

    A year has as many bars as the record's dates have (252 on most exchanges). An agent's ratio is
    that of the mean of its seeds. A year without volatility has none, nor has the first one. Takes
    the frame that `plot_equity` takes and raises the same errors.
    """
    shown = (pl.col("kind") == "agent") | pl.col("strategy").is_in(COMPARED)
    records = read_records(returns.filter(shown))
    year = periods_per_year(records[0].dates)
    agents = [record for record in records if record.kind == "agent"]
    baselines = [record for record in records if record.kind == "baseline"]
    with figure_style():
        labels = [*map(label, [*agents, *baselines]), FOLD_MARK]
        columns = legend_columns(labels)
        rows = math.ceil(len(labels) / columns)
        figure, (axes,) = column([_HEIGHT_INCHES], legend_rows=rows)
        handles: list[Artist] = []
        for record, style in [
            *((record, agent_line(place)) for place, record in enumerate(agents)),
            *((record, baseline_line(place)) for place, record in enumerate(baselines)),
        ]:
            handles += axes.plot(
                record.dates,
                rolling_sharpe(record.net_return, year, days=year),
                color=style.colour,
                linewidth=2.8 if record.kind == "agent" else 1.6,
                linestyle=(0.0, style.dashes) if style.dashes else "solid",
                # The thin dashes above an agent's bold line keep both in sight.
                zorder=2.0 if record.kind == "agent" else 2.5,
            )
        axes.axhline(0.0, color=GREY, linewidth=1.0)
        handles.append(mark_folds(axes, fold_starts(returns)))
        if len(records[0].dates) < year:
            say(axes, f"The record is shorter than a year ({year} bars).")
        axes.margins(x=0.01)
        axes.set_title(f"Rolling Sharpe ratio, net of costs, of the last {year} bars (a year)")
        axes.set_ylabel("annual Sharpe ratio")
        figure.legend(handles, labels, loc="outside lower left", ncols=columns)
    return figure
