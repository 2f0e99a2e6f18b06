"""Warm-up sensitivity: after how many bars a feature has forgotten where history starts."""

from collections.abc import Callable, Sequence

import numpy as np
import polars as pl

# Two values are the same when they differ by this much or less, in standard deviations.
TOLERANCE = 1e-6

_SCHEMA = {"feature": pl.String, "bars": pl.Int64}

Compute = Callable[[pl.DataFrame], pl.DataFrame]


def memory(parts: Sequence[pl.DataFrame], compute: Compute, *, starts: int) -> pl.DataFrame:
    """Return feature and bars: how many bars of a later start its values still show it.

    A feature is computed again on histories that begin later, at so many bars spread over the
    first half; from the returned number of bars on, its values are those of the whole history.

    Args:
        parts: bars frames, one segment of one symbol each.
        compute: gives date, symbol and the columns. starts: how many later starts are tried.
    """
    longest = [pl.DataFrame(schema=_SCHEMA)]
    for part in parts:
        whole = compute(part)
        for start in np.linspace(part.height // 10, part.height // 2, starts).astype(int):
            later = compute(part.slice(int(start)))
            longest.append(_bars_apart(whole.slice(int(start)), later, whole))
    found = pl.concat(longest)
    return found.group_by("feature", maintain_order=True).agg(pl.col("bars").max())


def _bars_apart(whole: pl.DataFrame, later: pl.DataFrame, all_rows: pl.DataFrame) -> pl.DataFrame:
    """Return feature and the number of bars up to the last one that differs."""
    rows = []
    for name in whole.columns[2:]:
        spread = float(all_rows[name].std() or 0.0)  # type: ignore[arg-type]
        first, second = (frame[name].fill_null(np.nan).to_numpy() for frame in (whole, later))
        same = np.abs(first - second) <= TOLERANCE * spread
        same |= np.isnan(first) & np.isnan(second)
        apart = np.flatnonzero(~same)
        rows.append((name, int(apart[-1]) + 1 if len(apart) else 0))
    return pl.DataFrame(rows, schema=_SCHEMA, orient="row")
