"""Pictures of sensitivity: Sharpe ratios by costs, by the delay of execution, and by capital."""

import math
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import polars as pl
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

from walkforge.evaluation.sensitivity_grid import DELAYS, GridAxis
from walkforge.reporting.amounts import short_money
from walkforge.reporting.colours import GREY, OKABE_ITO
from walkforge.reporting.records import SEED_MEAN
from walkforge.reporting.style import (
    FOLD_COLOUR,
    LineStyle,
    agent_line,
    baseline_line,
    figure_style,
)

# The baselines that are drawn; a picture of fourteen lines shows none.
PICTURED = (
    "equal_weight",
    "buy_and_hold",
    "regime_low_volatility",
    "regime_small_size",
    "regime_momentum",
    "regime_quality",
)
_ROW_INCHES = 0.36
_NEAR_BPS = 10.0  # costs up to here lie on a straight scale, those above on a logarithmic one
_LABEL_SIZE = 13.0
_WIDTH_INCHES = 9.0
_PLOT_INCHES = 4.8
_LEGEND_ROW_INCHES = 0.31
_SIDESTEP = 0.06  # between the intervals of two strategies at one delay


class _Line(NamedTuple):
    """A headline's rows of one study, in the order of its values, and how it is drawn."""

    name: str
    kind: str
    rows: pl.DataFrame
    style: LineStyle


def plot_costs(figures: pl.DataFrame, findings: Mapping[str, Any]) -> Figure:
    """Sharpe ratios by flat costs, above the break-even cost of every strategy.

    Args:
        figures, findings: see evaluation.sensitivity.Sensitivity.
    """
    rows = [each for each in findings["strategies"] if each["seed"] in ("", SEED_MEAN)]
    traded = [each for each in rows if each["break_even"]["closed_form"] is not None]
    below = _ROW_INCHES * max(len(traded), 1) + 1.4
    with figure_style():
        lines = _lines(figures, "costs")
        figure = Figure(
            figsize=(_WIDTH_INCHES, _PLOT_INCHES + below + _legend_inches(lines, more=4)),
            layout="constrained",
        )
        ratios = {"height_ratios": [_PLOT_INCHES, below]}
        upper, lower = figure.subplots(2, 1, gridspec_kw=ratios)
        handles, labels = _draw(upper, figures, lines, findings)
        upper.set_title("Net Sharpe ratio at flat costs (out of sample)")
        upper.set_xlabel("cost of each traded value (bps), all other costs off")
        found = _draw_break_evens(lower, traded, most=findings["most_cost_bps"])
        lower.set_title("Break-even: mean net return 0, with its interval")
        lower.set_xlabel(f"cost (bps), logarithmic above {_NEAR_BPS:.0f}")
        labels += [str(each.get_label()) for each in found]
        figure.legend([*handles, *found], labels, loc="outside lower left", ncols=2)
    return figure


def plot_delay(figures: pl.DataFrame, findings: Mapping[str, Any]) -> Figure:
    """Sharpe ratios by when orders fill; the first is marked as a study of look-ahead.

    Args:
        figures, findings: see evaluation.sensitivity.Sensitivity.
    """
    with figure_style():
        lines = _lines(figures, "delay")
        figure, axes = _single(lines, more=2)
        shaded = axes.axvspan(-0.4, 0.5, color=FOLD_COLOUR, alpha=0.25, linewidth=0)
        shaded.set_label("study of look-ahead, no evidence")
        handles, labels = _draw(axes, figures, lines, findings, bars=True)
        axes.set_xticks(range(len(DELAYS)), [each.name for each in DELAYS])
        axes.set_xlim(-0.4, len(DELAYS) - 0.6)
        axes.set_title("Net Sharpe ratio by when orders fill (out of sample)")
        axes.set_xlabel("fill of what is decided at the close of t")
        labels.append(str(shaded.get_label()))
        figure.legend([*handles, shaded], labels, loc="outside lower left", ncols=2)
    return figure


def plot_capital(figures: pl.DataFrame, findings: Mapping[str, Any]) -> Figure:
    """Sharpe ratios by the capital that an account opens with.

    Args:
        figures, findings: see evaluation.sensitivity.Sensitivity.
    """
    with figure_style():
        lines = _lines(figures, "capital")
        figure, axes = _single(lines, more=2)
        handles, labels = _draw(axes, figures, lines, findings)
        own = axes.axvline(
            findings["initial_cash"], color=FOLD_COLOUR, linewidth=1.5, linestyle=(0.0, (1.0, 2.0))
        )
        axes.set_xscale("log")
        axes.xaxis.set_major_locator(LogLocator(numticks=16))
        axes.xaxis.set_minor_locator(NullLocator())
        axes.xaxis.set_major_formatter(FuncFormatter(lambda money, _: short_money(money)))
        axes.set_title("Net Sharpe ratio by capital (out of sample)")
        axes.set_xlabel("initial cash (currency units), at the configured costs")
        labels.append("configured initial cash")
        figure.legend([*handles, own], labels, loc="outside lower left", ncols=2)
    return figure


def _single(lines: list[_Line], *, more: int) -> tuple[Figure, Axes]:
    """A figure of one plot, with room for a legend of the lines and so many entries more."""
    height = _PLOT_INCHES + _legend_inches(lines, more=more)
    figure = Figure(figsize=(_WIDTH_INCHES, height), layout="constrained")
    return figure, figure.add_subplot()


def _legend_inches(lines: list[_Line], *, more: int) -> float:
    """The height of a legend of two columns."""
    return _LEGEND_ROW_INCHES * math.ceil((len(lines) + more) / 2)


def _lines(figures: pl.DataFrame, study: GridAxis) -> list[_Line]:
    """The headlines to draw: the mean of each agent's seeds, and the pictured baselines."""
    rows = figures.filter(pl.col("study") == study).sort("value")
    agents = rows.filter(kind="agent")["strategy"].unique().sort().to_list()
    found = [
        _Line(name, "agent", rows.filter(kind="agent", strategy=name, seed=SEED_MEAN), style)
        for name, style in zip(agents, map(agent_line, range(len(agents))), strict=True)
    ]
    present = set(rows.filter(kind="baseline")["strategy"])
    for index, name in enumerate(name for name in PICTURED if name in present):
        own = rows.filter(kind="baseline", strategy=name)
        found.append(_Line(name, "baseline", own, baseline_line(index)))
    return found


def _draw(
    axes: Axes,
    figures: pl.DataFrame,
    lines: list[_Line],
    findings: Mapping[str, Any],
    *,
    bars: bool = False,
) -> tuple[list[Artist], list[str]]:
    """Handles and labels of what is drawn: lines, seeds, and agents' intervals."""
    handles: list[Artist] = []
    labels: list[str] = []
    axes.axhline(0.0, color=GREY, linewidth=1.0)
    for index, line in enumerate(lines):
        shift = _SIDESTEP * (index - (len(lines) - 1) / 2.0) if bars else 0.0
        handles.append(_draw_line(axes, line, shift=shift))
        if line.kind == "agent":
            _draw_interval(axes, line, bars=bars, shift=shift)
            for seed in _seeds(figures, line):
                axes.plot(seed["value"] + shift, seed["sharpe"], color=line.style.colour,
                          linewidth=0.6, alpha=0.6)  # fmt: skip
        labels.append(f"{line.name} (mean of seeds)" if line.kind == "agent" else line.name)
    axes.set_ylabel("annual Sharpe ratio")
    if not bars:
        axes.margins(x=0.01)
    confidence = f"{100.0 * findings['confidence']:.0f} % interval of an agent's mean"
    band = Line2D([], [], color=GREY, linewidth=2.0) if bars else Patch(facecolor=GREY, alpha=0.3)
    return [*handles, band], [*labels, confidence]


def _draw_line(axes: Axes, line: _Line, *, shift: float) -> Artist:
    """A headline's line, with a mark at each value."""
    (drawn,) = axes.plot(
        line.rows["value"] + shift,
        line.rows["sharpe"],
        color=line.style.colour,
        linewidth=2.8 if line.kind == "agent" else 1.4,
        linestyle=(0.0, line.style.dashes) if line.style.dashes else "solid",
        marker=line.style.marker or "o",
        markersize=4.0,
        zorder=2.0 if line.kind == "agent" else 2.5,
    )
    return drawn


def _draw_interval(axes: Axes, line: _Line, *, bars: bool, shift: float) -> None:
    """Draw an agent's interval: a band, or a bar at each value."""
    value, low, high = (line.rows[name] for name in ("value", "low", "high"))
    if bars:
        axes.vlines(value + shift, low, high, color=line.style.colour, linewidth=2.0, alpha=0.5)
    else:
        axes.fill_between(value, low, high, color=line.style.colour, alpha=0.15, linewidth=0)


def _seeds(figures: pl.DataFrame, line: _Line) -> Iterator[pl.DataFrame]:
    """Yield the rows of each of an agent's seeds, in the order of values."""
    study = line.rows["study"].first()
    own = figures.filter(pl.col("study") == study, pl.col("seed") != SEED_MEAN)
    own = own.filter(kind="agent", strategy=line.name).sort("seed", "value")
    yield from own.partition_by("seed", maintain_order=True)


def _draw_break_evens(axes: Axes, rows: list[dict[str, Any]], *, most: float) -> list[Artist]:
    """What stands for simulated break-evens and closed forms, drawn with their intervals.

    Args:
        axes: to draw on. rows: findings of those that trade. most: highest cost simulated, in bps.
    """
    ordered = sorted(rows, key=lambda row: (row["kind"], -row["break_even"]["closed_form"]))
    handles: list[Artist] = []
    for place, row in enumerate(ordered):
        found = row["break_even"]
        colour = OKABE_ITO["blue"] if row["kind"] == "agent" else GREY
        axes.hlines(place, found["low"], found["high"], color=colour, linewidth=3.0)
    points = [(row["break_even"], place) for place, row in enumerate(ordered)]
    simulated = [(own["value"], place) for own, place in points if own["value"] is not None]
    closed = [(own["closed_form"], place) for own, place in points if own["closed_form"] > 0.0]
    marks = (
        (simulated, "o", OKABE_ITO["black"], "break-even, simulated", 6.0),
        (closed, "D", OKABE_ITO["vermillion"], "mean gross return / turnover", 11.0),
    )
    for found, marker, colour, label, size in marks:
        x, y = zip(*found, strict=True) if found else ((), ())
        handles += axes.plot(x, y, marker, color=colour, label=label, markersize=size,
                             markerfacecolor=colour if marker == "o" else "none")  # fmt: skip
    axes.set_xscale("symlog", linthresh=_NEAR_BPS)
    axes.set_xlim(-0.5, 1.15 * most)
    ticks = [0.0, 5.0, 10.0, 30.0, 100.0, 300.0, 1_000.0]
    axes.set_xticks([tick for tick in ticks if tick <= most], minor=False)
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda bps, _: f"{bps:,.0f}"))
    axes.set_yticks(range(len(ordered)), list(map(_named, ordered)), fontsize=_LABEL_SIZE)
    axes.set_ylim(max(len(ordered), 1) - 0.4, -0.6)
    axes.grid(visible=False, axis="y")
    return handles


def _named(row: Mapping[str, Any]) -> str:
    """A strategy's name, with the reason where it has no break-even."""
    reason = row["break_even"]["reason"]
    return f"{row['strategy']}\n({reason})" if reason else str(row["strategy"])
