"""The page of costs: what each of the fixed regimes turns over and pays."""

import polars as pl

from walkforge.reporting.catalogue import Entry
from walkforge.reporting.html.render import render_page
from walkforge.reporting.look_ahead import warned
from walkforge.reporting.material import Material
from walkforge.reporting.tables import Column, Row, Table, number_cell, text_cell, two_decimals

ENTRY = Entry(
    place="evaluation/costs",
    inputs={
        "costs": "evaluation/costs.parquet",
    },
    keys=("market.execution",),
    category="3. Sensitivity",
    caption=("What each of the twelve fixed regimes turns over and pays, by kind of cost."),
)


def write(material: Material) -> str:
    """The page, of what it is made of."""
    return costs_html(material.files["costs"], execution=material.execution)


_LABELS = {
    "commission": "commission",
    "stamp_duty": "stamp duty",
    "spread": "spread",
    "slippage": "slippage",
    "impact": "impact",
    "cost": "all costs",
    "net_return": "net return",
}
_NOTES = (
    "Each regime is held through all test windows, at the configured costs and at initial_cash; "
    "in one account, which begins in cash evaluation.warm_in_days sessions before the first. "
    "Turnover is in multiples of equity a year; costs are a share of equity a year.",
    "The regimes are fixed rules, not advice: the table shows what trading them costs.",
)


def costs_html(costs: pl.DataFrame, *, execution: str) -> str:
    """A self-contained page with one row for each regime.

    Args:
        costs: see evaluation.regime_costs.regime_costs. execution: where orders fill.
    """
    dearest = costs.row(int(costs["cost"].arg_max() or 0), named=True)
    table = Table(
        caption=f"{costs.height} regimes; the dearest is {dearest['regime']}, "
        f"{dearest['cost']:.2%} a year",
        columns=[
            Column(label="regime", kind="text"),
            Column(label="turnover", kind="number"),
            *(Column(label=label, kind="number") for label in _LABELS.values()),
        ],
        rows=[
            Row(
                cells=[
                    text_cell(row["regime"]),
                    number_cell(row["turnover"], two_decimals),
                    *(number_cell(row[name], "{:.3%}".format) for name in _LABELS),
                ]
            )
            for row in costs.iter_rows(named=True)
        ],
        notes=(*warned(execution), *_NOTES),
    )
    return render_page("one_table.html.j2", title="Cost by regime", table=table)
