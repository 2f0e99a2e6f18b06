"""Action scheme `regimes_dynamic`: the twelve regimes, and one for each symbol."""

from dataclasses import dataclass
from typing import Annotated

import torch
from torch import Tensor

from walkforge.market.account import Observation
from walkforge.market.regimes import REGIMES
from walkforge.market.schemes.regimes12 import all_targets, averaged, chosen
from walkforge.market.schemes.scheme import ActionSpace, Heads, Portfolio, free_share, with_cash
from walkforge.settings import Bounds


@dataclass(frozen=True, slots=True, kw_only=True)
class Scheme(Portfolio):
    """Actions 0 to 11 are those of regimes12; action 12 + k puts `tilt` in symbol k.

    The rest is shared equally by the tradable symbols; where symbol k is not one, all of it is.
    """

    tilt: Annotated[
        float, Bounds(above=0, at_most=1), "share of capital in that symbol; the rest is equal"
    ]

    @property
    def uses_factors(self) -> bool:
        """Targets need the factors."""
        return True

    @property
    def heads(self) -> Heads:
        """A logit for each regime, then for each symbol."""
        return Heads(symbol=1, pooled=len(REGIMES), pooled_first=True)

    def space(self, symbols: int) -> ActionSpace:
        """A choice for each regime and each symbol."""
        return ActionSpace("discrete", 1, len(REGIMES) + symbols, 0.0)

    def targets(self, action: Tensor, account: Observation) -> Tensor:
        """Target weights [B, K+1] of actions [B]; what cannot be traded is kept."""
        return chosen(self._all(account), action)

    def score(self, expected: Tensor, account: Observation) -> Tensor:
        """[B, K]: the target weight, averaged by the probabilities of the actions."""
        return averaged(self._all(account), expected)

    def _all(self, account: Observation) -> Tensor:
        """The target weights [B, 12 + K, K+1] of all actions."""
        tradable = account.tradable
        even = tradable.double() / tradable.sum(-1, keepdim=True).clamp(min=1)
        one = torch.eye(tradable.shape[-1], dtype=torch.float64, device=tradable.device)
        usable = tradable.unsqueeze(-1)  # of symbol k, before the symbols of its portfolio
        tilted = self.tilt * one + (1.0 - self.tilt) * even.unsqueeze(1)
        shares = torch.where(usable, tilted, even.unsqueeze(1))
        stuck, free = free_share(account)
        tilts = with_cash(shares * free.unsqueeze(1) + stuck.unsqueeze(1))
        return torch.cat([all_targets(account), tilts], dim=1)
