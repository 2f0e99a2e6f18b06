"""Performance figures of daily net simple returns, annualised by the record's periods a year.

Throughout, `returns` is [T], one net simple return a day (0.01 is one per cent), `per_year` how
many days a year has (see series.periods_per_year; a "day" is a bar of any spacing), and `equity`
is [T + 1], starting at the capital before the first day. Arrays that are empty, not one-dimensional
or not finite raise ValueError. A figure that is undefined (a ratio over no volatility) is nan.
"""

import math
from dataclasses import dataclass

import numpy as np

from walkforge.metrics.risk import (
    expected_shortfall,
    hit_rate,
    max_drawdown_days,
    mean_effective_names,
    profit_factor,
    value_at_risk,
)
from walkforge.metrics.series import Series, checked
from walkforge.metrics.significance import moments, standard_error


@dataclass(frozen=True, slots=True, kw_only=True)
class Performance:
    """The figures of one strategy over one stretch of days; ratios and rates are annual.

    value_at_risk and expected_shortfall are of a day, as losses; exposure is the mean share of
    equity that is invested, effective_names how many equal positions spread as much.
    """

    days: int
    periods_per_year: int
    annual_return: float
    annual_volatility: float
    sharpe: float
    sharpe_standard_error: float
    sortino: float
    calmar: float
    max_drawdown: float
    max_drawdown_days: int
    value_at_risk: float
    expected_shortfall: float
    hit_rate: float
    profit_factor: float
    exposure: float
    effective_names: float
    annual_turnover: float


def performance(
    returns: Series,
    per_year: int,
    *,
    turnover: Series,
    exposure: Series,
    effective_names: Series,
) -> Performance:
    """All figures of daily returns [T].

    Args:
        returns: net, of each day. per_year: days in a year.
        turnover: [T] share of equity traded.
        exposure: [T] share of equity invested at the close.
        effective_names: [T] 1 / sum of squared shares of what is invested, 0 with nothing held.

    Raises:
        ValueError: the lengths differ, or see above.
    """
    daily = {"turnover": turnover, "exposure": exposure, "effective_names": effective_names}
    for name, values in daily.items():
        if np.shape(returns) != np.shape(values):
            raise ValueError(
                f"returns have shape {np.shape(returns)}, {name} {np.shape(values)}: "
                f"give one {name} for each day"
            )
    equity = equity_curve(returns)
    return Performance(
        days=len(returns),
        periods_per_year=per_year,
        annual_return=annual_return(returns, per_year),
        annual_volatility=annual_volatility(returns, per_year),
        sharpe=sharpe(returns, per_year),
        sharpe_standard_error=sharpe_standard_error(returns, per_year),
        sortino=sortino(returns, per_year),
        calmar=calmar(returns, per_year),
        max_drawdown=max_drawdown(equity),
        max_drawdown_days=max_drawdown_days(equity),
        value_at_risk=value_at_risk(returns),
        expected_shortfall=expected_shortfall(returns),
        hit_rate=hit_rate(returns),
        profit_factor=profit_factor(returns),
        exposure=float(np.mean(checked(exposure))),
        effective_names=mean_effective_names(effective_names),
        annual_turnover=float(np.mean(checked(turnover))) * per_year,
    )


def equity_curve(returns: Series) -> Series:
    """The equity [T + 1] that starts at 1.0 and compounds the returns [T].

    A return below -1 raises ValueError: no fee and no fall takes more than there is.
    """
    values = checked(returns)
    if values.min() < -1.0:
        raise ValueError(f"a daily return is {values.min()}: equity cannot fall below 0")
    return np.concatenate(([1.0], np.cumprod(1.0 + values)))


def drawdown_curve(equity: Series) -> Series:
    """The fall below the running peak [T + 1], as a fraction of that peak in [0, 1]."""
    values = checked(equity)
    if values[0] <= 0.0 or values.min() < 0.0:
        raise ValueError(
            f"equity starts at {values[0]} and falls to {values.min()}: "
            "it must start above 0 and never be negative"
        )
    return np.asarray(1.0 - values / np.maximum.accumulate(values))


def max_drawdown(equity: Series) -> float:
    """The largest fall from a running peak, as a fraction in [0, 1]."""
    return float(drawdown_curve(equity).max())


def annual_return(returns: Series, per_year: int) -> float:
    """The constant yearly return with the same final equity (geometric)."""
    years = len(returns) / per_year
    return float(np.power(equity_curve(returns)[-1], 1.0 / years)) - 1.0


def annual_volatility(returns: Series, per_year: int) -> float:
    """Deviation (ddof 1) of daily returns times sqrt(per_year); nan for one day."""
    return _daily_volatility(checked(returns)) * math.sqrt(per_year)


def sharpe(returns: Series, per_year: int) -> float:
    """The annual Sharpe ratio, risk-free rate 0; nan without volatility."""
    return _daily_sharpe(checked(returns)) * math.sqrt(per_year)


def sharpe_standard_error(returns: Series, per_year: int) -> float:
    """The standard error of the annual Sharpe ratio; nan without volatility.

    That of the daily ratio times sqrt(per_year), see significance.standard_error.
    """
    values = checked(returns)
    if math.isnan(_daily_sharpe(values)):
        return math.nan
    return standard_error(moments(values)) * math.sqrt(per_year)


def sortino(returns: Series, per_year: int) -> float:
    """The annual mean over the annual downside deviation, target 0; nan with no loss.

    The downside deviation is sqrt(mean(min(r, 0)^2)) over all days, gains counting as 0: Sortino
    and Price, Journal of Investing 3(3), 1994.
    """
    values = checked(returns)
    downside = math.sqrt(float(np.mean(np.minimum(values, 0.0) ** 2)))
    if downside == 0.0:
        return math.nan
    return float(values.mean()) / downside * math.sqrt(per_year)


def calmar(returns: Series, per_year: int) -> float:
    """The annual return over the largest drawdown; nan when equity never falls."""
    drawdown = max_drawdown(equity_curve(returns))
    return annual_return(returns, per_year) / drawdown if drawdown > 0.0 else math.nan


def rolling_sharpe(returns: Series, per_year: int, *, days: int) -> Series:
    """[T] the annual Sharpe ratio, risk-free rate 0, of each day and the `days` - 1 before.

    nan for the first `days` - 1, and where all returns of the window are the same.

    Args:
        returns: [T] net simple returns of days in a row. per_year: days in a year.
        days: length of the window, at least 2.

    Raises:
        ValueError: a shorter window, or see checked.
    """
    values = checked(returns)
    if days < 2:
        raise ValueError(f"a window of {days} days has no volatility: give at least 2")
    found = np.full(len(values), np.nan)
    if len(values) < days:
        return found
    windows = np.lib.stride_tricks.sliding_window_view(values, days)
    volatility = windows.std(axis=1, ddof=1)
    # Equal returns differ from their rounded mean by a trace, which would make a ratio of 1e16.
    volatility[np.ptp(windows, axis=1) == 0.0] = np.nan
    found[days - 1 :] = windows.mean(axis=1) / volatility * math.sqrt(per_year)
    return found


def _daily_sharpe(returns: Series) -> float:
    volatility = _daily_volatility(returns)
    return float(returns.mean()) / volatility if volatility > 0.0 else math.nan


def _daily_volatility(returns: Series) -> float:
    if len(returns) < 2:
        return math.nan
    # Equal returns differ from their rounded mean by a trace, which would make a Sharpe of 1e16.
    return float(returns.std(ddof=1)) if np.ptp(returns) > 0.0 else 0.0
