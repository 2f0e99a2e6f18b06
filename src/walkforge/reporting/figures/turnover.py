"""Picture of trading: turnover in each year, and what it has cost so far."""

from collections.abc import Sequence

import polars as pl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from walkforge.metrics.series import periods_per_year
from walkforge.reporting.catalogue import Entry
from walkforge.reporting.colours import OKABE_ITO
from walkforge.reporting.encoding import Drawn
from walkforge.reporting.material import Material
from walkforge.reporting.panels import FOLD_MARK, column, mark_folds, starts_of
from walkforge.reporting.records import Dates
from walkforge.reporting.style import figure_style

ENTRY = Entry(
    place="turnover_{agent}",
    inputs={
        "dailies": "evaluation/{agent}/{fold}/seed_{seed}/daily.parquet",
        "equal": "evaluation/baselines/equal_weight/{fold}/daily.parquet",
    },
    keys=("market.execution",),
    category="2. Evaluation",
    caption=(
        "Turnover of each year at an annual rate, with the range of the seeds, and the costs "
        "so far added up, beside equal weight on the same dates."
    ),
)


def draw(material: Material) -> Drawn:
    """The figure, of what it is made of."""
    files = material.files
    own = by_seed([(path.parent.name, frame) for path, frame in files["dailies"].items()])
    equal = by_seed([("", frame) for frame in files["equal"].values()])
    starts = starts_of([*files["equal"].values()])
    figure = plot_turnover(own, equal, agent=material.agent, starts=starts)
    return Drawn(figure, material.execution)


_PANEL_INCHES = 3.6
_BAR_WIDTH = 0.38
_AGENT = OKABE_ITO["blue"]
_EQUAL = OKABE_ITO["black"]


def by_seed(dailies: Sequence[tuple[str, pl.DataFrame]]) -> pl.DataFrame:
    """Date, seed, turnover and cost of daily frames, each given with its seed."""
    columns = ("date", "seed", "turnover", "cost")
    return pl.concat(
        [each.with_columns(seed=pl.lit(seed)).select(columns) for seed, each in dailies]
    )


def yearly_turnover(daily: pl.DataFrame) -> pl.DataFrame:
    """Year, then mean, low and high over seeds of the turnover at an annual rate.

    The rate is the mean of the days that the record has in that year, times the days in a year, in
    multiples of equity.

    Args:
        daily: date, seed and turnover (share of equity), a row for each day and seed.
    """
    rate = pl.col("turnover").mean() * periods_per_year(daily["date"])
    seeds = daily.group_by(pl.col("date").dt.year().alias("year"), "seed").agg(rate)
    turnover = pl.col("turnover")
    return seeds.group_by("year").agg(
        mean=turnover.mean(), low=turnover.min(), high=turnover.max()
    ).sort("year")  # fmt: skip


def cumulative_cost(daily: pl.DataFrame) -> pl.DataFrame:
    """Date, seed and the costs so far added up, in per cent of each day's equity.

    Args:
        daily: date, seed and cost (share of equity), a row for each day and seed.
    """
    added = (100.0 * pl.col("cost")).cum_sum().over("seed").alias("cost")
    return daily.sort("seed", "date").select("date", "seed", added)


def plot_turnover(own: pl.DataFrame, equal: pl.DataFrame, *, agent: str, starts: Dates) -> Figure:
    """Turnover by year above and cumulative cost below, of an agent and equal weight.

    Args:
        own: date, seed, turnover and cost of the agent's seeds. equal: the same of equal weight,
            with one seed. agent: its name. starts: first dates of test windows.
    """
    with figure_style():
        figure, (above, below) = column([_PANEL_INCHES, _PANEL_INCHES], legend_rows=2)
        _draw_years(above, yearly_turnover(own), yearly_turnover(equal))
        above.set_title(f"Turnover a year (multiples of equity)\n{agent}")
        above.set_ylabel("turnover a year (×)")
        _draw_cost(below, cumulative_cost(own), cumulative_cost(equal))
        mark_folds(below, starts).set_label(FOLD_MARK)
        below.set_title("Costs so far, added up (% of equity)")
        below.set_ylabel("costs (%)")
        figure.legend(loc="outside lower left", ncols=2)
    return figure


def _draw_years(axes: Axes, own: pl.DataFrame, equal: pl.DataFrame) -> None:
    for frame, side, colour in ((own, -1.0, _AGENT), (equal, 1.0, _EQUAL)):
        axes.bar(
            frame["year"].to_numpy() + side * _BAR_WIDTH / 2.0,
            frame["mean"].to_numpy(),
            width=_BAR_WIDTH,
            color=colour,
        )
    axes.vlines(
        own["year"].to_numpy() - _BAR_WIDTH / 2.0,
        own["low"].to_numpy(),
        own["high"].to_numpy(),
        color=OKABE_ITO["orange"],
        linewidth=2.5,
        label="lowest to highest seed",
    )
    axes.xaxis.set_major_locator(MaxNLocator(8, integer=True))
    axes.grid(visible=False, axis="x")


def _draw_cost(axes: Axes, own: pl.DataFrame, equal: pl.DataFrame) -> None:
    seeds = own.partition_by("seed", maintain_order=True)
    for part in seeds:
        axes.plot(part["date"], part["cost"], color=_AGENT, linewidth=0.6, alpha=0.6)
    mean = own.group_by("date").agg(pl.col("cost").mean()).sort("date")
    count = f"mean of {len(seeds)} seed{'' if len(seeds) == 1 else 's'}"
    axes.plot(mean["date"], mean["cost"], color=_AGENT, linewidth=2.8, label=f"agent, {count}")
    axes.plot(
        equal["date"], equal["cost"], color=_EQUAL, linewidth=1.6, linestyle="--",
        label="equal weight",
    )  # fmt: skip
    axes.set_ylim(bottom=0.0)
    axes.margins(x=0.01)
