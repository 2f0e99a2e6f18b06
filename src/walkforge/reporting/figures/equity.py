"""Growth of 1.0 over the test windows."""

from walkforge.reporting.catalogue import Entry
from walkforge.reporting.curves import pictured, plot_equity
from walkforge.reporting.encoding import Drawn
from walkforge.reporting.material import Material

ENTRY = Entry(
    place="equity",
    inputs={
        "returns": "evaluation/returns.parquet",
    },
    keys=("market.execution",),
    category="2. Evaluation",
    caption=(
        "Growth of 1.0 over the test windows in a row, net of costs, on a log scale: each "
        "agent as the mean of its seeds within the range of its seeds, six of the baselines "
        "dashed."
    ),
)


def draw(material: Material) -> Drawn:
    """The figure, of what it is made of."""
    return Drawn(plot_equity(pictured(material.files["returns"])), material.execution)
