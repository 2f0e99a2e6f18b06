"""Picture of break-even costs: simulated, with their intervals, and in closed form."""

from collections.abc import Mapping
from typing import Any

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, NullLocator

from walkforge.reporting.colours import GREY, OKABE_ITO

ROW_INCHES = 0.36
NEAR_BPS = 10.0  # costs up to here lie on a straight scale, those above on a logarithmic one
_LABEL_SIZE = 13.0


def draw_break_evens(axes: Axes, rows: list[dict[str, Any]], *, most: float) -> list[Artist]:
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
    axes.set_xscale("symlog", linthresh=NEAR_BPS)
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
