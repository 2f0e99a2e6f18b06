"""Reward `log_return`: the day's log net return."""

from dataclasses import dataclass
from typing import Annotated

import torch
from torch import Tensor

from walkforge.configuration.settings import Bounds
from walkforge.market.rewards.day import Day


@dataclass(frozen=True, slots=True, kw_only=True)
class Reward:
    """ln(equity_t / equity_{t-1}) - trade_penalty x turnover."""

    trade_penalty: Annotated[
        float, Bounds(at_least=0, at_most=1000), "of the reward for each unit of turnover"
    ]

    @property
    def initial(self) -> tuple[float, ...]:
        """Nothing: it remembers nothing."""
        return ()

    def __call__(self, day: Day, state: Tensor) -> tuple[Tensor, Tensor]:
        """Log net returns [B], and the state."""
        net = torch.log(day.equity_after / day.equity_before)
        return net - self.trade_penalty * day.turnover, state
