"""Picture of the audit: how long each feature remembers where history starts."""

import polars as pl
from matplotlib.figure import Figure

from walkforge.reporting.catalogue import Entry
from walkforge.reporting.colours import GREY, OKABE_ITO
from walkforge.reporting.encoding import Drawn
from walkforge.reporting.material import Material
from walkforge.reporting.style import figure_style

ENTRY = Entry(
    place="memory",
    inputs={
        "memory": "features/memory.parquet",
        "terms": "features/memory.json",
    },
    after="",
    category="5. Data and features",
    caption=(
        "How many bars each feature shows where history starts, beside the warm-up: the bars "
        "of a symbol that are not used."
    ),
)


def draw(material: Material) -> Drawn:
    """The figure, of what it is made of."""
    return Drawn(plot_memory(material.files["memory"], **material.files["terms"]))


_WIDTH_INCHES = 9.0
_ROW_INCHES = 0.24
_FRAME_INCHES = 2.4
_LABEL_SIZE = 11.0


def plot_memory(memory: pl.DataFrame, *, warm_up: int) -> Figure:
    """A bar for each feature: the bars of a symbol until its values have settled.

    Args:
        memory: feature, bars; see features.memory.memory. warm_up: bars left without features.
    """
    names = memory["feature"].to_list()
    bars = memory["bars"].to_list()
    height = _FRAME_INCHES + _ROW_INCHES * max(len(names), 1)
    longer = [count > warm_up for count in bars]
    with figure_style():
        figure = Figure(figsize=(_WIDTH_INCHES, height), layout="constrained")
        axes = figure.add_subplot()
        kinds = (
            ("forgotten within the warm-up", OKABE_ITO["blue"], False),
            ("remembered for longer", OKABE_ITO["vermillion"], True),
        )
        for label, colour, which in kinds:
            rows = [row for row, beyond in enumerate(longer) if beyond is which]
            if rows:
                axes.barh(rows, [bars[row] for row in rows], color=colour, label=label)
        axes.axvline(warm_up, color=GREY, linestyle="--", label=f"warm-up: {warm_up} bars")
        axes.set_yticks(range(len(names)), names, fontsize=_LABEL_SIZE)
        axes.set_ylim(len(names) - 0.4, -0.6)
        axes.grid(visible=False, axis="y")
        axes.set_title("How long a feature shows where history starts")
        axes.set_xlabel("bars of a symbol until a value has settled")
        figure.legend(loc="outside lower left", ncols=1)
    return figure
