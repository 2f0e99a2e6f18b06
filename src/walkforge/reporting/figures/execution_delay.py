"""Sharpe ratios by the delay of execution."""

from walkforge.reporting.catalogue import Entry
from walkforge.reporting.encoding import Drawn
from walkforge.reporting.material import Material
from walkforge.reporting.sensitivity_figures import plot_delay

ENTRY = Entry(
    place="execution_delay",
    inputs={
        "figures": "evaluation/sensitivity/figures.parquet",
        "findings": "evaluation/sensitivity/findings.json",
    },
    category="3. Sensitivity",
    caption=(
        "Net Sharpe ratio by when orders fill; the fill at the close of the decision itself "
        "is a study of look-ahead and no evidence."
    ),
)


def draw(material: Material) -> Drawn:
    """The figure, of what it is made of."""
    files = material.files
    figure = plot_delay(files["figures"], files["findings"])
    return Drawn(figure)
