"""Reward `differential_sharpe`: how much the day moves an exponentially weighted Sharpe ratio.

Source: J. Moody and M. Saffell, Learning to trade via direct reinforcement (2001).
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from walkforge.market.rewards.day import BurnIn, Day, Rate, TradePenalty, columns, stacked

LEAST_VARIANCE = 1e-12  # below it, as on the first day, the ratio has no slope: the reward is 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Reward:
    """(B dA - A dB / 2) / (B - A^2)^(3/2), dA = R - A, dB = R^2 - B, R the net return.

    A and B are exponential means of R and R^2 with rate eta, those of the day before. From means of
    a few days the ratio is thousands of times its later size, so the first days pay nothing.
    """

    eta: Rate
    burn_in_days: BurnIn
    trade_penalty: TradePenalty

    @property
    def initial(self) -> tuple[float, ...]:
        """A and B of a fresh episode, and the days that it has lasted."""
        return (0.0, 0.0, 0.0)

    def __call__(self, day: Day, state: Tensor) -> tuple[Tensor, Tensor]:
        """Differential Sharpe ratios [B], and the means after the day."""
        first, second, days = columns(state)
        slope, moments = differential_sharpe(day.net_return(), first, second, eta=self.eta)
        slope = torch.where(days >= self.burn_in_days, slope, 0.0)
        following = torch.cat([moments, (days + 1.0).unsqueeze(-1)], dim=-1)
        return slope - self.trade_penalty * day.turnover, following


def differential_sharpe(
    earned: Tensor, first: Tensor, second: Tensor, *, eta: float
) -> tuple[Tensor, Tensor]:
    """The differential Sharpe ratio [B], and the moments [B, 2] after the day."""
    move = earned - first
    move_squared = earned * earned - second
    variance = second - first * first
    slope = (second * move - first * move_squared / 2.0) / variance.clamp(min=LEAST_VARIANCE) ** 1.5
    known = torch.where(variance > LEAST_VARIANCE, slope, 0.0)
    return known, stacked(first + eta * move, second + eta * move_squared)
