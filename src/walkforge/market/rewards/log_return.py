"""Reward `log_return`: the day's log net return."""

from dataclasses import dataclass

import torch
from torch import Tensor

from walkforge.market.rewards.day import Day


@dataclass(frozen=True, slots=True, kw_only=True)
class Reward:
    """ln(equity_t / equity_{t-1})."""

    def __call__(self, day: Day) -> Tensor:
        """Return [B] log net returns."""
        return torch.log(day.equity_after / day.equity_before)
