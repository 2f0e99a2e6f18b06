"""A table as coloured cells: vermillion below 0, white at 0, blue above."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import QuadMesh
from matplotlib.colors import Colormap, LinearSegmentedColormap
from matplotlib.figure import Figure
from numpy.typing import NDArray

from walkforge.reporting.colours import OKABE_ITO
from walkforge.reporting.panels import column
from walkforge.reporting.style import figure_style
from walkforge.reporting.tables import UNDEFINED

DIVERGING: Colormap = LinearSegmentedColormap.from_list(
    "vermillion_blue", [OKABE_ITO["vermillion"], "white", OKABE_ITO["blue"]]
)
_EMPTY = "#F2F2F2"
_BAR_INCHES = 1.0
_NUMBER_SIZE = 13.0
_LABEL_SIZE = 14.0
# More columns than these leave no room for numbers, and for labels that lie flat.
_NUMBERED_COLUMNS = 14
_FLAT_COLUMNS = 14
_FLAT_LETTERS = 90
# Above it black is the more legible of black and white (WCAG 2, relative luminance).
_DARK = 0.179


@dataclass(frozen=True, slots=True, kw_only=True)
class Cells:
    """What a heat map shows: values [R, C], nan where there is none, and the names of both.

    plain: columns without a colour, numbers alone. write: how a number reads.
    """

    values: NDArray[np.float64]
    rows: Sequence[str]
    columns: Sequence[str]
    write: Callable[[float], str]
    plain: Sequence[int] = ()

    @property
    def limit(self) -> float:
        """The largest size of a coloured value, at least a trace."""
        sizes = np.abs(np.delete(self.values, list(self.plain), axis=1))
        known = sizes[np.isfinite(sizes)]
        return max(float(known.max(initial=0.0)), 1e-9)


def plot_heatmaps(
    tables: Mapping[str, Cells], *, row_inches: float, frame_inches: float, label: str
) -> Figure:
    """Heat maps one above the other, by their titles, on one scale with its bar below.

    Args:
        tables: at least one. row_inches: height of a row. frame_inches: of all else of a panel.
        label: of the bar, with its unit.
    """
    limit = max(cells.limit for cells in tables.values())
    heights = [frame_inches + row_inches * len(cells.rows) for cells in tables.values()]
    with figure_style():
        figure, panels = column([*heights[:-1], heights[-1] + _BAR_INCHES])
        for axes, (title, cells) in zip(panels, tables.items(), strict=True):
            mesh = _draw(axes, cells, limit=limit)
            axes.set_title(title)
        bar = figure.colorbar(mesh, ax=panels, location="bottom", aspect=50.0, shrink=0.6)
        bar.set_label(label)
    return figure


def _draw(axes: Axes, cells: Cells, *, limit: float) -> QuadMesh:
    """Draw the cells, colours from -limit to limit, the first row on top; return the mesh."""
    coloured = cells.values.copy()
    coloured[:, list(cells.plain)] = np.nan
    mesh = axes.pcolormesh(
        np.ma.masked_invalid(coloured),
        cmap=DIVERGING,
        vmin=-limit,
        vmax=limit,
        edgecolors="white",
        linewidth=1.0,
    )
    if cells.values.shape[1] <= _NUMBERED_COLUMNS:
        _write_numbers(axes, cells, mesh)
    axes.set_facecolor(_EMPTY)
    axes.grid(visible=False)
    axes.tick_params(length=0.0)
    axes.invert_yaxis()
    for spine in axes.spines.values():
        spine.set_visible(False)
    axes.set_yticks(np.arange(len(cells.rows)) + 0.5, cells.rows, fontsize=_LABEL_SIZE)
    _label_columns(axes, cells.columns)
    return mesh


def _label_columns(axes: Axes, names: Sequence[str]) -> None:
    flat = len(names) <= _FLAT_COLUMNS and sum(map(len, names)) <= _FLAT_LETTERS
    places = np.arange(len(names)) + 0.5
    axes.set_xticks(places, names, rotation=0.0 if flat else 90.0, fontsize=_LABEL_SIZE)


def _write_numbers(axes: Axes, cells: Cells, mesh: QuadMesh) -> None:
    for (row, place), value in np.ndenumerate(cells.values):
        known = np.isfinite(value)
        plain = place in cells.plain or not known
        axes.text(
            place + 0.5,
            row + 0.5,
            cells.write(float(value)) if known else UNDEFINED,
            ha="center",
            va="center",
            fontsize=_NUMBER_SIZE,
            fontweight="bold" if place in cells.plain else "normal",
            color="black" if plain else _legible(mesh.to_rgba(np.array([value]))),
        )


def _legible(colour: object) -> str:
    """Black or white, whichever reads better on a colour."""
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in np.ravel(np.asarray(colour, dtype=np.float64))[:3]
    )
    return "black" if 0.2126 * red + 0.7152 * green + 0.0722 * blue > _DARK else "white"
