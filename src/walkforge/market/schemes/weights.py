"""Action scheme `weights`: one number per symbol and cash, softmax to target weights."""

from dataclasses import dataclass
from typing import Annotated

import torch
from torch import Tensor

from walkforge.market.account import Observation
from walkforge.market.schemes.scheme import ActionSpace, Heads, Portfolio, free_share
from walkforge.settings import Bounds

ACTION_BOUND = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Scheme(Portfolio):
    """Masked softmax over symbols and cash with partial adjustment."""

    kappa: Annotated[
        float, Bounds(above=0, at_most=1), "share of the way to the target that is traded each day"
    ]
    cash_bias: Annotated[
        float, Bounds(at_least=-100, at_most=100), "added to the cash entry before the softmax"
    ]

    @property
    def heads(self) -> Heads:
        """One number for each symbol and one for cash."""
        return Heads(symbol=1, pooled=1)

    def space(self, symbols: int) -> ActionSpace:
        """A box with an entry for each symbol and for cash."""
        return ActionSpace("box", symbols + 1, 0, ACTION_BOUND)

    def targets(self, action: Tensor, account: Observation) -> Tensor:
        """Target weights [B, K+1], cash last: none negative, each row sums to 1.

        Symbols that are not tradable keep their current weight; the rest is shared out.

        Args:
            action: [B, K+1], clipped to [-5, 5].
            account: current weights and the tradable mask.
        """
        logits = action.double().clamp(-ACTION_BOUND, ACTION_BOUND)
        cash = logits[..., -1:] + self.cash_bias
        symbols = logits[..., :-1].masked_fill(~account.tradable, -torch.inf)
        shares = torch.softmax(torch.cat([symbols, cash], dim=-1), dim=-1)
        stuck, free = free_share(account)
        weights = shares * free
        return torch.cat([weights[..., :-1] + stuck, weights[..., -1:]], dim=-1)

    def adjusted(self, targets: Tensor, account: Observation) -> Tensor:
        """The weights to order: current + kappa (target - current)."""
        current = account.weights
        return current + self.kappa * (targets - current)

    def score(self, expected: Tensor, account: Observation) -> Tensor:
        """[B, K]: target weight minus the equal weight of the tradable symbols.

        Symbols that are not tradable score 0.
        """
        targets = self.targets(expected, account)
        count = account.tradable.sum(-1, keepdim=True).clamp(min=1).double()
        return torch.where(account.tradable, targets[..., :-1] - 1.0 / count, 0.0)
