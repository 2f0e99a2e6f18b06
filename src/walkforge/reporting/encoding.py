"""Figures as bytes, the same for the same figure."""

from collections.abc import Mapping
from io import BytesIO

from matplotlib.figure import Figure

from walkforge.reporting.style import figure_style


def encode_figure(figure: Figure, *, kind: str) -> bytes:
    """Return the figure as 'png' (150 dpi) or 'svg'; the same figure gives the same bytes.

    There is no clock and no version in them.
    """
    unstamped = {"png": {"Software": None}, "svg": {"Date": None, "Creator": None}}[kind]
    stream = BytesIO()
    with figure_style():
        figure.savefig(stream, format=kind, metadata=unstamped)
    return stream.getvalue()


def encode_all(figures: Mapping[str, Figure]) -> dict[str, bytes]:
    """Return each figure as PNG and as SVG, under its name followed by _png and _svg."""
    return {
        f"{name}_{kind}": encode_figure(figure, kind=kind)
        for name, figure in figures.items()
        for kind in ("png", "svg")
    }
