"""A record beside another: alpha, beta, and the z of a mean, with errors that allow for memory.

Errors are those of Newey and West (Econometrica 55, 1987) with the Bartlett kernel, by
statsmodels; how many lags they take is the automatic rule of Newey and West (Review of Economic
Studies 61, 1994). Arrays that are no daily series raise ValueError; what is undefined is nan.
"""

import math
from typing import Any, NamedTuple

import numpy as np
from statsmodels.regression.linear_model import OLS

from walkforge.metrics.series import Series, checked


class AlphaBeta(NamedTuple):
    """Of returns on those of a market: alpha a year, beta, errors, correlation."""

    alpha: float
    alpha_standard_error: float
    beta: float
    beta_standard_error: float
    correlation: float


def alpha_beta(returns: Series, market: Series, *, per_year: int) -> AlphaBeta:
    """The regression of daily returns [T] on a market's [T] by least squares.

    Alpha is that of a day times the days in a year, `per_year`.
    The errors are Newey-West's, with as many lags as the residuals or their product with the
    market ask for, whichever is more. All figures are nan where the market never moves, the
    correlation where the returns never do.

    Raises:
        ValueError: the lengths differ, or there are fewer than 3 days.
    """
    ours = checked(returns)
    theirs = checked(market)
    if len(ours) != len(theirs) or len(ours) < 3:
        raise ValueError(
            f"{len(ours)} returns and {len(theirs)} of the market: give the same 3 days or more"
        )
    if np.ptp(theirs) == 0.0:
        return AlphaBeta(*[math.nan] * 5)
    design = np.column_stack([np.ones_like(theirs), theirs])
    residuals = ours - design @ np.linalg.lstsq(design, ours, rcond=None)[0]
    lags = max(newey_west_lags(residuals), newey_west_lags(residuals * (theirs - theirs.mean())))
    fit = _fit(ours, design, lags=lags)
    moved = np.ptp(ours) > 0.0
    return AlphaBeta(
        alpha=float(fit.params[0]) * per_year,
        alpha_standard_error=float(fit.bse[0]) * per_year,
        beta=float(fit.params[1]),
        beta_standard_error=float(fit.bse[1]),
        correlation=float(np.corrcoef(ours, theirs)[0, 1]) if moved else math.nan,
    )


def hac_z(values: Series) -> float:
    """The mean of daily values [T] over its Newey-West standard error.

    Nan where there is none: fewer than 3 days, or values that never change.
    """
    series = checked(values)
    if len(series) < 3 or np.ptp(series) == 0.0:
        return math.nan
    return float(_fit(series, np.ones_like(series), lags=newey_west_lags(series)).tvalues[0])


def newey_west_lags(values: Series) -> int:
    """The lags that daily values [T] ask for, by the rule of Newey and West (1994).

    floor(1.1447 (s1 / s0)^(2/3) T^(1/3)), where s0 and s1 are the sums of the autocovariances and
    of lag times autocovariance over both signs of the lags up to floor(4 (T / 100)^(2/9)); at most
    sqrt(T), since s0 may come out near 0.
    """
    series = checked(values)
    count = len(series)
    centred = series - series.mean()
    pilot = min(int(4.0 * (count / 100.0) ** (2.0 / 9.0)), count - 1)
    covariances = [float(centred[lag:] @ centred[: count - lag]) for lag in range(pilot + 1)]
    lagged = np.array(covariances[1:])
    total = covariances[0] + 2.0 * float(lagged.sum())
    slope = 2.0 * float((np.arange(1, pilot + 1) * lagged).sum())
    most = math.isqrt(count)
    if total == 0.0:
        return most if slope else 0
    return int(min(1.1447 * ((slope / total) ** 2 * count) ** (1.0 / 3.0), most))


def _fit(values: Series, design: Series, *, lags: int) -> Any:
    """The least squares of values [T] on a design [T] or [T, 2], with Newey-West errors."""
    return OLS(values, design).fit(
        cov_type="HAC", cov_kwds={"maxlags": lags, "kernel": "bartlett", "use_correction": True}
    )
