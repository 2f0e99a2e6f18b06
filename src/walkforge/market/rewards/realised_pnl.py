"""Reward `realised_pnl`: profit or loss of what is sold, as a share of equity."""

from dataclasses import dataclass

import torch
from torch import Tensor

from walkforge.market.rewards.day import Day, columns, stacked


@dataclass(frozen=True, slots=True, kw_only=True)
class Reward:
    """weight x decay^n x realised / equity_before, n the day of the episode from 0.

    Attributes:
        gain_weight, loss_weight: of profits and of losses.
        decay: of the reward with each day of the episode, in (0, 1].
        trade_penalty: times turnover is taken off.
    """

    gain_weight: float
    loss_weight: float
    decay: float
    trade_penalty: float

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
