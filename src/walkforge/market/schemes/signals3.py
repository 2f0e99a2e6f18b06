"""Action scheme `signals3`: hold, buy or sell, for each symbol."""

from dataclasses import dataclass

import torch
from torch import Tensor

from walkforge.market.account import Observation
from walkforge.market.schemes.scheme import ActionSpace, Heads, Portfolio, free_share, with_cash

HOLD = 0
BUY = 1
SELL = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Scheme(Portfolio):
    """hold keeps the weight, buy wants the equal weight of all symbols, sell wants none.

    Where cash does not suffice, all that is bought is scaled down alike.
    """

    @property
    def heads(self) -> Heads:
        """Three logits for each symbol."""
        return Heads(symbol=3, pooled=0)

    def space(self, symbols: int) -> ActionSpace:
        """Three choices for each symbol."""
        return ActionSpace("multi_discrete", symbols, 3, 0.0)

    def targets(self, action: Tensor, account: Observation) -> Tensor:
        """Target weights [B, K+1] of actions [B, K]; what cannot be traded is kept."""
        current = account.weights[..., :-1]
        stuck, free = free_share(account)
        share = free / account.tradable.sum(-1, keepdim=True).clamp(min=1)
        bought = torch.where(action == BUY, torch.maximum(share, current), current)
        wanted = torch.where(account.tradable & (action != SELL), bought, 0.0).clamp(min=0.0)
        kept = torch.minimum(wanted, current.clamp(min=0.0))
        more = wanted - kept
        room = (free - kept.sum(-1, keepdim=True)).clamp(min=0.0)
        total = more.sum(-1, keepdim=True)
        more = torch.where(total > room, more * room / total, more)
        return with_cash(kept + more + stuck)

    def sides(self, action: Tensor) -> Tensor:
        """What actions [B, K] say of each symbol."""
        return (action == BUY).int() - (action == SELL).int()

    def score(self, expected: Tensor, account: Observation) -> Tensor:
        """[B, K]: the probability of buy less that of sell; 0 for what cannot be traded."""
        lean = expected[..., BUY] - expected[..., SELL]
        return torch.where(account.tradable, lean, 0.0)
