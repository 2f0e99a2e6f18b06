"""Baselines: policies that learn nothing, rolled out by the same simulator at the same costs."""

from collections.abc import Callable, Iterable, Mapping

import torch
from torch import Tensor

from walkforge.market.account import Observation
from walkforge.market.config import MarketConfig
from walkforge.market.market import Market
from walkforge.market.rollout import Decide, Rollout, rollout
from walkforge.splits.windows import Window

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


def buy_and_hold() -> Decide:
    """Return a policy for one rollout: equal weights until it holds something, then no order.

    It stays in cash when all that it bought has been delisted.
    """
    invested = torch.zeros(1, 1, dtype=torch.bool)

    def decide(seen: Observation) -> Tensor:
        nonlocal invested
        invested = invested.to(seen.weights.device) | (seen.weights[:, -1:] < FLAT)
        return torch.where(invested, seen.weights, equal_weight(seen))

    return decide


# Name -> what gives the policy of one rollout.
BASELINES: Mapping[str, Callable[[], Decide]] = {
    "cash": lambda: cash,
    "buy_and_hold": buy_and_hold,
    "equal_weight": lambda: equal_weight,
}


def roll_baselines(
    names: Iterable[str], market: Market, window: Window, *, config: MarketConfig
) -> dict[str, Rollout]:
    """Return each named baseline's rollout through a window.

    Raises:
        InputError: see market.rollout.
    """
    return {name: rollout(BASELINES[name](), market, window, config=config) for name in names}
