"""Naive baselines: cash, equal weight, buy and hold. They need nothing but the account."""

import torch
from torch import Tensor

from walkforge.evaluation.baseline_context import Baseline
from walkforge.market.account import Observation
from walkforge.market.rollout import Decide

FLAT = 1.0 - 1e-9  # cash weight from which an account counts as holding nothing


def cash(seen: Observation) -> Tensor:
    """Weights [B, K+1] that hold cash alone."""
    weights = torch.zeros_like(seen.weights, dtype=torch.float64)
    weights[:, -1] = 1.0
    return weights


def equal_weight(seen: Observation) -> Tensor:
    """Weights [B, K+1] equal over tradable symbols; the others keep what they have."""
    current = seen.weights
    frozen = torch.where(seen.tradable, 0.0, current[:, :-1])
    free = (1.0 - frozen.sum(-1, keepdim=True)).clamp(min=0.0)
    count = seen.tradable.sum(-1, keepdim=True)
    share = free / count.clamp(min=1)
    symbols = torch.where(seen.tradable, share, frozen)
    return torch.cat([symbols, free * (count == 0)], dim=-1)


def buy_and_hold() -> Decide:
    """A policy for one rollout: equal weights until it holds something, then no order.

    It stays in cash when all that it bought has been delisted or cut.
    """
    invested = torch.zeros(1, 1, dtype=torch.bool)

    def decide(seen: Observation) -> Tensor:
        nonlocal invested
        invested = invested.to(seen.weights.device) | (seen.weights[:, -1:] < FLAT)
        return torch.where(invested, seen.weights, equal_weight(seen))

    return decide


BASELINES = {
    "cash": Baseline(lambda context: cash),
    "buy_and_hold": Baseline(lambda context: buy_and_hold()),
    "equal_weight": Baseline(lambda context: equal_weight),
}
