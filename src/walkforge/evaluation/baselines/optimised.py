"""Allocations that an optimiser makes: minimum variance, hierarchical risk parity (skfolio)."""

import warnings

import numpy as np
from numpy.typing import NDArray
from skfolio.exceptions import NonPositiveVarianceError, OptimizationError, SolverError
from skfolio.optimization import HierarchicalRiskParity, MeanRisk
from threadpoolctl import threadpool_limits

from walkforge.evaluation.allocation import allocation

Array = NDArray[np.float64]

LEAST_SHARE = 1e-5  # what a solver leaves below it is rounding, not a position
_FAILED = (NonPositiveVarianceError, OptimizationError, SolverError, ValueError,
           np.linalg.LinAlgError)  # fmt: skip


def minimum_variance(returns: Array) -> Array:
    """The long-only shares [N] of least sample variance of daily returns [L, N].

    Raises:
        ArithmeticError: the solver finds none.
    """
    return _fitted(MeanRisk(min_weights=0.0, budget=1.0), returns)


def hierarchical_risk_parity(returns: Array) -> Array:
    """The shares [N] of Lopez de Prado (2016) from daily returns [L, N].

    Two symbols are the two branches of the tree, and shares inverse to their variance.

    Raises:
        ArithmeticError: no tree can be built.
    """
    if returns.shape[1] == 2:
        inverse = 1.0 / returns.var(axis=0, ddof=1)
        return np.asarray(inverse / inverse.sum())
    return _fitted(HierarchicalRiskParity(), returns)


def _fitted(model: MeanRisk | HierarchicalRiskParity, returns: Array) -> Array:
    """A model's shares [N], on one thread: sums in another order are other bits."""
    try:
        with threadpool_limits(1), warnings.catch_warnings():
            # More symbols than days: skfolio clips the covariance's eigenvalues, and says so.
            warnings.filterwarnings("ignore", "The covariance matrix is not positive definite")
            shares = np.asarray(model.fit(returns).weights_, dtype=np.float64)
    except _FAILED as error:
        reason = str(error).partition("\n")[0]
        raise ArithmeticError(f"{type(model).__name__} failed: {reason}") from error
    shares = np.where(shares < LEAST_SHARE, 0.0, shares)
    if not np.isfinite(shares).all() or abs(shares.sum() - 1.0) > 0.01:
        raise ArithmeticError(f"{type(model).__name__} gave shares that sum to {shares.sum()}")
    return np.asarray(shares / shares.sum())


BASELINES = {
    "minimum_variance": allocation(minimum_variance),
    "hierarchical_risk_parity": allocation(hierarchical_risk_parity),
}
