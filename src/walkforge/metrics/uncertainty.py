"""How far figures could have come out otherwise: bootstrap over days, over seeds and over folds.

Days are resampled for all strategies alike, so that differences between them are paired, by the
stationary bootstrap (Politis and Romano, JASA 89, 1994) of arch. The same seed gives the same
draws.
"""

import itertools
import math
from collections.abc import Iterator
from typing import Literal, NamedTuple, TypedDict, Unpack, cast

import numpy as np
from arch.bootstrap import StationaryBootstrap, optimal_block_length
from numpy.typing import NDArray

from walkforge.metrics.series import (
    Series,
    Table,
    checked,
    checked_table,
)

_LEAST_DAYS = 3  # Hansen's threshold takes the logarithm of the logarithm of the days
_BLOCK_DAYS = 20  # arch reads autocorrelations up to sqrt(T) + 5 days
_BATCH = 500  # resamples held at once, to bound memory
_ROUNDING = 1e-12  # daily returns that differ by less are the same, added up in another order


class Resampling(TypedDict):
    """How days are resampled: number of resamples R, their seed, mean length of blocks in days."""

    replications: int
    seed: int
    block: float


class Interval(NamedTuple):
    """Between which bounds a figure lies; both nan where it is undefined."""

    low: float
    high: float


def block_length(returns: Series) -> float:
    """The mean block length that suits daily returns [T], in days, at least 1.

    The rule of Politis and White (Econometric Reviews 23, 2004, corrected 2009) for the stationary
    bootstrap, by arch. 1 where returns never change, and with fewer than 20 days.
    """
    values = checked(returns)
    if len(values) < _BLOCK_DAYS or np.ptp(values) == 0.0:
        return 1.0
    found = float(optimal_block_length(values)["stationary"].iloc[0])
    return max(1.0, found) if math.isfinite(found) else 1.0


def resampled_means(values: Table, **resampling: Unpack[Resampling]) -> Table:
    """The means [R, N] of resampled days of values [T, N]."""
    counts = _resamples(len(values), **resampling)
    return np.concatenate([each @ values / len(values) for each in counts])


def bootstrap_sharpes(returns: Table, per_year: int, **resampling: Unpack[Resampling]) -> Table:
    """Annual Sharpe ratios [R, N] of resampled days; nan where there is no volatility.

    Args:
        returns: [T, N], daily, of N strategies on the same dates. per_year: days in a year.
        resampling: replications, seed and block, see Resampling.

    Raises:
        ValueError: returns are not [T, N] finite numbers of at least 3 days; the block is below 1.
    """
    values = checked_table(returns, least=_LEAST_DAYS)
    days = len(values)
    level = values.mean(axis=0)
    # Centred first, so that a mean square less a squared mean keeps its digits.
    centred = values - level
    both = resampled_means(np.hstack([centred, centred**2]), **resampling)
    mean, square = np.hsplit(both, 2)
    variance = (square - mean**2) * (days / (days - 1))
    moved = (variance > _ROUNDING * centred.var(axis=0)) & (np.ptp(values, axis=0) > 0.0)
    spread = np.sqrt(np.where(moved, variance, np.nan))
    return np.asarray((mean + level) / spread * math.sqrt(per_year))


def interval(draws: Series, *, confidence: float) -> Interval:
    """The percentile interval of draws [R]; undefined draws are left out.

    Raises:
        ValueError: confidence is not between 0 and 1.
    """
    if not 0.0 < confidence < 1.0:
        raise ValueError(f"confidence is {confidence}: give a share between 0 and 1, such as 0.95")
    known = np.asarray(draws, dtype=np.float64)
    known = known[~np.isnan(known)]
    if known.size == 0:
        return Interval(math.nan, math.nan)
    tail = (1.0 - confidence) / 2.0
    low, high = np.quantile(known, [tail, 1.0 - tail])
    return Interval(float(low), float(high))


def superior_ability(
    benchmark: Series, strategies: Table, **resampling: Unpack[Resampling]
) -> float:
    """The probability of a best strategy this far above the benchmark if none were better.

    The consistent p value of Hansen (JBES 23, 2005) with studentised mean daily differences,
    gains being good; 1 where none is above the benchmark on average, as where all equal it. A
    strategy that is above it by the same amount every day gives 0.

    Args:
        benchmark, strategies: [T] and [T, N], daily returns on the same dates.
        resampling: replications (at least 2), seed and block, see Resampling.

    Raises:
        ValueError: shapes do not fit, numbers are not finite, or there are fewer than 3 days.
    """
    gains = _gains(benchmark, strategies)
    if _certain(gains).any():
        return 0.0
    gains = gains[:, np.ptp(gains, axis=0) > _ROUNDING]
    if gains.shape[1] == 0:
        return 1.0
    z, null = _studentised(gains, **resampling)
    # Hansen's statistic is never below 0, where nothing speaks against the null.
    if z.max() <= 0.0:
        return 1.0
    above = int(np.sum(null.max(axis=1) > z.max()))
    return (1.0 + above) / (1.0 + len(null))  # the record itself is one of the draws


def superior(
    benchmark: Series, strategies: Table, *, size: float, **resampling: Unpack[Resampling]
) -> tuple[int, ...]:
    """The places of the strategies that are above the benchmark, each by a test of its own.

    Stepwise (Romano and Wolf, Econometrica 73, 2005), with the statistics of `superior_ability`
    (Hsu, Hsu and Kuan, Journal of Empirical Finance 17, 2010): what is found is taken out, and the
    rest is tested again, until nothing is found. The probability of any false find is at most
    `size`.

    Args:
        benchmark, strategies: [T] and [T, N], daily returns on the same dates.
        size: between 0 and 1, such as 0.05.
        resampling: replications (at least 2), seed and block, see Resampling.

    Raises:
        ValueError: as in `superior_ability`; size is not between 0 and 1.
    """
    if not 0.0 < size < 1.0:
        raise ValueError(f"size is {size}: give a share between 0 and 1, such as 0.05")
    gains = _gains(benchmark, strategies)
    found = _certain(gains)
    left = np.flatnonzero(np.ptp(gains, axis=0) > _ROUNDING)
    if left.size:
        z, null = _studentised(gains[:, left], **resampling)
        open_ = np.ones(left.size, dtype=bool)
        while open_.any():
            limit = np.quantile(null[:, open_].max(axis=1), 1.0 - size)
            better = open_ & (z > limit)
            if not better.any():
                break
            found[left[better]] = True
            open_ &= ~better
    return tuple(int(place) for place in np.flatnonzero(found))


def interquartile_mean(values: Table) -> float:
    """The mean of the middle half: a quarter of the values, rounded down, is cut each side.

    Agarwal et al., Deep Reinforcement Learning at the Edge of the Statistical Precipice, 2021.
    """
    flat = checked_table(np.reshape(values, (1, -1)), least=1)
    return float(_interquartile_means(flat)[0])


def interquartile_interval(
    values: Table,
    *,
    replications: int,
    seed: int,
    confidence: float,
    over: Literal["seeds", "seeds_and_folds"],
) -> Interval:
    """The bootstrap percentile interval of the interquartile mean of [S, F].

    Args:
        values: a figure of each of S seeds (rows) on each of F folds.
        replications, seed, confidence: number of resamples, their seed, and the share inside.
        over: seeds are drawn anew within each fold, which is the uncertainty of training alone;
            with folds, F folds are drawn first, which adds that of the market's path.

    Raises:
        ValueError: values are not [S, F] finite numbers; see `interval`.
    """
    table = checked_table(values, least=1)
    seeds, folds = table.shape
    generator = np.random.default_rng(seed)
    fold = np.broadcast_to(np.arange(folds), (replications, folds))
    if over == "seeds_and_folds":
        fold = generator.integers(folds, size=(replications, folds))
    drawn = generator.integers(seeds, size=(replications, seeds, folds))
    resampled = table[drawn, fold[:, None, :]].reshape(replications, -1)
    return interval(_interquartile_means(resampled), confidence=confidence)


def probability_of_improvement(ours: Table, theirs: Series) -> float:
    """The probability that a seed of ours [S, F] is above theirs [F] on the same fold.

    The share of seeds above, ties counting one half, as a mean over folds (Agarwal et al. 2021).

    Raises:
        ValueError: shapes do not fit, or numbers are not finite.
    """
    table = checked_table(ours, least=1)
    other = checked(theirs)
    if table.shape[1] != len(other):
        raise ValueError(
            f"ours are of {table.shape[1]} folds, theirs of {len(other)}: give one set"
        )
    return float(np.mean((table > other) + 0.5 * (table == other)))


def _gains(benchmark: Series, strategies: Table) -> Table:
    """How much strategies [T, N] are above the benchmark [T], each day."""
    table = checked_table(strategies, least=_LEAST_DAYS)
    base = checked(benchmark)
    if len(table) != len(base):
        raise ValueError(f"{len(table)} days of strategies, {len(base)} of the benchmark: give one")
    return table - base[:, None]


def _certain(gains: Table) -> NDArray[np.bool_]:
    """Which columns [N] are the same gain every day."""
    return np.asarray((np.ptp(gains, axis=0) <= _ROUNDING) & (gains[0] > _ROUNDING))


def _studentised(gains: Table, **resampling: Unpack[Resampling]) -> tuple[Table, Table]:
    """Mean over error [N], and the same of resamples where nothing is gained [R, N].

    Strategies so far below 0 that they cannot be the best are not raised to 0 (Hansen 2005).
    """
    mean = gains.mean(axis=0)
    draws = resampled_means(gains, **resampling)
    error = draws.std(axis=0)
    limit = -math.sqrt(2.0 * math.log(math.log(len(gains))))
    centre = np.where(mean / error >= limit, mean, 0.0)
    return mean / error, (draws - centre) / error


def _resamples(days: int, *, replications: int, seed: int, block: float) -> Iterator[Table]:
    """Yield how often resamples hold each day, [<= 500, T] at a time; every row adds up to T."""
    if replications < 1 or not 1.0 <= block < math.inf:
        raise ValueError(
            f"{replications} replications in blocks of {block} days: give at least 1 of each"
        )
    # arch's annotation asks for an int; it uses 1 / block, the probability that a block ends.
    drawn = StationaryBootstrap(cast(int, block), np.arange(days), seed=seed)
    rows = (np.bincount(index, minlength=days) for (index,), _ in drawn.bootstrap(replications))
    while batch := list(itertools.islice(rows, _BATCH)):
        yield np.array(batch, dtype=np.float64)


def _interquartile_means(rows: Table) -> Series:
    """The interquartile mean of each row."""
    cut = rows.shape[1] // 4
    return np.asarray(np.sort(rows, axis=1)[:, cut : rows.shape[1] - cut].mean(axis=1))
