"""Reward `weighted`: differential Sharpe, return, drawdown and cost, each with a weight."""

from dataclasses import dataclass
from typing import Annotated

import torch
from torch import Tensor

from walkforge.market.rewards.day import Day, Rate, TradePenalty, columns
from walkforge.market.rewards.differential_sharpe import differential_sharpe
from walkforge.settings import Bounds


@dataclass(frozen=True, slots=True, kw_only=True)
class Reward:
    """w_s x differential Sharpe + w_r x net return - w_d x drawdown - w_c x cost share.

    The share of the cost is that of the equity before the day.
    """

    sharpe_weight: Annotated[
        float, Bounds(at_least=0, at_most=1_000_000), "weight of the differential Sharpe ratio"
    ]
    return_weight: Annotated[
        float, Bounds(at_least=0, at_most=1_000_000), "weight of the net return"
    ]
    drawdown_weight: Annotated[
        float, Bounds(at_least=0, at_most=1_000_000), "weight of the drawdown"
    ]
    cost_weight: Annotated[float, Bounds(at_least=0, at_most=1_000_000), "weight of the cost"]
    eta: Rate
    burn_in_days: Annotated[
        int, Bounds(at_least=0, at_most=10_000), "first days of an episode whose ratio pays nothing"
    ]
    trade_penalty: TradePenalty

    @property
    def initial(self) -> tuple[float, ...]:
        """A and B of the ratio, the peak (0: not known yet), and the days."""
        return (0.0, 0.0, 0.0, 0.0)

    def __call__(self, day: Day, state: Tensor) -> tuple[Tensor, Tensor]:
        """Weighted sums [B], and the state after the day."""
        first, second, peak, days = columns(state)
        earned = day.net_return()
        slope, moments = differential_sharpe(earned, first, second, eta=self.eta)
        slope = torch.where(days >= self.burn_in_days, slope, 0.0)
        peak = torch.maximum(torch.maximum(peak, day.equity_before), day.equity_after)
        paid = (
            self.sharpe_weight * slope
            + self.return_weight * earned
            - self.drawdown_weight * (1.0 - day.equity_after / peak)
            - self.cost_weight * day.cost / day.equity_before
            - self.trade_penalty * day.turnover
        )
        return paid, torch.cat([moments, torch.stack([peak, days + 1.0], dim=-1)], dim=-1)
