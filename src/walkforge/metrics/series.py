"""What every figure takes: one finite number a day."""

import numpy as np
from numpy.typing import NDArray

TRADING_DAYS_PER_YEAR = 252
Series = NDArray[np.float64]


def checked(values: Series) -> Series:
    """Return daily values [T] as float64.

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
