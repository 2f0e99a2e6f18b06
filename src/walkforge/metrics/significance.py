"""What a Sharpe ratio proves: its probability, the record it needs, and what choosing does to it.

All Sharpe ratios here are of one period (a day), not annual. Sources: D. H. Bailey and M. Lopez de
Prado, The Sharpe Ratio Efficient Frontier (2012) and The Deflated Sharpe Ratio (2014); D. H.
Bailey, J. Borwein, M. Lopez de Prado and Q. J. Zhu, The Probability of Backtest Overfitting (2017).
"""

import itertools
import math
from statistics import NormalDist
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

NORMAL = NormalDist()


class Moments(NamedTuple):
    """Of T returns: Sharpe ratio of a period, skew, and raw kurtosis (a normal's is 3)."""

    sharpe: float
    periods: int
    skew: float
    kurtosis: float


def moments(returns: NDArray[np.float64]) -> Moments:
    """The moments of returns [T], the Sharpe ratio with ddof 1.

    Raises:
        ValueError: fewer than two returns, or all are equal: there is no ratio.
    """
    if len(returns) < 2 or np.ptp(returns) == 0.0:
        raise ValueError(f"{len(returns)} returns without spread have no Sharpe ratio")
    standardised = (returns - returns.mean()) / returns.std()
    return Moments(
        float(returns.mean() / returns.std(ddof=1)),
        len(returns),
        float(np.mean(standardised**3)),
        float(np.mean(standardised**4)),
    )


def standard_error(record: Moments) -> float:
    """The standard error of the Sharpe ratio; it takes periods as independent.

    sqrt((1 - g3 SR + (g4 - 1) / 4 SR^2) / (T - 1)) with skew g3 and raw kurtosis g4.
    """
    return math.sqrt(_spread(record) / (record.periods - 1))


def probabilistic_sharpe(record: Moments, *, benchmark: float = 0.0) -> float:
    """The probability that the true Sharpe ratio is above a benchmark."""
    return NORMAL.cdf((record.sharpe - benchmark) / standard_error(record))


def least_track_record(
    record: Moments, *, benchmark: float = 0.0, confidence: float = 0.95
) -> float:
    """The periods after which a record like this one is above a benchmark.

    Infinite where the ratio is not above the benchmark.
    """
    apart = record.sharpe - benchmark
    if apart <= 0.0:
        return math.inf
    return 1.0 + _spread(record) * (NORMAL.inv_cdf(confidence) / apart) ** 2


def expected_best_sharpe(trials: float, variance: float) -> float:
    """The Sharpe ratio that the best of so many trials without skill is expected to show.

    Args:
        trials: effective number of independent trials, at least 1.
        variance: of the trials' Sharpe ratios.
    """
    if trials < 1.0 or variance < 0.0:
        raise ValueError(f"{trials} trials of variance {variance}: give at least 1, and 0 or more")
    if trials == 1.0:
        return 0.0
    first = NORMAL.inv_cdf(1.0 - 1.0 / trials)
    second = NORMAL.inv_cdf(1.0 - 1.0 / (trials * math.e))
    return math.sqrt(variance) * ((1.0 - np.euler_gamma) * first + np.euler_gamma * second)


def deflated_sharpe(record: Moments, *, trials: float, variance: float) -> float:
    """The probability that the true ratio is above what the best of the trials shows."""
    return probabilistic_sharpe(record, benchmark=expected_best_sharpe(trials, variance))


def overfitting_probability(returns: NDArray[np.float64], *, blocks: int = 16) -> float:
    """The probability of backtest overfitting, by combinatorially symmetric validation.

    For every way to take half of the blocks as in-sample, the best configuration there is ranked
    on the other half, as w / (N + 1), ties sharing the mean rank; the result is the share of ways
    in which lambda = ln(w / (1 - w)) is 0 or less: at or below the median. Without skill that is
    one half of an even number N, and a little more of an odd one, where a rank is the median.

    Args:
        returns: [T, N], of N configurations over the same T periods.
        blocks: even number of contiguous blocks of (almost) equal length.

    Raises:
        ValueError: the number of blocks is odd, or there are too few periods or configurations.
    """
    periods, count = returns.shape
    if blocks % 2 or blocks < 2 or periods < 2 * blocks or count < 2:
        raise ValueError(
            f"{periods} periods of {count} configurations in {blocks} blocks: give an even number "
            "of blocks of at least two periods each, and two configurations"
        )
    parts = np.array_split(returns, blocks)
    sums = np.array([part.sum(axis=0) for part in parts])
    squares = np.array([(part**2).sum(axis=0) for part in parts])
    lengths = np.array([len(part) for part in parts])
    logits = []
    for chosen in itertools.combinations(range(blocks), blocks // 2):
        inside = np.zeros(blocks, dtype=bool)
        inside[list(chosen)] = True
        best = int(np.argmax(_ratios(sums, squares, lengths, inside)))
        outside = _ratios(sums, squares, lengths, ~inside)
        below = np.sum(outside < outside[best])
        equal = np.sum(outside == outside[best])
        share = (below + (equal + 1.0) / 2.0) / (count + 1.0)
        logits.append(math.log(share / (1.0 - share)))
    found = np.array(logits)
    return float(np.mean(found <= 0.0))


def _ratios(
    sums: NDArray[np.float64],
    squares: NDArray[np.float64],
    lengths: NDArray[np.int64],
    chosen: NDArray[np.bool_],
) -> NDArray[np.float64]:
    """The Sharpe ratios [N] over the chosen blocks; 0 where there is no spread."""
    count = lengths[chosen].sum()
    mean = sums[chosen].sum(axis=0) / count
    variance = np.maximum(squares[chosen].sum(axis=0) / count - mean**2, 0.0)
    spread = np.sqrt(variance)
    return np.asarray(np.divide(mean, spread, out=np.zeros_like(mean), where=spread > 0.0))


def _spread(record: Moments) -> float:
    """1 - g3 SR + (g4 - 1) / 4 SR^2, never below 0.

    In exact arithmetic it is not, since kurtosis >= 1 + skew^2; rounding may undershoot.
    """
    ratio = record.sharpe
    return max(0.0, 1.0 - record.skew * ratio + (record.kurtosis - 1.0) / 4.0 * ratio**2)
