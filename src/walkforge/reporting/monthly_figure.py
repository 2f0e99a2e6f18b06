"""Picture of monthly returns: a row for each year, a column for each month, and the year's."""

import calendar

import numpy as np
import polars as pl
from matplotlib.figure import Figure
from numpy.typing import NDArray

from walkforge.reporting.heatmap import Cells, draw_heatmap
from walkforge.reporting.panels import agents_among, column
from walkforge.reporting.records import Record, read_records
from walkforge.reporting.style import figure_style

MONTHS = 12
_ROW_INCHES = 0.4
_FRAME_INCHES = 1.2
_BAR_INCHES = 1.0


def monthly_returns(record: Record) -> tuple[list[int], NDArray[np.float64]]:
    """Return the years, and [Y, 13] the compounded return of each month and of the year, in %.

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
    """Return the monthly net returns in per cent, a panel for each agent, the mean of its seeds.

    Takes the frame that `plot_equity` takes and raises the same errors.
    """
    shown = agents_among(read_records(returns))
    tables = [
        Cells(
            values=values,
            rows=[str(year) for year in years],
            columns=[*calendar.month_abbr[1:], "year"],
            write=lambda percent: f"{percent:z.1f}".replace("-", "−"),
            plain=(MONTHS,),
        )
        for years, values in map(monthly_returns, shown)
    ]
    limit = max(cells.limit for cells in tables)
    heights = [_FRAME_INCHES + _ROW_INCHES * len(cells.rows) for cells in tables]
    with figure_style():
        figure, panels = column([*heights[:-1], heights[-1] + _BAR_INCHES])
        for axes, record, cells in zip(panels, shown, tables, strict=True):
            mesh = draw_heatmap(axes, cells, limit=limit)
            axes.set_title(f"Monthly returns, net of costs (%)\n{record.strategy}")
        bar = figure.colorbar(mesh, ax=panels, location="bottom", aspect=50.0, shrink=0.6)
        bar.set_label("net return of a month (%), mean of seeds")
    return figure
