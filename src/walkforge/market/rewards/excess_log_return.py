"""Reward `excess_log_return`: the day's log net return less that of equal weight.

The equal-weight return does not depend on the action: a control variate that leaves the best
policy unchanged and saves samples.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from walkforge.market.rewards.day import Day, TradePenalty


@dataclass(frozen=True, slots=True, kw_only=True)
class Reward:
    """ln(equity_t / equity_{t-1}) - ln(1 + equal-weight return) - trade_penalty x turnover."""

    trade_penalty: TradePenalty

    @property
    def initial(self) -> tuple[float, ...]:
        """Nothing: it remembers nothing."""
        return ()

    def __call__(self, day: Day, state: Tensor) -> tuple[Tensor, Tensor]:
        """Excess log returns [B], and the state."""
        net = torch.log(day.equity_after / day.equity_before)
        excess = net - torch.log1p(day.equal_weight_return)
        return excess - self.trade_penalty * day.turnover, state
