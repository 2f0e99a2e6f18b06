"""Baselines: policies that learn nothing, rolled out by the same simulator at the same costs."""

from collections.abc import Mapping

import torch
from torch import Tensor

from walkforge.market.account import Observation
from walkforge.market.rollout import Decide

FLAT = 1.0 - 1e-9  # cash weight from which an account counts as holding nothing


def cash(seen: Observation) -> Tensor:
    """Return weights [B, K+1] that hold cash alone."""
    weights = torch.zeros_like(seen.weights, dtype=torch.float64)
    weights[:, -1] = 1.0
    return weights


def equal_weight(seen: Observation) -> Tensor:
    """Return weights [B, K+1] equal over tradable symbols; the others keep what they have."""
    current = seen.weights
    frozen = torch.where(seen.tradable, 0.0, current[:, :-1])
    free = (1.0 - frozen.sum(-1, keepdim=True)).clamp(min=0.0)
    count = seen.tradable.sum(-1, keepdim=True)
    share = free / count.clamp(min=1)
    symbols = torch.where(seen.tradable, share, frozen)
    return torch.cat([symbols, free * (count == 0)], dim=-1)


def buy_and_hold(seen: Observation) -> Tensor:
    """Return equal weights for an account in cash, and its own weights (no order) ever after."""
    flat = seen.weights[:, -1:] >= FLAT
    return torch.where(flat, equal_weight(seen), seen.weights)


BASELINES: Mapping[str, Decide] = {
    "cash": cash,
    "buy_and_hold": buy_and_hold,
    "equal_weight": equal_weight,
}
