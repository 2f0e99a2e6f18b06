"""Warm-up sensitivity: after how many bars a feature has forgotten where history starts."""

from collections.abc import Callable

import numpy as np
import polars as pl

from walkforge.features.catalogue import FEATURES
from walkforge.features.sample import longest_segments

# Two values are the same when they differ by this much or less, in standard deviations.
TOLERANCE = 1e-3

_KEYS = ("date", "symbol")
_SCHEMA = {"feature": pl.String, "bars": pl.Int64}

Compute = Callable[[pl.DataFrame], pl.DataFrame]


def memory(bars: pl.DataFrame, compute: Compute, *, symbols: int, starts: int = 2) -> pl.DataFrame:
    """Feature and bars: how many bars of a later start its values still show it.

    The features are computed again on bars that begin later, all symbols together, on so many
    dates spread over the first half; from the returned number of bars of a symbol on, its values
    are those of the whole history.

    Args:
        bars: a bars frame. compute: gives date, symbol and the columns.
        symbols: of how many the longest segment is looked at. starts: how many later starts are
            tried.
    """
    bars = longest_segments(bars, symbols)
    whole = compute(bars)
    spreads = whole.group_by("symbol").agg(pl.exclude(_KEYS).std())
    days = bars["date"].unique().sort()
    places = np.linspace(len(days) // 10, len(days) // 2, starts).astype(int)
    found = [pl.DataFrame(schema=_SCHEMA)]
    for start in days.gather(np.unique(places[places < len(days)])):
        later = pl.col("date") >= start
        found.append(_bars_apart(whole.filter(later), compute(bars.filter(later)), spreads))
    longest = pl.concat(found).group_by("feature", maintain_order=True)
    return longest.agg(pl.col("bars").max())


def check_memory(found: pl.DataFrame, *, warm_up: int, warn: Callable[[str], None]) -> pl.DataFrame:
    """What memory found; warns of features that remember more bars than the warm-up has.

    Rows that a feature's own windows leave without a value need no warm-up.
    """
    own = [FEATURES[name].warm_up if name in FEATURES else 0 for name in found["feature"]]
    longer = found.filter(pl.col("bars") > pl.max_horizontal(pl.lit(warm_up), pl.Series(own)))
    if not longer.is_empty():
        told = ", ".join(f"{name} ({bars})" for name, bars in longer.iter_rows())
        warn(
            f"the features' warm-up is {warm_up} bars, and these show for longer where history "
            f"starts: {told}: enlarge features.warm_up"
        )
    return found


def _bars_apart(whole: pl.DataFrame, later: pl.DataFrame, spreads: pl.DataFrame) -> pl.DataFrame:
    """Feature and the number of a symbol's bars up to the last one that differs."""
    of_symbol = later.select("symbol").join(spreads, on="symbol", how="left", maintain_order="left")
    bar = later.select(1 + pl.int_range(pl.len()).over("symbol")).to_series().to_numpy()
    rows = []
    for name in whole.columns[len(_KEYS) :]:
        spread = of_symbol[name].fill_null(0.0).to_numpy()
        first, second = (frame[name].fill_null(np.nan).to_numpy() for frame in (whole, later))
        same = np.abs(first - second) <= TOLERANCE * spread
        same |= np.isnan(first) & np.isnan(second)
        rows.append((name, int(bar[~same].max(initial=0))))
    return pl.DataFrame(rows, schema=_SCHEMA, orient="row")
