"""Figures as bytes, the same for the same figure."""

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
