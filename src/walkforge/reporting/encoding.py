"""Figures as bytes, the same for the same figure."""

from io import BytesIO
from typing import NamedTuple

from matplotlib.figure import Figure

from walkforge.reporting.colours import OKABE_ITO
from walkforge.reporting.look_ahead import STAMP, is_look_ahead
from walkforge.reporting.style import figure_style

_STAMP_INCHES = 0.45


class Drawn(NamedTuple):
    """A figure, and where the orders fill whose record it shows; None where it shows none."""

    figure: Figure
    execution: str | None = None


def encode_figure(figure: Figure, *, kind: str, execution: str | None = None) -> bytes:
    """The figure as 'png' (150 dpi) or 'svg'; the same figure gives the same bytes.

    There is no clock and no version in them. What fills at the close that decided it is stamped.

    Args:
        figure: what is drawn. kind: of picture.
        execution: where the orders fill whose record is drawn; None where there is no record.
    """
    unstamped = {"png": {"Software": None}, "svg": {"Date": None, "Creator": None}}[kind]
    stream = BytesIO()
    with figure_style():
        if is_look_ahead(execution):
            _stamp(figure)
        figure.savefig(stream, format=kind, metadata=unstamped)
    return stream.getvalue()


def encode_kinds(drawn: Drawn) -> dict[str, bytes]:
    """A figure as PNG and as SVG, by kind; see encode_figure."""
    return {
        kind: encode_figure(drawn.figure, kind=kind, execution=drawn.execution)
        for kind in ("png", "svg")
    }


def _stamp(figure: Figure) -> None:
    """Write above all else, once, that the picture is a study of look-ahead."""
    title = figure.get_suptitle()
    if title.startswith(STAMP):
        return
    figure.set_figheight(figure.get_figheight() + _STAMP_INCHES)
    above = f"{STAMP}\n{title}".rstrip()
    figure.suptitle(above, x=0.01, ha="left", color=OKABE_ITO["vermillion"], fontweight="bold")
