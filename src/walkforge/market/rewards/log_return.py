"""Reward `log_return`: the day's log net return."""

from dataclasses import dataclass

import torch
from torch import Tensor

from walkforge.market.rewards.day import Day, TradePenalty


@dataclass(frozen=True, slots=True, kw_only=True)
class Reward:
    """ln(equity_t / equity_{t-1}) - trade_penalty x turnover."""

    trade_penalty: TradePenalty

    @property
    def initial(self) -> tuple[float, ...]:
        """Nothing: it remembers nothing."""
        return ()

    def __call__(self, day: Day, state: Tensor) -> tuple[Tensor, Tensor]:
        """Log net returns [B], and the state."""
        net = torch.log(day.equity_after / day.equity_before)
        return net - self.trade_penalty * day.turnover, state
