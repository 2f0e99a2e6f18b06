"""Figures of how a record was earned: its worst days, its gains and losses, what was held.

Throughout, `returns` is [T], one net simple return a day. Arrays that are empty, not
one-dimensional or not finite raise ValueError. A figure that is undefined is nan.
"""

import math

import numpy as np

from walkforge.metrics.series import Series, checked

TAIL = 0.05  # share of days that value at risk and expected shortfall speak of


def max_drawdown_days(equity: Series) -> int:
    """The longest stretch of days that end below a running peak, of equity [T + 1].

    A stretch that has not ended counts as far as it goes.
    """
    values = checked(equity)
    below = values < np.maximum.accumulate(values)
    bounds = np.flatnonzero(~np.concatenate(([False], below, [False])))
    return int(np.diff(bounds).max()) - 1


def value_at_risk(returns: Series) -> float:
    """The daily loss that 5 % of days exceed, positive = loss: a quantile of the record.

    Between two days it is interpolated linearly, as numpy's quantile does.
    """
    return -float(np.quantile(checked(returns), TAIL)) + 0.0


def expected_shortfall(returns: Series) -> float:
    """The mean loss of the worst 5 % of days, positive = loss, a mean over whole days.

    It is never below the value at risk: the days are those up to the quantile, at least one.
    """
    ordered = np.sort(checked(returns))
    return -float(ordered[: int((len(ordered) - 1) * TAIL) + 1].mean()) + 0.0


def hit_rate(returns: Series) -> float:
    """The share of days with a gain among days with a gain or a loss; nan without any."""
    moved = checked(returns)[np.asarray(returns) != 0.0]
    return float(np.mean(moved > 0.0)) if moved.size else math.nan


def profit_factor(returns: Series) -> float:
    """The sum of gains over the sum of losses; nan without a loss."""
    values = checked(returns)
    losses = -float(values[values < 0.0].sum())
    return float(values[values > 0.0].sum()) / losses if losses > 0.0 else math.nan


def mean_effective_names(effective_names: Series) -> float:
    """The mean of daily effective names [T] over days with anything held; nan if never.

    Of a day it is 1 / sum of squared shares of what is invested; 0 stands for nothing held.
    """
    held = checked(effective_names)
    return float(held[held > 0.0].mean()) if (held > 0.0).any() else math.nan
