"""Action scheme `discrete9`: hold, or buy or sell a quarter, half, three quarters or all."""

from dataclasses import dataclass

import torch
from torch import Tensor

from walkforge.market.account import Observation
from walkforge.market.schemes.scheme import ActionSpace, Heads, Sleeve

# What each action moves: of cash where above 0, of what is held where below.
FRACTIONS = (0.0, 0.25, 0.5, 0.75, 1.0, -0.25, -0.5, -0.75, -1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scheme(Sleeve):
    """0: hold. 1 to 4: buy for 25, 50, 75, 100 % of cash. 5 to 8: sell as much of what is held."""

    @property
    def heads(self) -> Heads:
        """Nine logits."""
        return Heads(symbol=len(FRACTIONS), pooled=0)

    def space(self, symbols: int) -> ActionSpace:
        """Nine choices."""
        return ActionSpace("discrete", 1, len(FRACTIONS), 0.0)

    def targets(self, action: Tensor, account: Observation) -> Tensor:
        """Target weights [B, 2] of actions [B]; a symbol that cannot be traded is kept."""
        quarters = action.double() / 4.0
        return moved(torch.where(quarters > 1.0, 1.0 - quarters, quarters), account)

    def sides(self, action: Tensor) -> Tensor:
        """The sign of what actions [B] move, [B, 1]."""
        signs = torch.tensor(FRACTIONS, device=action.device).sign().int()
        return signs[action.long()].unsqueeze(-1)

    def score(self, expected: Tensor, account: Observation) -> Tensor:
        """[B, 1]: the expected change of the symbol's weight."""
        changes = [
            moved(torch.full_like(expected[:, 0], each), account)[:, 0] - account.weights[:, 0]
            for each in FRACTIONS
        ]
        return (expected * torch.stack(changes, dim=-1)).sum(-1, keepdim=True)


def moved(fraction: Tensor, account: Observation) -> Tensor:
    """Weights [B, 2] once a fraction [B] of cash is spent, or (below 0) of holdings sold."""
    held = account.weights[:, :1]
    cash = account.weights[:, 1:].clamp(min=0.0)
    step = torch.where(fraction.unsqueeze(-1) > 0.0, cash, held) * fraction.unsqueeze(-1)
    after = torch.where(account.tradable, held + step, held)
    return torch.cat([after, 1.0 - after], dim=-1)
