"""The table of largest days: what each record is without the one day that moved it most."""

from collections.abc import Mapping
from typing import Any

import polars as pl

from walkforge.reporting.tables import (
    Column,
    Row,
    Table,
    number_cell,
    percent,
    text_cell,
    two_decimals,
)

_NOTE = (
    "The day whose net return is largest in size. Share: that return over the sum of all daily "
    "returns, where both have one sign. A result that rests on a single day may be an error of the "
    "data: look the day up in the bars and on the page of data quality."
)


def largest_days_table(strategies: pl.DataFrame) -> Table:
    """The largest day of each strategy's record; agents first, then equal weight.

    Args:
        strategies: see evaluation.evidence.strategies_frame and evaluation.assess.largest_day.
    """
    ordered = strategies.sort("kind", pl.col("strategy") != "equal_weight", "strategy")
    return Table(
        caption="The largest single day of each record, and the record without it",
        columns=[
            Column(label="strategy", kind="text"),
            Column(label="day", kind="date"),
            Column(label="net return", kind="number"),
            Column(label="share", kind="number"),
            Column(label="total return", kind="number"),
            Column(label="without the day", kind="number"),
            Column(label="Sharpe", kind="number"),
            Column(label="without the day", kind="number"),
        ],
        rows=[_row(row) for row in ordered.rows(named=True)],
        notes=(_NOTE,),
    )


def _row(row: Mapping[str, Any]) -> Row:
    """One strategy."""
    cells = [
        text_cell(row["strategy"]),
        text_cell(row["largest_date"], look="date"),
        number_cell(row["largest_return"], percent),
        number_cell(row["largest_share"], percent),
        number_cell(row["total_return"], percent),
        number_cell(row["total_without"], percent),
        number_cell(row["sharpe"], two_decimals),
        number_cell(row["sharpe_without"], two_decimals),
    ]
    return Row(cells=cells, headline=row["kind"] == "agent")
