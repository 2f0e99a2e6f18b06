"""Picture of seeds and folds: the Sharpe ratio of each seed in each test window."""

import math

import numpy as np
import polars as pl
from matplotlib.figure import Figure
from numpy.typing import NDArray

from walkforge.metrics.performance import sharpe
from walkforge.metrics.series import periods_per_year
from walkforge.reporting.catalogue import Entry
from walkforge.reporting.encoding import Drawn
from walkforge.reporting.heatmap import Cells, plot_heatmaps
from walkforge.reporting.material import Material
from walkforge.reporting.panels import agents_among
from walkforge.reporting.records import EQUAL_WEIGHT, Record, fold_names, read_records

ENTRY = Entry(
    place="seeds_and_folds",
    inputs={
        "returns": "evaluation/returns.parquet",
    },
    keys=("market.execution",),
    category="2. Evaluation",
    caption=(
        "The net Sharpe ratio of each seed in each test window, with the mean of the seeds "
        "and equal weight below."
    ),
)


def draw(material: Material) -> Drawn:
    """The figure, of what it is made of."""
    return Drawn(plot_seeds(material.files["returns"]), material.execution)


_ROW_INCHES = 0.42
_FRAME_INCHES = 1.3
ALL = "all"


def plot_seeds(returns: pl.DataFrame) -> Figure:
    """The annual net Sharpe ratios, a panel for each agent: seeds down, folds across.

    Below the seeds stand their mean's and equal weight's. Takes the frame that `plot_equity` takes
    and raises the same errors.
    """
    records = read_records(returns)
    equal = [r for r in records if r.kind == "baseline" and r.strategy == EQUAL_WEIGHT]
    folds = fold_names(returns)
    tables = {
        f"Sharpe ratio by seed and fold, net of costs\n{record.strategy}": _cells(
            record, equal, folds=folds
        )
        for record in agents_among(records)
    }
    return plot_heatmaps(
        tables, row_inches=_ROW_INCHES, frame_inches=_FRAME_INCHES, label="annual Sharpe ratio"
    )


def _cells(record: Record, equal: list[Record], *, folds: NDArray[np.str_]) -> Cells:
    """The ratios of an agent's seeds, their mean and equal weight, by fold and in all."""
    others = [other for other in equal if other is not record]
    mean = "mean of seeds" if record.kind == "agent" else record.strategy
    lines = {f"seed {seed}": values for seed, values in record.seeds.items()}
    if len(lines) != 1:  # one seed is its own mean
        lines[mean] = record.net_return
    lines |= {other.strategy: other.net_return for other in others}
    names = list(dict.fromkeys(folds.tolist()))
    year = periods_per_year(record.dates)
    values = [
        [sharpe(daily[folds == name], year) for name in names] + [sharpe(daily, year)]
        for daily in lines.values()
    ]
    return Cells(values=np.array(values), rows=list(lines), columns=[*names, ALL], write=_written)


def _written(ratio: float) -> str:
    return f"{ratio:z.2f}".replace("-", "−") if math.isfinite(ratio) else ""
