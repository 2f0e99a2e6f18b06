"""Reward `weighted`: differential Sharpe, return, drawdown and cost, each with a weight."""

from dataclasses import dataclass

import torch
from torch import Tensor

from walkforge.market.rewards.day import Day, columns
from walkforge.market.rewards.differential_sharpe import differential_sharpe


@dataclass(frozen=True, slots=True, kw_only=True)
class Reward:
    """w_s x differential Sharpe + w_r x net return - w_d x drawdown - w_c x cost / equity_before.

    Attributes:
        sharpe_weight, return_weight, drawdown_weight, cost_weight: of the four terms.
        eta: rate of the differential Sharpe ratio's means.
        settle_days: days of an episode before the first whose ratio counts.
        trade_penalty: times turnover is taken off.
    """

    sharpe_weight: float
    return_weight: float
    drawdown_weight: float
    cost_weight: float
    eta: float
    settle_days: int
    trade_penalty: float

    @property
    def initial(self) -> tuple[float, ...]:
        """A and B of the ratio, the peak (0: not known yet), and the days."""
        return (0.0, 0.0, 0.0, 0.0)

    def __call__(self, day: Day, state: Tensor) -> tuple[Tensor, Tensor]:
        """Weighted sums [B], and the state after the day."""
        first, second, peak, days = columns(state)
        earned = day.net_return()
        slope, moments = differential_sharpe(earned, first, second, eta=self.eta)
        slope = torch.where(days >= self.settle_days, slope, 0.0)
        peak = torch.maximum(torch.maximum(peak, day.equity_before), day.equity_after)
        paid = (
            self.sharpe_weight * slope
            + self.return_weight * earned
            - self.drawdown_weight * (1.0 - day.equity_after / peak)
            - self.cost_weight * day.cost / day.equity_before
            - self.trade_penalty * day.turnover
        )
        return paid, torch.cat([moments, torch.stack([peak, days + 1.0], dim=-1)], dim=-1)
