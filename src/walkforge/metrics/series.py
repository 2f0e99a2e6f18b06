"""What figures take: one finite number a day, or a table of them."""

import numpy as np
from numpy.typing import NDArray

Series = NDArray[np.float64]
Table = NDArray[np.float64]  # [T, N], a column for each strategy, or [S, F], seeds by folds


def checked(values: Series) -> Series:
    """Daily values [T] as float64.

    Raises:
        ValueError: they are empty, not one-dimensional or not finite.
    """
    array = np.asarray(values, dtype=np.float64)
    if array.ndim != 1 or array.size == 0:
        raise ValueError(f"the shape is {array.shape}: give one value a day, at least one day")
    if not np.isfinite(array).all():
        first = int(np.flatnonzero(~np.isfinite(array))[0])
        raise ValueError(f"value {first} is {array[first]}: every day needs a finite number")
    return array


def checked_table(values: Table, *, least: int) -> Table:
    """A table of at least so many rows and one column as float64.

    Raises:
        ValueError: it is smaller, not two-dimensional or not finite.
    """
    table = np.asarray(values, dtype=np.float64)
    if table.ndim != 2 or len(table) < least or table.shape[1] == 0:
        raise ValueError(f"the shape is {table.shape}: give at least {least} rows and a column")
    if not np.isfinite(table).all():
        row, column = np.argwhere(~np.isfinite(table))[0].tolist()
        raise ValueError(
            f"row {row} of column {column} is {table[row, column]}: give finite numbers"
        )
    return table
