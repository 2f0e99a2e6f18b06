"""The table of largest days: what each record is without the one day that moved it most."""

import polars as pl

from walkforge.reporting.tables import STRATEGY, Column, Table, make_table
from walkforge.reporting.told import PERCENT, TWO, Source, place_of

_COLUMNS = (
    STRATEGY,
    Column("day", "date", "largest_date"),
    Column("net return", "number", "largest_return", PERCENT),
    Column("share", "number", "largest_share", PERCENT),
    Column("total return", "number", "total_return", PERCENT),
    Column("without the day", "number", "total_without", PERCENT),
    Column("Sharpe", "number", "sharpe", TWO),
    Column("without the day", "number", "sharpe_without", TWO),
)
_NOTE = (
    "The day whose net return is largest in size. Share: that return over the sum of all daily "
    "returns, where both have one sign. A result that rests on a single day may be an error of the "
    "data: look the day up in the bars and on the page of data quality."
)


def largest_days_table(strategies: pl.DataFrame, *, file: str) -> Table:
    """The largest day of each strategy's record; agents first, then equal weight.

    Args:
        strategies: see evaluation.evidence.strategies_frame and evaluation.assess.largest_day.
        file: that holds them.
    """
    ordered = strategies.sort("kind", pl.col("strategy") != "equal_weight", "strategy")
    return make_table(
        "The largest single day of each record, and the record without it",
        _COLUMNS,
        rows=[
            Source(place_of(file, row["kind"], row["strategy"]), row)
            for row in ordered.rows(named=True)
        ],
        headline=lambda row: bool(row["kind"] == "agent"),
        notes=(_NOTE,),
    )
