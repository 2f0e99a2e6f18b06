"""Bars as arrays: one row a bar of a segment's own history, one column a segment of a symbol."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from functools import wraps
from threading import Lock
from typing import Concatenate, ParamSpec

import numpy as np
import polars as pl
from numpy.typing import NDArray

# [T, K] float64: row t is the (t+1)-th bar of each of K segments; NaN is "no value".
Grid = NDArray[np.float64]
Mask = NDArray[np.bool_]
# [D] datetime64[D], increasing.
Days = NDArray[np.datetime64]

_Args = ParamSpec("_Args")


class _Once:
    """A value that the first thread to ask for it computes."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._value: Grid | None = None

    def get(self, compute: Callable[[], Grid]) -> Grid:
        """The value, read-only; computed by the first call."""
        with self._lock:
            if self._value is None:
                self._value = compute()
                self._value.setflags(write=False)
            return self._value


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Bars:
    """Prices and volumes on a grid, NaN after a segment's last bar.

    Attributes:
        open, high, low, close, volume: [T, K], T the longest segment's number of bars.
        dates: [D] dates on which any symbol has a bar. day: [T, K] place of each bar's date in
            them, -1 after a segment's last bar.
        known: what `shared` functions compute on these bars, once for all threads.
    """

    open: Grid
    high: Grid
    low: Grid
    close: Grid
    volume: Grid
    dates: Days
    day: NDArray[np.int64]
    known: dict[Hashable, "_Once"] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Where each row of a bars frame of N rows lies on its grid of shape [T, K].

    Attributes:
        bar: [N] number of bars of the same segment before it.
        index: [N] place in the flattened grid.
        shape: (T, K), K the number of segments of all symbols.
    """

    bar: NDArray[np.int64]
    index: NDArray[np.int64]
    shape: tuple[int, int]

    def spread(self, column: pl.Series) -> Grid:
        """A column of the frame as a grid, NaN where there is no row."""
        grid = np.full(self.shape, np.nan)
        grid.put(self.index, column.to_numpy())
        return grid

    def gather(self, grid: Grid) -> NDArray[np.float64]:
        """The values [N] of a grid, in the order of the frame's rows."""
        return grid.take(self.index)


def places_of(bars: pl.DataFrame) -> Places:
    """Where the rows of a bars frame lie on its grid: a column for each segment.

    Raises:
        ValueError: the rows of a segment are apart from each other, or not in order of date.
    """
    runs = bars.select(run=pl.struct("symbol", "segment").rle()).unnest("run")
    if runs["value"].n_unique() != runs.height:
        raise ValueError("rows of one symbol lie apart: sort the bars by symbol, then date")
    lengths = runs["len"].to_numpy().astype(np.int64)
    column = np.repeat(np.arange(len(lengths)), lengths)
    first = np.repeat(np.cumsum(lengths) - lengths, lengths)
    bar = np.arange(bars.height) - first
    if (np.diff(bars["date"].to_physical().to_numpy()) <= 0)[bar[1:] > 0].any():
        raise ValueError("dates of a symbol do not increase: sort the bars by symbol, then date")
    shape = (int(lengths.max(initial=0)), len(lengths))
    return Places(bar=bar, index=bar * shape[1] + column, shape=shape)


def bars_on(places: Places, bars: pl.DataFrame) -> Bars:
    """The prices and volumes of a bars frame as grids."""
    names = ("open", "high", "low", "close", "volume")
    opening, high, low, close, volume = (places.spread(bars[name]) for name in names)
    dates = bars["date"].unique().sort()
    day = np.full(places.shape, -1, dtype=np.int64)
    day.put(places.index, dates.search_sorted(bars["date"]).to_numpy())
    return Bars(
        open=opening, high=high, low=low, close=close, volume=volume,
        dates=dates.to_numpy(), day=day,
    )  # fmt: skip


def shared(
    function: Callable[Concatenate[Bars, _Args], Grid],
) -> Callable[Concatenate[Bars, _Args], Grid]:
    """The function made to compute once for each bars and arguments, read-only.

    For the quantities that several indicators use.
    """

    @wraps(function)
    def once(bars: Bars, /, *args: _Args.args, **kwargs: _Args.kwargs) -> Grid:
        key: Hashable = (function.__module__, function.__qualname__, args, *sorted(kwargs.items()))
        # setdefault is atomic: of several threads one computes and the others wait for it.
        entry = bars.known.setdefault(key, _Once())
        return entry.get(lambda: function(bars, *args, **kwargs))

    return once
