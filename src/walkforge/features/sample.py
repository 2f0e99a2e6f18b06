"""Which symbols the checks of the features look at: some, evenly spaced in their order."""

import numpy as np
import polars as pl

# From here on recursive means have forgotten how they were started, to 1e-6.
FROM_BAR = 300


def some_symbols(bars: pl.DataFrame, count: int) -> pl.DataFrame:
    """The bars of so many symbols, evenly spaced in their order, or of all."""
    symbols = bars["symbol"].unique().sort()
    places = np.linspace(0, len(symbols) - 1, min(count, len(symbols))).round().astype(int)
    return bars.filter(pl.col("symbol").is_in(symbols[np.unique(places).tolist()].implode()))


def longest_segments(bars: pl.DataFrame, symbols: int) -> pl.DataFrame:
    """The bars of some symbols, evenly spaced in their order, one segment of each.

    The segment is the longest; only symbols with over FROM_BAR bars in it count.
    """
    segments = bars.group_by("symbol", "segment").len().filter(pl.col("len") > FROM_BAR)
    longest = segments.sort("symbol", "len", "segment", descending=[False, True, False]).unique(
        "symbol", keep="first", maintain_order=True
    )
    places = np.linspace(0, longest.height - 1, min(symbols, longest.height)).round().astype(int)
    chosen = longest[np.unique(places)].select("symbol", "segment")
    return bars.join(chosen, on=["symbol", "segment"], how="semi", maintain_order="left")
