"""What pictures share: panels one above the other, marks of folds, names that fit."""

from collections.abc import Iterable, Sequence

import numpy as np
import polars as pl
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from walkforge.reporting.records import Dates, Record
from walkforge.reporting.style import FOLD_COLOUR

WIDTH_INCHES = 9.0
LEGEND_ROW_INCHES = 0.31
FOLD_MARK = "start of a test window"
_FOLD_DASHES = (0.0, (1.0, 2.0))
_LONGEST_NAME = 40
# Two labels of at most so many characters fit side by side.
_WIDE_LABEL = 30


def column(heights: Sequence[float], *, legend_rows: int = 0) -> tuple[Figure, list[Axes]]:
    """A figure of panels one above the other, with room for a legend below.

    Args:
        heights: of the panels with their titles and ticks, in inches. legend_rows: lines of text.
    """
    height = sum(heights) + LEGEND_ROW_INCHES * legend_rows
    figure = Figure(figsize=(WIDTH_INCHES, height), layout="constrained")
    axes = figure.subplots(len(heights), 1, squeeze=False, height_ratios=heights)
    return figure, list(axes[:, 0])


def legend_columns(labels: Sequence[str]) -> int:
    """How many labels of a legend fit side by side: 2, or 1 where one of them is long."""
    return 2 if max(map(len, labels)) <= _WIDE_LABEL else 1


def mark_folds(
    axes: Axes, starts: Dates, *, colour: str = FOLD_COLOUR, zorder: float = 0.5
) -> Artist:
    """Draw a dotted line where each test window starts, and return one of them."""
    marks = [
        axes.axvline(day, color=colour, linewidth=1.0, linestyle=_FOLD_DASHES, zorder=zorder)
        for day in starts
    ]
    return marks[0]


def starts_of(dailies: Sequence[pl.DataFrame]) -> Dates:
    """The first date of each window, sorted, of the daily frames of the windows."""
    return np.array(sorted(daily["date"][0] for daily in dailies), dtype="datetime64[D]")


def say(axes: Axes, text: str) -> None:
    """Write in the middle of a panel why it shows nothing."""
    axes.text(0.5, 0.5, text, transform=axes.transAxes, ha="center", va="center", wrap=True)


def short(name: str) -> str:
    """A foreign name as a picture can show it: printable, at most 40 characters."""
    shown = "".join(letter if letter.isprintable() else " " for letter in name)
    return shown if len(shown) <= _LONGEST_NAME else shown[: _LONGEST_NAME - 1] + "…"


def agents_among(records: Iterable[Record]) -> list[Record]:
    """The records of agents; where there is none, all of them."""
    known = list(records)
    return [record for record in known if record.kind == "agent"] or known
