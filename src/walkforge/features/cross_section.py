"""Across symbols: what all of them do on a date, to the last bit whatever their order.

All take and give [T, K], bars of segments; a symbol counts on the dates on which it has a value.
"""

import numpy as np
import polars as pl

from walkforge.features.grid import Bars, Grid
from walkforge.features.windows import TIE


def by_date(bars: Bars, series: Grid) -> Grid:
    """[D, K]: the values on their dates, NaN elsewhere."""
    daily = np.full((len(bars.dates), series.shape[1]), np.nan)
    row, column = np.nonzero(bars.day >= 0)
    daily[bars.day[row, column], column] = series[row, column]
    return daily


def of_date(bars: Bars, figures: Grid) -> Grid:
    """The figure [D] of each bar's date, NaN after a segment's last bar."""
    return np.where(bars.day < 0, np.nan, figures[bars.day])


def date_means(daily: Grid) -> Grid:
    """[D]: the mean of each date's values, NaN where there are none."""
    # Sorted and summed one after another: neither the order of the columns nor an empty one more
    # changes a bit.
    ordered = np.nan_to_num(np.sort(daily, axis=1))
    first_zero = np.zeros((len(daily), 1))
    totals = np.add.accumulate(np.concatenate([first_zero, ordered], axis=1), axis=1)[:, -1]
    return np.asarray(totals / np.sum(~np.isnan(daily), axis=1))


def date_deviations(daily: Grid) -> Grid:
    """[D]: the standard deviation, ddof 0, of each date's values."""
    apart = daily - date_means(daily)[:, None]
    return np.sqrt(date_means(apart * apart))


def standing(bars: Bars, series: Grid) -> Grid:
    """How many deviations of its date each value lies above the mean; 0 where all agree."""
    daily = by_date(bars, series)
    centre = of_date(bars, date_means(daily))
    spread = of_date(bars, date_deviations(daily))
    standings = np.where(spread <= TIE, 0.0, (series - centre) / spread)
    return np.where(np.isnan(series), np.nan, standings)


def rank_of_date(bars: Bars, series: Grid) -> Grid:
    """Each value's rank on its date, over 0 to 1, the mean of equals; 0.5 for one alone."""
    row, column = np.nonzero((bars.day >= 0) & ~np.isnan(series))
    values = np.round(series[row, column] / TIE)
    frame = pl.DataFrame({"day": bars.day[row, column], "value": values})
    place = (pl.col("value").rank("average") - 0.5) / pl.len()
    ranks = np.full_like(series, np.nan)
    ranks[row, column] = frame.select(place.over("day")).to_series().to_numpy()
    return ranks
