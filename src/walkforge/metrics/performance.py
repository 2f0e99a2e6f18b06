"""Performance figures of daily net simple returns, annualised with 252 trading days.

Throughout, `returns` is [T], one net simple return a day (0.01 is one per cent), and `equity` is
[T + 1], starting at the capital before the first day. Arrays that are empty, not one-dimensional
or not finite raise ValueError. A figure that is undefined (a ratio over no volatility) is nan.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

TRADING_DAYS_PER_YEAR = 252
Series = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Performance:
    """The figures of one strategy over one stretch of days; ratios and rates are annual."""

    days: int
    annual_return: float
    annual_volatility: float
    sharpe: float
    sharpe_standard_error: float
    sortino: float
    calmar: float
    max_drawdown: float
    annual_turnover: float


def performance(returns: Series, turnover: Series) -> Performance:
    """Return all figures of daily returns [T] and daily turnover [T] (share of equity traded)."""
    if np.shape(returns) != np.shape(turnover):
        raise ValueError(
            f"returns have shape {np.shape(returns)}, turnover {np.shape(turnover)}: "
            "give one turnover for each day"
        )
    return Performance(
        days=len(returns),
        annual_return=annual_return(returns),
        annual_volatility=annual_volatility(returns),
        sharpe=sharpe(returns),
        sharpe_standard_error=sharpe_standard_error(returns),
        sortino=sortino(returns),
        calmar=calmar(returns),
        max_drawdown=max_drawdown(equity_curve(returns)),
        annual_turnover=float(np.mean(_checked(turnover))) * TRADING_DAYS_PER_YEAR,
    )


def equity_curve(returns: Series) -> Series:
    """Return the equity [T + 1] that starts at 1.0 and compounds the returns [T].

    A return below -1 raises ValueError: no fee and no fall takes more than there is.
    """
    checked = _checked(returns)
    if checked.min() < -1.0:
        raise ValueError(f"a daily return is {checked.min()}: equity cannot fall below 0")
    return np.concatenate(([1.0], np.cumprod(1.0 + checked)))


def drawdown_curve(equity: Series) -> Series:
    """Return the fall below the running peak [T + 1], as a fraction of that peak in [0, 1]."""
    checked = _checked(equity)
    if checked[0] <= 0.0 or checked.min() < 0.0:
        raise ValueError(
            f"equity starts at {checked[0]} and falls to {checked.min()}: "
            "it must start above 0 and never be negative"
        )
    return np.asarray(1.0 - checked / np.maximum.accumulate(checked))


def max_drawdown(equity: Series) -> float:
    """Return the largest fall from a running peak, as a fraction in [0, 1]."""
    return float(drawdown_curve(equity).max())


def annual_return(returns: Series) -> float:
    """Return the constant yearly return with the same final equity (geometric)."""
    years = len(returns) / TRADING_DAYS_PER_YEAR
    return float(np.power(equity_curve(returns)[-1], 1.0 / years)) - 1.0


def annual_volatility(returns: Series) -> float:
    """Return the standard deviation (ddof 1) of daily returns times sqrt(252); nan for one day."""
    return _daily_volatility(_checked(returns)) * math.sqrt(TRADING_DAYS_PER_YEAR)


def sharpe(returns: Series) -> float:
    """Return the annual Sharpe ratio, risk-free rate 0; nan without volatility."""
    return _daily_sharpe(_checked(returns)) * math.sqrt(TRADING_DAYS_PER_YEAR)


def sharpe_standard_error(returns: Series) -> float:
    """Return the standard error of the annual Sharpe ratio; nan without volatility.

    sqrt((1 - g3 SR + (g4 - 1) / 4 SR^2) / (T - 1)) with the daily SR, skew g3 and raw kurtosis g4
    (a normal's is 3), times sqrt(252): Bailey and Lopez de Prado, The Sharpe Ratio Efficient
    Frontier, Journal of Risk 15(2), 2012. It takes the days to be independent of each other.
    """
    checked = _checked(returns)
    ratio = _daily_sharpe(checked)
    if math.isnan(ratio):
        return math.nan
    standardised = (checked - checked.mean()) / checked.std()
    skew = float(np.mean(standardised**3))
    kurtosis = float(np.mean(standardised**4))
    # Never negative in exact arithmetic, since kurtosis >= 1 + skew^2; rounding may undershoot.
    variance = max(0.0, 1.0 - skew * ratio + (kurtosis - 1.0) / 4.0 * ratio**2)
    return math.sqrt(variance / (len(checked) - 1) * TRADING_DAYS_PER_YEAR)


def sortino(returns: Series) -> float:
    """Return the annual mean over the annual downside deviation, target 0; nan with no loss.

    The downside deviation is sqrt(mean(min(r, 0)^2)) over all days, gains counting as 0: Sortino
    and Price, Journal of Investing 3(3), 1994.
    """
    checked = _checked(returns)
    downside = math.sqrt(float(np.mean(np.minimum(checked, 0.0) ** 2)))
    if downside == 0.0:
        return math.nan
    return float(checked.mean()) / downside * math.sqrt(TRADING_DAYS_PER_YEAR)


def calmar(returns: Series) -> float:
    """Return the annual return over the largest drawdown; nan when equity never falls."""
    drawdown = max_drawdown(equity_curve(returns))
    return annual_return(returns) / drawdown if drawdown > 0.0 else math.nan


def _daily_sharpe(returns: Series) -> float:
    volatility = _daily_volatility(returns)
    return float(returns.mean()) / volatility if volatility > 0.0 else math.nan


def _daily_volatility(returns: Series) -> float:
    if len(returns) < 2:
        return math.nan
    # Equal returns differ from their rounded mean by a trace, which would make a Sharpe of 1e16.
    return float(returns.std(ddof=1)) if np.ptp(returns) > 0.0 else 0.0


def _checked(values: Series) -> Series:
    array = np.asarray(values, dtype=np.float64)
    if array.ndim != 1 or array.size == 0:
        raise ValueError(f"the shape is {array.shape}: give one value a day, at least one day")
    if not np.isfinite(array).all():
        first = int(np.flatnonzero(~np.isfinite(array))[0])
        raise ValueError(f"value {first} is {array[first]}: every day needs a finite number")
    return array
