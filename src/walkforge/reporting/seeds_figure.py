"""Picture of seeds and folds: the Sharpe ratio of each seed in each test window."""

import math

import numpy as np
import polars as pl
from matplotlib.figure import Figure
from numpy.typing import NDArray

from walkforge.metrics.performance import sharpe
from walkforge.reporting.heatmap import Cells, draw_heatmap
from walkforge.reporting.panels import agents_among, column
from walkforge.reporting.records import EQUAL_WEIGHT, Record, fold_names, read_records
from walkforge.reporting.style import figure_style

_ROW_INCHES = 0.42
_FRAME_INCHES = 1.3
_BAR_INCHES = 1.0
ALL = "all"


def plot_seeds(returns: pl.DataFrame) -> Figure:
    """Return the annual net Sharpe ratios, a panel for each agent: seeds down, folds across.

    Below the seeds stand their mean's and equal weight's. Takes the frame that `plot_equity` takes
    and raises the same errors.
    """
    records = read_records(returns)
    shown = agents_among(records)
    equal = [r for r in records if r.kind == "baseline" and r.strategy == EQUAL_WEIGHT]
    folds = fold_names(returns)
    tables = [_cells(record, equal, folds=folds) for record in shown]
    limit = max(cells.limit for cells in tables)
    heights = [_FRAME_INCHES + _ROW_INCHES * len(cells.rows) for cells in tables]
    with figure_style():
        figure, panels = column([*heights[:-1], heights[-1] + _BAR_INCHES])
        for axes, record, cells in zip(panels, shown, tables, strict=True):
            mesh = draw_heatmap(axes, cells, limit=limit)
            axes.set_title(f"Sharpe ratio by seed and fold, net of costs\n{record.strategy}")
        bar = figure.colorbar(mesh, ax=panels, location="bottom", aspect=50.0, shrink=0.6)
        bar.set_label("annual Sharpe ratio")
    return figure


def _cells(record: Record, equal: list[Record], *, folds: NDArray[np.str_]) -> Cells:
    """Return the ratios of an agent's seeds, their mean and equal weight, by fold and in all."""
    others = [other for other in equal if other is not record]
    mean = "mean of seeds" if record.kind == "agent" else record.strategy
    lines = {f"seed {seed}": values for seed, values in record.seeds.items()}
    lines[mean] = record.net_return
    lines |= {other.strategy: other.net_return for other in others}
    names = list(dict.fromkeys(folds.tolist()))
    values = [
        [sharpe(daily[folds == name]) for name in names] + [sharpe(daily)]
        for daily in lines.values()
    ]
    return Cells(values=np.array(values), rows=list(lines), columns=[*names, ALL], write=_written)


def _written(ratio: float) -> str:
    return f"{ratio:z.2f}".replace("-", "−") if math.isfinite(ratio) else ""
