"""Account state as networks read it, and the layer that standardises it."""

import torch
from torch import Tensor, nn

from walkforge.agents.scaler import CLIP
from walkforge.errors import InputError
from walkforge.market.account import Observation
from walkforge.market.running import RunningMeanStd

PARTS = 2  # of each symbol: its weight, and that of cash


def account_state(seen: Observation) -> Tensor:
    """[B, K, 2] float32: the weight of each symbol, and beside each that of cash."""
    weights = seen.weights.float()
    own = weights[:, :-1]
    cash = weights[:, -1:]
    return torch.stack([own, cash.expand_as(own)], dim=-1)


class AccountScaler(nn.Module):
    """(x - mean) / scale of account state, clipped to 10; nothing is learned by looking.

    All symbols share their figures, so that neither their order nor their number matters.

    Buffers mean, scale: [2] float32, saved with the policy.
    """

    mean: Tensor
    scale: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(PARTS))
        self.register_buffer("scale", torch.ones(PARTS))

    def forward(self, state: Tensor) -> Tensor:
        """Standardised account state [B, K, 2]."""
        return ((state - self.mean) / self.scale).clamp(-CLIP, CLIP)

    def take(self, statistics: RunningMeanStd) -> None:
        """Standardise by these statistics of [2] from now on."""
        self.mean.copy_(statistics.mean)
        self.scale.copy_(statistics.std)


def standardise_account(network: nn.Module) -> None:
    """Give a network the layer that standardises account state, in place of its own `account`.

    Raises:
        InputError: the network has no such layer: it reads no account state.
    """
    if not isinstance(getattr(network, "account", None), nn.Module):
        raise InputError(
            f"normalise_account is true, but {type(network).__module__} hands account state "
            "through no layer `account`: set normalise_account to false for its agents"
        )
    network.account = AccountScaler()


def account_scaler(network: nn.Module) -> AccountScaler:
    """The layer of a network that standardises account state.

    Raises:
        ValueError: it has none; see standardise_account.
    """
    for module in network.modules():
        if isinstance(module, AccountScaler):
            return module
    raise ValueError("normalise_account is true, and the network has no AccountScaler")
