"""Data point in time: the rows and symbols there were at a date, nothing that came later."""

import hashlib
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import NamedTuple

import numpy as np
import polars as pl
import torch

from walkforge.data.spacing import REUSED_AFTER, frequency_of
from walkforge.errors import InputError
from walkforge.features.panel import Panel, delisted_marks, load_panel
from walkforge.frames import read_frame
from walkforge.market.market import Market, market_of
from walkforge.splits.manifest import row_digests


class PointInTime(NamedTuple):
    """The state of the data at the close of their last date.

    panel: rows up to that date, of the symbols that had enough bars by then. market: the same on
    the CPU. last_bars: of each symbol, the date of its last bar.
    """

    panel: Panel
    market: Market
    last_bars: tuple[date, ...]

    @property
    def as_of(self) -> date:
        """The date at whose close this is known."""
        return self.panel.dates[-1]

    @property
    def stale_sessions(self) -> list[int]:
        """How many sessions each symbol's last bar is old, 0 where it is of this date."""
        dates = self.panel.dates
        return [len(dates) - bisect_right(dates, day) for day in self.last_bars]

    def digest(self) -> str:
        """The SHA-256 of all rows: names, features, prices and masks."""
        return hashlib.sha256(b"".join(row_digests(self.panel))).hexdigest()


class Data(NamedTuple):
    """All data there are: the panel, the bars it was made of, and data.minimum_bars."""

    panel: Panel
    bars: pl.DataFrame
    minimum_bars: int

    def at(self, as_of: date) -> PointInTime:
        """What was known at the close of a date, as if no later bar had ever come.

        A symbol with fewer bars than minimum_bars by then is none yet, and a symbol is delisted
        only where enough dates without it had passed.

        Raises:
            InputError: the date has no bars.
        """
        bars = self.bars.filter(pl.col("date") <= as_of)
        counts = bars.group_by("symbol").agg(bars=pl.len(), last=pl.col("date").max())
        counts = counts.filter(pl.col("bars") >= self.minimum_bars).sort("symbol")
        bars = bars.filter(pl.col("symbol").is_in(counts["symbol"].to_list()))
        dates = bars["date"].unique().sort()
        if dates.is_empty() or dates[-1] != as_of:
            raise InputError(f"no bars on {as_of}: {_told(self.panel.dates, as_of)}")
        panel = _cut(self.panel, dates.to_list(), counts["symbol"].to_list())
        row = dates.search_sorted(bars["date"]).to_numpy()
        column = counts["symbol"].search_sorted(bars["symbol"]).to_numpy()
        reused = REUSED_AFTER[frequency_of(panel.dates)]
        marks = delisted_marks(bars["segment"], row, column, panel.close.shape, reused_after=reused)
        panel = replace(panel, delisted=marks)
        market = market_of(panel, device=torch.device("cpu"))
        return PointInTime(panel, market, tuple(counts["last"]))


def load_data(tensor: Path, names: Path, bars: Path, *, minimum_bars: int) -> Data:
    """All data.

    Args:
        tensor, names: of the panel. bars: that it was made of. minimum_bars: see Data.

    Raises:
        InputError: a file is missing, or altered since it was written.
    """
    return Data(load_panel(tensor, names), read_frame(bars), minimum_bars)


def _cut(panel: Panel, dates: Sequence[date], symbols: Sequence[str]) -> Panel:
    """A panel's rows of these dates and columns of these symbols."""
    rows = [bisect_left(panel.dates, day) for day in dates]
    columns = [bisect_left(panel.symbols, name) for name in symbols]
    whole = len(columns) == len(panel.symbols) and rows[-1] == len(rows) - 1
    chosen = slice(rows[-1] + 1) if whole else np.ix_(rows, columns)
    cut = panel.map(lambda values: values[chosen])
    return replace(cut, dates=tuple(dates), symbols=tuple(symbols))


def _told(dates: Sequence[date], as_of: date) -> str:
    """Which sessions there are around a date without bars."""
    place = bisect_left(dates, as_of)
    if place == 0:
        return f"the first session is {dates[0]}"
    before = f"the last session before it is {dates[place - 1]}"
    return before if place == len(dates) else f"{before}, the next after it {dates[place]}"
