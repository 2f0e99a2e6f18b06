"""Reward `realised_pnl`: profit or loss of what is sold, as a share of equity."""

from dataclasses import dataclass
from typing import Annotated

import torch
from torch import Tensor

from walkforge.market.rewards.day import Day, TradePenalty, columns, stacked
from walkforge.settings import Bounds


@dataclass(frozen=True, slots=True, kw_only=True)
class Reward:
    """weight x decay^n x realised / equity_before, n the day of the episode from 0."""

    gain_weight: Annotated[float, Bounds(at_least=0, at_most=1_000_000), "weight of profits"]
    loss_weight: Annotated[float, Bounds(at_least=0, at_most=1_000_000), "weight of losses"]
    decay: Annotated[float, Bounds(above=0, at_most=1), "factor with each day of an episode"]
    trade_penalty: TradePenalty

    @property
    def initial(self) -> tuple[float, ...]:
        """The factor of an episode's first day."""
        return (1.0,)

    def __call__(self, day: Day, state: Tensor) -> tuple[Tensor, Tensor]:
        """Weighted profits [B], and the factor of the next day."""
        (factor,) = columns(state)
        share = day.realised / day.equity_before
        weighted = torch.where(share > 0.0, self.gain_weight * share, self.loss_weight * share)
        return factor * weighted - self.trade_penalty * day.turnover, stacked(factor * self.decay)
