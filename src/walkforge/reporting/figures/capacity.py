"""Sharpe ratios by capital."""

from walkforge.reporting.catalogue import Entry
from walkforge.reporting.encoding import Drawn
from walkforge.reporting.material import Material
from walkforge.reporting.sensitivity_figures import plot_capital

ENTRY = Entry(
    place="capacity",
    inputs={
        "figures": "evaluation/sensitivity/figures.parquet",
        "findings": "evaluation/sensitivity/findings.json",
    },
    category="3. Sensitivity",
    caption=(
        "Net Sharpe ratio by the capital that an account opens with, at the configured costs."
    ),
)


def draw(material: Material) -> Drawn:
    """The figure, of what it is made of."""
    files = material.files
    figure = plot_capital(files["figures"], files["findings"])
    return Drawn(figure, material.files["findings"]["execution"])
