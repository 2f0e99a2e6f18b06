"""Days resampled by the stationary bootstrap (Politis and Romano, JASA 89, 1994) of arch."""

import itertools
import math
from collections.abc import Iterator
from typing import TypedDict, Unpack, cast

import numpy as np
from arch.bootstrap import StationaryBootstrap

from walkforge.metrics.series import Table

_BATCH = 500  # resamples held at once, to bound memory


class Resampling(TypedDict):
    """How days are resampled: number of resamples R, their seed, mean length of blocks in days."""

    replications: int
    seed: int
    block: float


def resampled_means(values: Table, **resampling: Unpack[Resampling]) -> Table:
    """The means [R, N] of resampled days of values [T, N]."""
    counts = _resamples(len(values), **resampling)
    return np.concatenate([each @ values / len(values) for each in counts])


def _resamples(days: int, *, replications: int, seed: int, block: float) -> Iterator[Table]:
    """Yield how often resamples hold each day, [<= 500, T] at a time; every row adds up to T."""
    if replications < 1 or not 1.0 <= block < math.inf:
        raise ValueError(
            f"{replications} replications in blocks of {block} days: give at least 1 of each"
        )
    # arch's annotation asks for an int; it uses 1 / block, the chance that a block ends.
    drawn = StationaryBootstrap(cast(int, block), np.arange(days), seed=seed)
    rows = (np.bincount(index, minlength=days) for (index,), _ in drawn.bootstrap(replications))
    while batch := list(itertools.islice(rows, _BATCH)):
        yield np.array(batch, dtype=np.float64)
