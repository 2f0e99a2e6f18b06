"""The page of costs: what each of the fixed regimes turns over and pays."""

import polars as pl

from walkforge.reporting.catalogue import Entry
from walkforge.reporting.html.render import render_page
from walkforge.reporting.look_ahead import warned
from walkforge.reporting.material import Material
from walkforge.reporting.tables import Column, make_table
from walkforge.reporting.told import TWO

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


_SHARE = ".3%"
_COLUMNS = (
    Column("regime", "text", "regime"),
    Column("turnover", "number", "turnover", TWO),
    Column("commission", "number", "commission", _SHARE),
    Column("stamp duty", "number", "stamp_duty", _SHARE),
    Column("spread", "number", "spread", _SHARE),
    Column("slippage", "number", "slippage", _SHARE),
    Column("impact", "number", "impact", _SHARE),
    Column("all costs", "number", "cost", _SHARE),
    Column("net return", "number", "net_return", _SHARE),
)
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
    caption = (
        f"{costs.height} regimes; the dearest is {dearest['regime']}, {dearest['cost']:.2%} a year"
    )
    table = make_table(caption, _COLUMNS, rows=costs, notes=(*warned(execution), *_NOTES))
    return render_page("one_table.html.j2", title="Cost by regime", table=table)
