"""Action scheme `continuous1`: one number, the fraction of cash to spend or of holdings to sell."""

from dataclasses import dataclass
from typing import Annotated

import torch
from torch import Tensor

from walkforge.market.account import Observation
from walkforge.market.schemes.discrete9 import moved
from walkforge.market.schemes.scheme import ActionSpace, Heads, Sleeve
from walkforge.settings import Bounds


@dataclass(frozen=True, slots=True, kw_only=True)
class Scheme(Sleeve):
    """Buys for that fraction of cash above dead_zone, sells it of holdings below -dead_zone."""

    dead_zone: Annotated[float, Bounds(at_least=0, below=1), "size up to which an action is hold"]

    @property
    def heads(self) -> Heads:
        """One number."""
        return Heads(symbol=1, pooled=0)

    def space(self, symbols: int) -> ActionSpace:
        """One number within -1 and 1."""
        return ActionSpace("box", 1, 0, 1.0)

    def targets(self, action: Tensor, account: Observation) -> Tensor:
        """Target weights [B, 2] of actions [B, 1], clipped to [-1, 1]."""
        fraction = action[:, 0].double().clamp(-1.0, 1.0)
        return moved(torch.where(fraction.abs() <= self.dead_zone, 0.0, fraction), account)

    def sides(self, action: Tensor) -> Tensor:
        """The sign of actions [B, 1] outside the dead zone, [B, 1]."""
        return (action.sign() * (action.abs() > self.dead_zone)).int()

    def score(self, expected: Tensor, account: Observation) -> Tensor:
        """[B, 1]: the change of the symbol's weight."""
        return self.targets(expected, account)[:, :1] - account.weights[:, :1]
