"""Reward `sortino`: how much the day moves an exponentially weighted Sortino ratio.

Source: J. Moody and M. Saffell, Learning to trade via direct reinforcement (2001), the
differential downside deviation ratio.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from walkforge.market.rewards.day import BurnIn, Day, Rate, TradePenalty, columns, stacked

LEAST_DOWNSIDE = 1e-6  # below it, as before the first loss, the ratio has no slope: 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Reward:
    """(R - A / 2) / D after a gain, (D^2 (R - A / 2) - A R^2 / 2) / D^3 after a loss.

    A is the exponential mean of the net return R and D^2 that of min(R, 0)^2, with rate eta, both
    of the day before. From means of a few days the ratio is thousands of times its later size, so
    the first days pay nothing.
    """

    eta: Rate
    burn_in_days: BurnIn
    trade_penalty: TradePenalty

    @property
    def initial(self) -> tuple[float, ...]:
        """A and D^2 of a fresh episode, and the days that it has lasted."""
        return (0.0, 0.0, 0.0)

    def __call__(self, day: Day, state: Tensor) -> tuple[Tensor, Tensor]:
        """Differential downside ratios [B], and the means after the day."""
        mean, squares, days = columns(state)
        earned = day.net_return()
        loss = earned.clamp(max=0.0)
        deviation = squares.clamp(min=LEAST_DOWNSIDE**2).sqrt()
        slope = (earned - mean / 2.0) / deviation - mean * loss * loss / (2.0 * deviation**3)
        settled = (squares > LEAST_DOWNSIDE**2) & (days >= self.burn_in_days)
        known = torch.where(settled, slope, 0.0)
        following = stacked(
            mean + self.eta * (earned - mean),
            squares + self.eta * (loss * loss - squares),
            days + 1.0,
        )
        return known - self.trade_penalty * day.turnover, following
