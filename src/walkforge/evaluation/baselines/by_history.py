"""Baselines that go by past returns without a solver: inverse volatility and momentum."""

import numpy as np
from numpy.typing import NDArray

from walkforge.evaluation.allocation import allocation, best_half, rebalanced
from walkforge.evaluation.baseline_context import Baseline, BaselineContext
from walkforge.market.rollout import Decide
from walkforge.metrics.series import periods_per_year

Array = NDArray[np.float64]

MONTHS = 12  # that momentum looks back, of which the last does not count


def inverse_volatility(returns: Array) -> Array:
    """Shares [N] inverse to the deviation of daily returns [L, N]."""
    inverse = 1.0 / returns.std(axis=0, ddof=1)
    return np.asarray(inverse / inverse.sum())


def momentum(returns: Array) -> Array:
    """Equal shares [N] of the half that rose most over a year of returns, but for its last month.

    Jegadeesh and Titman (1993), as commonly computed: from twelve months ago to one month ago.
    """
    month = round(len(returns) / MONTHS)
    return best_half(np.log1p(returns[:-month]).sum(axis=0))


def _momentum(context: BaselineContext) -> Decide:
    """Policy of momentum, which looks back a year of the dates up to its first decision."""
    known = context.market.dates[: context.decisions.start + 1]
    return rebalanced(momentum, context, days=periods_per_year(known))


BASELINES = {
    "inverse_volatility": allocation(inverse_volatility),
    "momentum_12_1": Baseline(_momentum),
}
