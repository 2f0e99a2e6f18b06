"""Picture of what an agent holds: shares of equity, symbol upon symbol, the rest in cash."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import polars as pl
from matplotlib.figure import Figure
from numpy.typing import NDArray

from walkforge.reporting.catalogue import Entry
from walkforge.reporting.colours import GREY, OKABE_ITO
from walkforge.reporting.encoding import Drawn
from walkforge.reporting.material import Material
from walkforge.reporting.panels import (
    FOLD_MARK,
    column,
    legend_columns,
    mark_folds,
    short,
    starts_of,
)
from walkforge.reporting.records import Dates
from walkforge.reporting.style import figure_style

ENTRY = Entry(
    place="weights_{agent}",
    inputs={
        "dailies": "evaluation/{agent}/{fold}/seed_{seed}/daily.parquet",
        "weights": "evaluation/{agent}/{fold}/seed_{seed}/weights.parquet",
        "equal": "evaluation/baselines/equal_weight/{fold}/daily.parquet",
    },
    keys=("market.execution",),
    category="2. Evaluation",
    caption=(
        "What the agent holds at each close, as shares of equity: the mean of its seeds, the "
        "largest symbols by name, the rest in cash."
    ),
)


def draw(material: Material) -> Drawn:
    """The figure, of what it is made of."""
    files = material.files
    stack = mean_weights([*files["dailies"].values()], [*files["weights"].values()])
    starts = starts_of([*files["equal"].values()])
    return Drawn(plot_weights(stack, agent=material.agent, starts=starts), material.execution)


NAMED = 6  # symbols with a colour of their own
CASH = "not invested (cash)"
_COLOURS = [OKABE_ITO[name] for name in ("blue", "orange", "green", "purple", "sky", "vermillion")]
_CASH_COLOUR = "#E4E4E4"
_HEIGHT_INCHES = 4.8
# A picture of 1,350 pixels shows no more; every so many dates are left out of a longer record.
_MOST_DATES = 1500


class Stack(NamedTuple):
    """Shares [N, T] of equity on each date [T], in the order in which they are stacked."""

    dates: Dates
    names: list[str]
    shares: NDArray[np.float64]


def mean_weights(dailies: Sequence[pl.DataFrame], weights: Sequence[pl.DataFrame]) -> Stack:
    """The weights at each close as the mean of an agent's seeds.

    The symbols with the largest mean weight come first, at most six of them, then all others
    together, where there are more, and what is not invested.

    Args:
        dailies: daily frames of seeds and folds (of them `date`, once for each seed).
        weights: date, symbol, weight, for each seed and fold; a weight of 0 may be left out.
    """
    dates = pl.concat([daily.select("date") for daily in dailies])
    seeds = dates.group_by("date").len("seeds").sort("date")
    held = (
        pl.concat([each.select("date", "symbol", "weight") for each in weights])
        .group_by("date", "symbol")
        .agg(pl.col("weight").sum())
    )
    total = held.group_by("symbol").agg(pl.col("weight").sum())
    largest = total.sort(["weight", "symbol"], descending=[True, False])["symbol"].to_list()
    lines = [_line(held.filter(symbol=name), seeds) for name in largest[:NAMED]]
    names = largest[:NAMED]
    everything = _line(held, seeds)
    if len(largest) > NAMED:
        lines.append(np.maximum(everything - np.sum(lines, axis=0), 0.0))
        names = [*names, f"{len(largest) - NAMED} other symbols"]
    lines.append(np.maximum(1.0 - everything, 0.0))
    return Stack(
        dates=seeds["date"].to_numpy().astype("datetime64[D]"),
        names=[*names, CASH],
        shares=np.array(lines),
    )


def plot_weights(stack: Stack, *, agent: str, starts: Dates) -> Figure:
    """The shares of equity in per cent, one upon the other, over the test windows.

    Args:
        stack: see mean_weights. agent: its name. starts: first dates of test windows.
    """
    step = math.ceil(len(stack.dates) / _MOST_DATES)
    others = [GREY] * (len(stack.names) - 1 - NAMED)
    colours = [*_COLOURS[: len(stack.names) - 1], *others, _CASH_COLOUR]
    labels = [*map(short, stack.names), FOLD_MARK]
    columns = legend_columns(labels)
    with figure_style():
        rows = math.ceil(len(labels) / columns)
        figure, (axes,) = column([_HEIGHT_INCHES], legend_rows=rows)
        layers = axes.stackplot(
            stack.dates[::step],
            100.0 * stack.shares[:, ::step],
            colors=colours,
            edgecolor="white",
            linewidth=0.3,
        )
        mark = mark_folds(axes, starts, colour="black", zorder=3.0)
        axes.set_ylim(0.0, 100.0 * max(1.0, float(stack.shares.sum(axis=0).max())))
        axes.margins(x=0.0)
        axes.set_title(f"Weights at each close, mean of seeds (% of equity)\n{agent}")
        axes.set_ylabel("share of equity (%)")
        # Given by hand: matplotlib takes a name that begins with _ for one to hide.
        figure.legend([*layers, mark], labels, loc="outside lower left", ncols=columns)
    return figure


def _line(held: pl.DataFrame, seeds: pl.DataFrame) -> NDArray[np.float64]:
    """[T] the sum of these weights on each date over the number of seeds."""
    daily = held.group_by("date").agg(pl.col("weight").sum())
    known = seeds.join(daily, on="date", how="left", maintain_order="left")
    share = known["weight"].fill_null(0.0) / known["seeds"]
    return np.asarray(share.to_numpy(), dtype=np.float64)
