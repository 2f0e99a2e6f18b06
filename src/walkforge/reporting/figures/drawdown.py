"""Fall below the running peak of equity."""

from walkforge.reporting.catalogue import Entry
from walkforge.reporting.curves import pictured, plot_drawdown
from walkforge.reporting.encoding import Drawn
from walkforge.reporting.material import Material

ENTRY = Entry(
    place="drawdown",
    inputs={
        "returns": "evaluation/returns.parquet",
    },
    keys=("market.execution",),
    category="2. Evaluation",
    caption=(
        "Fall below the running peak of equity over the test windows in a row, net of costs, "
        "in per cent, for each agent and seed, and six of the baselines."
    ),
)


def draw(material: Material) -> Drawn:
    """The figure, of what it is made of."""
    return Drawn(plot_drawdown(pictured(material.files["returns"])), material.execution)
