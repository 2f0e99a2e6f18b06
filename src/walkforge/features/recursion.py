"""Recursions that polars cannot express: one step a bar, for all symbols at once."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

Column = NDArray[np.float64]


def recursion(step: Callable[..., Column], *inputs: pl.Expr) -> pl.Expr:
    """Return the state of a recursion after each bar; NaN where the step gives NaN.

    Args:
        step: (state before [K], value of each input [K], ...) -> state [K], elementwise over K
            symbols, so that no symbol reaches another. The first state is NaN, and so is an
            input that is null.
        inputs: expressions on the bars frame.
    """
    bar = pl.int_range(pl.len()).over("symbol")
    place = (bar == 0).cum_sum().cast(pl.Int64).first().over("symbol") - 1

    def run(columns: Sequence[pl.Series], **_: Any) -> pl.Series:
        row, column = columns[0].to_numpy(), columns[1].to_numpy()
        return pl.Series(_run(step, row, column, [series.to_numpy() for series in columns[2:]]))

    return pl.map_batches([bar, place, *inputs], run, return_dtype=pl.Float64())


def _run(
    step: Callable[..., Column], row: NDArray[Any], column: NDArray[Any], inputs: Sequence[Column]
) -> Column:
    """Return the states, one for each place (row, column) of the [T, K] grid."""
    shape = (row.max(initial=-1) + 1, column.max(initial=-1) + 1)
    grids = []
    for values in inputs:
        grid = np.full(shape, np.nan)
        grid[row, column] = values
        grids.append(grid)
    states = np.full(shape, np.nan)
    state = np.full(shape[1], np.nan)
    for t in range(shape[0]):
        state = step(state, *(grid[t] for grid in grids))
        states[t] = state
    return states[row, column]
