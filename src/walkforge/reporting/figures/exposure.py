"""Share of equity that is invested."""

from walkforge.reporting.catalogue import Entry
from walkforge.reporting.curves import pictured, plot_exposure
from walkforge.reporting.encoding import Drawn
from walkforge.reporting.material import Material

ENTRY = Entry(
    place="exposure",
    inputs={
        "returns": "evaluation/returns.parquet",
    },
    keys=("market.execution",),
    category="2. Evaluation",
    caption=(
        "Share of equity that agents and six of the baselines have invested, by date, over "
        "the test windows."
    ),
)


def draw(material: Material) -> Drawn:
    """The figure, of what it is made of."""
    return Drawn(plot_exposure(pictured(material.files["returns"])), material.execution)
