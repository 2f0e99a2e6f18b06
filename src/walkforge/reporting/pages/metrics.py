"""The page of metrics: every figure of every strategy and seed."""

from dataclasses import replace

import polars as pl

from walkforge.reporting.catalogue import Entry
from walkforge.reporting.html.render import render_page
from walkforge.reporting.look_ahead import warned
from walkforge.reporting.material import Material
from walkforge.reporting.tables import ALL, metrics_table

ENTRY = Entry(
    place="evaluation/metrics",
    inputs={
        "metrics": "evaluation/metrics.parquet",
    },
    keys=("market.execution",),
    category="2. Evaluation",
    caption=(
        "Out-of-sample figures of every agent, seed and baseline on the same dates and costs, "
        "each Sharpe ratio with its standard error."
    ),
)


def write(material: Material) -> str:
    """The page, of what it is made of."""
    return metrics_html(material.files["metrics"], execution=material.execution)


def metrics_html(metrics: pl.DataFrame, *, execution: str) -> str:
    """A self-contained page with the figures of every strategy and seed.

    `metrics` has one row per strategy, kind ('agent' or 'baseline') and seed ('mean' for the mean
    of the seeds, 'consensus' for their one account, '' for a baseline), with the fields of
    `Performance`; `execution` is where orders fill. Raises ValueError when a column is missing.
    """
    table = metrics_table(metrics, figures=ALL)
    noted = replace(table, notes=(*warned(execution), *table.notes))
    return render_page("one_table.html.j2", title="Metrics", table=noted)
