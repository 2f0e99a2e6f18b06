"""Equity and drawdown pictures of the out-of-sample record, readable on a phone."""

import math
from collections.abc import Callable, Iterator

import numpy as np
import polars as pl
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullLocator

from walkforge.metrics.performance import drawdown_curve, equity_curve
from walkforge.metrics.series import Series
from walkforge.reporting.panels import (
    FOLD_MARK,
    LEGEND_ROW_INCHES,
    WIDTH_INCHES,
    legend_columns,
    mark_folds,
)
from walkforge.reporting.records import Dates, Record, fold_starts, label, read_records
from walkforge.reporting.style import (
    FOLD_COLOUR,
    LineStyle,
    agent_line,
    baseline_line,
    figure_style,
)

# The baselines that are drawn first; a picture of twenty lines shows none.
PICTURED = (
    "equal_weight",
    "buy_and_hold",
    "minimum_variance",
    "momentum_12_1",
    "ranker",
    "cash",
)
_PLOT_INCHES = 4.4
# Below this ratio of highest to lowest, round steps read better than 1, 2, 5.
_NARROW_RANGE = 5.0


def plot_equity(returns: pl.DataFrame) -> Figure:
    """The growth of 1.0 of each strategy over its test windows, on a log axis.

    `returns` has one row per date, strategy and seed: date, fold, strategy, kind, seed ('mean' for
    the mean of an agent's seeds), net_return. An agent is a bold line (its seed mean) in a band
    from its lowest to its highest seed; a baseline is dashed. Raises ValueError as `read_records`.
    """
    with figure_style():
        figure, axes = _draw(returns, equity_curve)
        axes.set_title("Out-of-sample equity, net of costs (growth of 1.0)")
        axes.set_ylabel("growth of 1.0, log scale")
        axes.set_yscale("log")
        _set_growth_ticks(axes)
    return figure


def plot_drawdown(returns: pl.DataFrame) -> Figure:
    """The fall of each strategy below its running peak, in per cent (0 is at the peak).

    Takes the frame that `plot_equity` takes, draws it alike and raises the same errors.
    """
    with figure_style():
        figure, axes = _draw(returns, _percent_below_peak)
        axes.set_title("Out-of-sample drawdown, net of costs (%)")
        axes.set_ylabel("below the running peak (%)")
        # A little room above 0 keeps a strategy that never falls in sight.
        axes.set_ylim(top=-0.02 * axes.get_ylim()[0])
    return figure


def plot_exposure(returns: pl.DataFrame) -> Figure:
    """The share of equity that each strategy has invested, in per cent; 0 is all cash.

    Takes the frame that `plot_equity` takes with a column `exposure` more, and draws it alike.
    """
    with figure_style():
        shares = returns.with_columns(net_return=pl.col("exposure"))
        figure, axes = _draw(shares, _percent_invested)
        axes.set_title("Out-of-sample exposure (% of equity invested)")
        axes.set_ylabel("invested (%)")
    return figure


def pictured(returns: pl.DataFrame) -> pl.DataFrame:
    """The rows that a picture has room for: all agents, and six baselines at most."""
    present = returns.filter(kind="baseline")["strategy"].unique().sort().to_list()
    ordered = [*(name for name in PICTURED if name in present), *present]
    chosen = list(dict.fromkeys(ordered))[: len(PICTURED)]
    return returns.filter((pl.col("kind") == "agent") | pl.col("strategy").is_in(chosen))


def _percent_invested(exposure: Series) -> Series:
    """The exposure [T + 1] in per cent; it begins with that of the first day."""
    return 100.0 * np.concatenate((exposure[:1], exposure))


def _draw(returns: pl.DataFrame, curve: Callable[[Series], Series]) -> tuple[Figure, Axes]:
    records = read_records(returns)
    several = any(len(record.seeds) > 1 for record in records)
    labels = [*map(label, records), FOLD_MARK]
    labels += ["range of an agent's seeds"] if several else []
    columns = legend_columns(labels)
    height = _PLOT_INCHES + LEGEND_ROW_INCHES * math.ceil(len(labels) / columns)
    figure = Figure(figsize=(WIDTH_INCHES, height), layout="constrained")
    axes = figure.add_subplot()
    handles = [
        *(
            _draw_record(axes, record, curve=curve, style=style)
            for record, style in _styled(records)
        ),
        mark_folds(axes, fold_starts(returns)),
        *([Patch(facecolor=FOLD_COLOUR, alpha=0.4)] if several else []),
    ]
    axes.margins(x=0.01)
    figure.legend(handles, labels, loc="outside lower left", ncols=columns)
    return figure, axes


def _styled(records: list[Record]) -> Iterator[tuple[Record, LineStyle]]:
    for kind, line in (("agent", agent_line), ("baseline", baseline_line)):
        ordered = [record for record in records if record.kind == kind]
        yield from ((record, line(index)) for index, record in enumerate(ordered))


def _draw_record(
    axes: Axes, record: Record, *, curve: Callable[[Series], Series], style: LineStyle
) -> Artist:
    days = _days(record.dates)
    seeds = np.array([curve(seed) for seed in record.seeds.values()])
    if len(seeds) > 1:
        axes.fill_between(
            days, seeds.min(axis=0), seeds.max(axis=0), color=style.colour, alpha=0.18, linewidth=0
        )
        axes.plot(days, seeds.T, color=style.colour, linewidth=0.6, alpha=0.6)
    (line,) = axes.plot(
        days,
        curve(record.net_return),
        color=style.colour,
        linewidth=2.8 if record.kind == "agent" else 1.4,
        linestyle=(0.0, style.dashes) if style.dashes else "solid",
        marker=style.marker,
        markevery=max(1, len(days) // 12),
        markersize=6.0,
        # An agent often hugs equal weight: the thin dashes above its bold line keep both in sight.
        zorder=2.0 if record.kind == "agent" else 2.5,
    )
    return line


def _days(dates: Dates) -> Dates:
    # Curves have one point more than there are returns: the capital before the first day.
    return np.concatenate(([dates[0] - 1], dates))


def _percent_below_peak(returns: Series) -> Series:
    return -100.0 * drawdown_curve(equity_curve(returns))


def _set_growth_ticks(axes: Axes) -> None:
    low, high = axes.get_ylim()
    narrow = high / low < _NARROW_RANGE
    axes.yaxis.set_major_locator(MaxNLocator(6) if narrow else LogLocator(subs=(1.0, 2.0, 5.0)))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_major_formatter(FuncFormatter(lambda growth, _: f"{growth:.6g}"))
