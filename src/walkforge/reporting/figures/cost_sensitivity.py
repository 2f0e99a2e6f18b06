"""Sharpe ratios by costs."""

from walkforge.reporting.catalogue import Entry
from walkforge.reporting.encoding import Drawn
from walkforge.reporting.material import Material
from walkforge.reporting.sensitivity_figures import plot_costs

ENTRY = Entry(
    place="cost_sensitivity",
    inputs={
        "figures": "evaluation/sensitivity/figures.parquet",
        "findings": "evaluation/sensitivity/findings.json",
    },
    category="3. Sensitivity",
    caption=(
        "Net Sharpe ratio at flat costs of each traded value, with the cost at which the mean "
        "net return of each strategy is 0."
    ),
)


def draw(material: Material) -> Drawn:
    """The figure, of what it is made of."""
    files = material.files
    figure = plot_costs(files["figures"], files["findings"])
    return Drawn(figure, material.files["findings"]["execution"])
