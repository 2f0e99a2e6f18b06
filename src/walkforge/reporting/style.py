"""One look for every figure."""

from contextlib import AbstractContextManager
from dataclasses import dataclass

import matplotlib.style

from walkforge.reporting.colours import GREY, OKABE_ITO

GRID_COLOUR = "#DDDDDD"
FOLD_COLOUR = "#999999"

_AGENT_COLOURS = [
    OKABE_ITO[name] for name in ("blue", "vermillion", "green", "purple", "orange", "sky", "black")
]
# The first of each are far apart: few agents and few baselines share no colour.
_BASELINE_COLOURS = [
    OKABE_ITO["black"],
    OKABE_ITO["orange"],
    GREY,
    *(OKABE_ITO[name] for name in ("sky", "purple", "green", "vermillion", "blue")),
]
_MARKERS = ("", "o", "s", "^", "D")
# On and off lengths in line widths: no two alike, so that colour is never the only difference.
_DASHES = (
    (6.0, 2.0),
    (1.5, 1.5),
    (6.0, 2.0, 1.5, 2.0),
    (12.0, 3.0),
    (3.0, 3.0),
    (6.0, 2.0, 1.5, 2.0, 1.5, 2.0),
    (12.0, 3.0, 3.0, 3.0),
    (1.0, 4.0),
)
# Type is large because a phone shows the nine inches in two and a half.
_FIGURE_STYLE = {
    "text.parse_math": False,
    "svg.hashsalt": "walkforge",
    "svg.fonttype": "path",
    "font.family": "DejaVu Sans",
    "font.size": 16.0,
    "axes.titlesize": 18.0,
    "axes.titlelocation": "left",
    "axes.labelsize": 16.0,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.unicode_minus": True,
    "date.converter": "concise",
    "grid.color": GRID_COLOUR,
    "grid.linewidth": 0.8,
    "legend.fontsize": 15.0,
    "legend.frameon": False,
    "figure.constrained_layout.h_pad": 0.1,
    "figure.constrained_layout.w_pad": 0.1,
    "figure.dpi": 150.0,
    "savefig.dpi": 150.0,
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class LineStyle:
    """How one strategy is drawn: colour, on and off lengths (none: solid), marker ('': none)."""

    colour: str
    dashes: tuple[float, ...]
    marker: str


def agent_line(index: int) -> LineStyle:
    """The style of agent number `index`: solid, with a marker once colours repeat."""
    lap, colour = divmod(index, len(_AGENT_COLOURS))
    marker = _MARKERS[lap % len(_MARKERS)]
    return LineStyle(colour=_AGENT_COLOURS[colour], dashes=(), marker=marker)


def baseline_line(index: int) -> LineStyle:
    """The style of baseline number `index`: dashed, with a marker once dashes repeat."""
    colour = _BASELINE_COLOURS[index % len(_BASELINE_COLOURS)]
    lap, dash = divmod(index, len(_DASHES))
    return LineStyle(colour=colour, dashes=_DASHES[dash], marker=_MARKERS[lap % len(_MARKERS)])


def figure_style() -> AbstractContextManager[None]:
    """A context with the look of every figure, whatever the machine's matplotlibrc says."""
    return matplotlib.style.context(["default", _FIGURE_STYLE], after_reset=False)
