"""Picture of monthly returns: a row for each year, a column for each month, and the year's."""

import calendar

import numpy as np
import polars as pl
from matplotlib.figure import Figure
from numpy.typing import NDArray

from walkforge.reporting.catalogue import Entry
from walkforge.reporting.encoding import Drawn
from walkforge.reporting.heatmap import Cells, plot_heatmaps
from walkforge.reporting.material import Material
from walkforge.reporting.panels import agents_among
from walkforge.reporting.records import Record, read_records

ENTRY = Entry(
    place="monthly_returns",
    inputs={
        "returns": "evaluation/returns.parquet",
    },
    keys=("market.execution",),
    category="2. Evaluation",
    caption=(
        "Net returns of each month and year in per cent, of each agent as the mean of its "
        "seeds; a month that the record covers in part counts as far as it goes."
    ),
)


def draw(material: Material) -> Drawn:
    """The figure, of what it is made of."""
    return Drawn(plot_monthly_returns(material.files["returns"]), material.execution)


MONTHS = 12
_ROW_INCHES = 0.4
_FRAME_INCHES = 1.2


def monthly_returns(record: Record) -> tuple[list[int], NDArray[np.float64]]:
    """The years, and [Y, 13] the compounded return of each month and of the year, in %.

    nan for a month without a day. A month or year that the record covers in part counts as far as
    it goes.
    """
    daily = pl.DataFrame(
        {"date": pl.Series(record.dates).cast(pl.Date), "growth": 1.0 + record.net_return}
    ).with_columns(year=pl.col("date").dt.year(), month=pl.col("date").dt.month())
    years = list(range(daily["year"][0], daily["year"][-1] + 1))
    found = np.full((len(years), MONTHS + 1), np.nan)
    for year, month, growth in (
        daily.group_by("year", "month").agg(pl.col("growth").product()).rows()
    ):
        found[year - years[0], month - 1] = growth
    known = ~np.isnan(found).all(axis=1)
    found[known, MONTHS] = np.nanprod(found[known, :MONTHS], axis=1)
    return years, 100.0 * (found - 1.0)


def plot_monthly_returns(returns: pl.DataFrame) -> Figure:
    """The monthly net returns in per cent, a panel for each agent, the mean of its seeds.

    Takes the frame that `plot_equity` takes and raises the same errors.
    """
    tables = {
        f"Monthly returns, net of costs (%)\n{record.strategy}": Cells(
            values=values,
            rows=[str(year) for year in years],
            columns=[*calendar.month_abbr[1:], "year"],
            write=lambda percent: f"{percent:z.1f}".replace("-", "−"),
            plain=(MONTHS,),
        )
        for record in agents_among(read_records(returns))
        for years, values in [monthly_returns(record)]
    }
    return plot_heatmaps(
        tables,
        row_inches=_ROW_INCHES,
        frame_inches=_FRAME_INCHES,
        label="net return of a month (%), mean of seeds",
    )
