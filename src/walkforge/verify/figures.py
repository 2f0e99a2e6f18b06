"""The formulas of performance and of evidence once more, each from its own source.

Throughout, `returns` is [T], one net simple return a day, and `year` the number of days in a year
(see periods). A figure that is undefined is nan.
"""

import itertools
import math
from collections.abc import Sequence
from datetime import date
from statistics import NormalDist, mean, median

import numpy as np

from walkforge.verify.study import Numbers

NORMAL = NormalDist()
EULER = 0.5772156649015329
ROUNDING = 1e-12


def periods(dates: Sequence[date]) -> int:
    """How many bars a year of these dates holds, 252 where there is one alone.

    Gaps of over 15 days, or three times the usual spacing, do not count. A record of a year that is
    within 2 % of a customary number has that; a shorter one has the nearest in proportion, where
    365 asks for a Saturday and a Sunday, and 260 is none.
    """
    spacings = [(later - day).days for day, later in itertools.pairwise(sorted({*dates}))]
    if not spacings:
        return 252
    longest = max(15.0, 3.0 * median(spacings))
    usual = [days for days in spacings if days <= longest]
    rate = 365.25 / mean(usual)
    if sum(usual) >= 350:
        for year in (252, 365, 52, 12, 260):
            if 0.98 <= rate / year <= 1.02:
                return year
        return max(1, round(rate))
    customary = min((252, 365, 52, 12), key=lambda year: max(rate / year, year / rate))
    weekend = {5, 6} <= {day.weekday() for day in dates}
    return 252 if customary == 365 and not weekend else customary


def performance(
    returns: Numbers, year: int, *, turnover: Numbers, exposure: Numbers, names: Numbers
) -> dict[str, float]:
    """Every figure of metrics.parquet from daily returns, turnover, exposure and names."""
    wealth = np.cumprod(np.concatenate([[1.0], 1.0 + returns]))
    peak = np.maximum.accumulate(wealth)
    fall = float((1.0 - wealth / peak).max())
    growth = float(wealth[-1] ** (year / len(returns)))
    gains = returns[returns > 0.0]
    losses = -returns[returns < 0.0]
    downside = math.sqrt(float((np.minimum(returns, 0.0) ** 2).mean()))
    tail = np.sort(returns)[: (len(returns) - 1) // 20 + 1]
    held = names[names > 0.0]
    return {
        "days": float(len(returns)),
        "periods_per_year": float(year),
        "annual_return": growth - 1.0,
        "annual_volatility": spread(returns) * math.sqrt(year),
        "sharpe": sharpe(returns, year),
        "sharpe_standard_error": standard_error(returns) * math.sqrt(year),
        "sortino": _over(float(returns.mean()) * math.sqrt(year), downside),
        "calmar": _over(growth - 1.0, fall),
        "max_drawdown": fall,
        "max_drawdown_days": float(_longest(returns)),
        "value_at_risk": -float(np.quantile(returns, 0.05)),
        "expected_shortfall": -float(tail.mean()),
        "hit_rate": _over(len(gains), len(gains) + len(losses)),
        "profit_factor": _over(float(gains.sum()), float(losses.sum())),
        "exposure": float(exposure.mean()),
        "effective_names": float(held.mean()) if len(held) else math.nan,
        "annual_turnover": float(turnover.mean()) * year,
    }


def _over(part: float, whole: float) -> float:
    """Part / whole, nan over nothing."""
    return part / whole if whole > 0.0 else math.nan


def _longest(returns: Numbers) -> int:
    """The longest stretch of days that end below a running peak."""
    longest = here = 0
    wealth = peak = 1.0
    for change in returns.tolist():
        wealth *= 1.0 + change
        peak = max(peak, wealth)
        here = here + 1 if wealth < peak else 0
        longest = max(longest, here)
    return longest


def moves(returns: Numbers) -> bool:
    """Whether returns are not all alike."""
    return len(returns) > 1 and bool((returns != returns[0]).any())


def spread(returns: Numbers) -> float:
    """The deviation (ddof 1) of daily returns; nan for one day."""
    if len(returns) < 2:
        return math.nan
    return float(returns.std(ddof=1)) if moves(returns) else 0.0


def ratio(returns: Numbers) -> float:
    """The daily Sharpe ratio."""
    return float(returns.mean()) / spread(returns) if moves(returns) else math.nan


def sharpe(returns: Numbers, year: int) -> float:
    """The annual Sharpe ratio."""
    return ratio(returns) * math.sqrt(year)


def unevenness(returns: Numbers) -> float:
    """1 - g3 SR + (g4 - 1) / 4 SR^2 (Mertens 2002), at least 0; g4 of a normal is 3."""
    if not moves(returns):
        return math.nan
    apart = returns - returns.mean()
    variance = float((apart**2).mean())
    skew = float((apart**3).mean()) / math.sqrt(variance) ** 3
    kurtosis = float((apart**4).mean()) / variance**2
    own = ratio(returns)
    return max(0.0, 1.0 - skew * own + (kurtosis - 1.0) / 4.0 * own**2)


def standard_error(returns: Numbers) -> float:
    """The standard error of the daily Sharpe ratio."""
    return math.sqrt(unevenness(returns) / (len(returns) - 1)) if moves(returns) else math.nan


def probability(returns: Numbers, *, above: float = 0.0) -> float:
    """The probabilistic Sharpe ratio: that the daily ratio is above one."""
    return NORMAL.cdf((ratio(returns) - above) / standard_error(returns))


def best_of(trials: int, variance: float) -> float:
    """The daily ratio that the best of so many trials without skill shows.

    Bailey and Lopez de Prado, The Deflated Sharpe Ratio, 2014.
    """
    if trials == 1:
        return 0.0
    first, second = (NORMAL.inv_cdf(1.0 - 1.0 / n) for n in (trials, trials * math.e))
    return math.sqrt(variance) * ((1.0 - EULER) * first + EULER * second)


def years_to_show(returns: Numbers, year: int, *, confidence: float = 0.95) -> float:
    """The years of record that tell the ratio from 0; infinite where it is not above."""
    own = ratio(returns)
    if not own > 0.0:
        return math.inf
    return (1.0 + unevenness(returns) * (NORMAL.inv_cdf(confidence) / own) ** 2) / year


def years_to_skill(
    returns: Numbers, year: int, *, confidence: float, trials: int, deflated: float
) -> float:
    """The years after which the interval leaves 0 and the deflated ratio is so much."""
    own = ratio(returns)
    if not own > 0.0:
        return math.inf
    deviation = math.sqrt(unevenness(returns))
    bound = deviation * NORMAL.inv_cdf((1.0 + confidence) / 2.0)
    needed = max(bound, deviation * NORMAL.inv_cdf(deflated) + best_of(trials, 1.0))
    return (1.0 + (needed / own) ** 2) / year


def years_to_bound(returns: Numbers, year: int, *, least: float, confidence: float) -> float:
    """The years after which the upper bound lies below an annual ratio; or infinity."""
    room = least / math.sqrt(year) - ratio(returns)
    if not room > 0.0:
        return math.inf
    z = NORMAL.inv_cdf((1.0 + confidence) / 2.0)
    return (1.0 + unevenness(returns) * (z / room) ** 2) / year


def correlation(one: Numbers, other: Numbers) -> float:
    """The correlation of two series [T]; nan where one does not move."""
    if not (moves(one) and moves(other)):
        return math.nan
    a = one - one.mean()
    b = other - other.mean()
    return float(a @ b) / math.sqrt(float(a @ a) * float(b @ b))


def slope(returns: Numbers, market: Numbers, year: int) -> tuple[float, float]:
    """Alpha a year and beta of the least squares of returns on a market's."""
    if not moves(market):
        return math.nan, math.nan
    apart = market - market.mean()
    beta = float(apart @ (returns - returns.mean())) / float(apart @ apart)
    return (float(returns.mean()) - beta * float(market.mean())) * year, beta


def entropy(bought: Numbers, sold: Numbers) -> float:
    """The entropy of buying, selling and leaving alone, as a share of the largest."""
    shares = [float(bought.mean()), float(sold.mean())]
    shares.append(1.0 - bought.mean() - sold.mean())
    return -sum(each * math.log(each) for each in shares if each > 0.0) / math.log(3.0)


def middle_mean(values: Numbers) -> float:
    """The mean of values without a quarter of them, rounded down, on each side."""
    cut = values.size // 4
    return float(np.sort(values, axis=None)[cut : values.size - cut].mean())


def overfitting(returns: Numbers, *, blocks: int = 16) -> float:
    """The probability of backtest overfitting of columns [T, N] (Bailey et al. 2017)."""
    parts = np.array_split(returns, blocks)
    sums, squares = (np.array([(p**k).sum(axis=0) for p in parts]) for k in (1, 2))
    lengths = np.array([float(len(part)) for part in parts])
    halves = [*itertools.combinations(range(blocks), blocks // 2)]
    inside = np.zeros((len(halves), blocks))
    np.put_along_axis(inside, np.array(halves), 1.0, axis=1)

    def ratios(chosen: Numbers) -> Numbers:
        count = (chosen @ lengths)[:, None]
        mean = chosen @ sums / count
        deviation = np.sqrt(np.maximum(chosen @ squares / count - mean**2, 0.0))
        even = deviation <= 0.0
        return np.asarray(np.where(even, 0.0, mean / np.where(even, 1.0, deviation)))

    best = ratios(inside).argmax(axis=1)[:, None]
    outside = ratios(1.0 - inside)
    own = np.take_along_axis(outside, best, axis=1)
    below = (outside < own).sum(axis=1)
    equal = (outside == own).sum(axis=1)
    share = (below + (equal + 1.0) / 2.0) / (returns.shape[1] + 1.0)
    return float((share <= 0.5).mean())
