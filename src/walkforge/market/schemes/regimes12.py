"""Action scheme `regimes12`: one of twelve portfolios by factor scores, for any universe."""

from dataclasses import dataclass

import torch
from torch import Tensor

from walkforge.market.account import Observation
from walkforge.market.regimes import REGIMES, regime_targets
from walkforge.market.schemes.scheme import ActionSpace, Heads, Portfolio


@dataclass(frozen=True, slots=True, kw_only=True)
class Scheme(Portfolio):
    """Action i is the i-th of market.regimes.REGIMES, whatever the number of symbols."""

    @property
    def uses_factors(self) -> bool:
        """Targets need the factors."""
        return True

    @property
    def heads(self) -> Heads:
        """A logit for each regime."""
        return Heads(symbol=0, pooled=len(REGIMES))

    def space(self, symbols: int) -> ActionSpace:
        """A choice for each regime."""
        return ActionSpace("discrete", 1, len(REGIMES), 0.0)

    def targets(self, action: Tensor, account: Observation) -> Tensor:
        """Target weights [B, K+1] of actions [B]; what cannot be traded is kept."""
        return chosen(all_targets(account), action)

    def score(self, expected: Tensor, account: Observation) -> Tensor:
        """[B, K]: the target weight, averaged by the probabilities of the regimes."""
        return averaged(all_targets(account), expected)


def all_targets(account: Observation) -> Tensor:
    """The target weights [B, 12, K+1] of all regimes."""
    return torch.stack([regime_targets(name, account) for name in REGIMES], dim=1)


def chosen(targets: Tensor, action: Tensor) -> Tensor:
    """Those [B, K+1] of targets [B, N, K+1] that actions [B] name."""
    place = action.long().reshape(-1, 1, 1).expand(-1, 1, targets.shape[-1])
    return targets.gather(1, place).squeeze(1)


def averaged(targets: Tensor, probabilities: Tensor) -> Tensor:
    """The symbols' weights [B, K] of targets [B, N, K+1], averaged by probabilities [B, N]."""
    return (probabilities.unsqueeze(-1) * targets[..., :-1]).sum(1)
