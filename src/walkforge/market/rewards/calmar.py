"""Reward `calmar`: the change of an episode's return over its maximum drawdown."""

from dataclasses import dataclass
from typing import Annotated

import torch
from torch import Tensor

from walkforge.market.rewards.day import Day, TradePenalty, columns, stacked
from walkforge.settings import Bounds


@dataclass(frozen=True, slots=True, kw_only=True)
class Reward:
    """c_t - c_{t-1}, c = (equity / first equity - 1) / max(maximum drawdown, least_drawdown).

    An episode's rewards add up to its c.
    """

    least_drawdown: Annotated[float, Bounds(above=0, at_most=1), "stands in for a smaller drawdown"]
    trade_penalty: TradePenalty

    @property
    def initial(self) -> tuple[float, ...]:
        """First equity and peak (0: not known yet), maximum drawdown, and c."""
        return (0.0, 0.0, 0.0, 0.0)

    def __call__(self, day: Day, state: Tensor) -> tuple[Tensor, Tensor]:
        """Changes of c [B], and the state after the day."""
        first, peak, deepest, ratio = columns(state)
        first = torch.where(first > 0.0, first, day.equity_before)
        peak = torch.maximum(torch.maximum(peak, day.equity_before), day.equity_after)
        deepest = torch.maximum(deepest, 1.0 - day.equity_after / peak)
        gained = day.equity_after / first - 1.0
        now = gained / deepest.clamp(min=self.least_drawdown)
        paid = now - ratio - self.trade_penalty * day.turnover
        return paid, stacked(first, peak, deepest, now)
