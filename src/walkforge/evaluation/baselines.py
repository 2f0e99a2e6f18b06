"""Baselines: policies of no reinforcement learning, rolled by the same simulator at its costs."""

from collections.abc import Callable, Iterable, Mapping
from functools import partial

import torch
from torch import Tensor

from walkforge.evaluation.allocation import (
    MOMENTUM_DAYS,
    Allocate,
    inverse_volatility,
    momentum,
    rebalanced,
)
from walkforge.evaluation.optimised import hierarchical_risk_parity, minimum_variance
from walkforge.evaluation.ranker import ranker
from walkforge.evaluation.setting import Setting
from walkforge.market.account import Observation
from walkforge.market.config import MarketConfig
from walkforge.market.regimes import REGIMES, regime_targets
from walkforge.market.rollout import Decide, Rollout, rollout

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


def _allocation(allocate: Allocate, days: int | None = None) -> Callable[[Setting], Decide]:
    """Return what gives the policy of an allocation, of the configured lookback or its own."""
    return lambda setting: rebalanced(
        allocate, setting, days=setting.config.lookback_days if days is None else days
    )


def _regime(name: str) -> Callable[[Setting], Decide]:
    """Return what gives the policy that holds one regime."""
    return lambda setting: partial(regime_targets, name)


# Name -> what gives the policy of one rollout.
BASELINES: Mapping[str, Callable[[Setting], Decide]] = {
    "cash": lambda setting: cash,
    "buy_and_hold": lambda setting: buy_and_hold(),
    "equal_weight": lambda setting: equal_weight,
    "inverse_volatility": _allocation(inverse_volatility),
    "minimum_variance": _allocation(minimum_variance),
    "hierarchical_risk_parity": _allocation(hierarchical_risk_parity),
    "momentum_12_1": _allocation(momentum, MOMENTUM_DAYS),
    **{f"regime_{name}": _regime(name) for name in REGIMES},
    "ranker": ranker,
}


def roll_baselines(
    names: Iterable[str], setting: Setting, *, config: MarketConfig
) -> dict[str, Rollout]:
    """Return each named baseline's rollout through a setting's window.

    Raises:
        InputError: see market.rollout.
    """
    return {
        name: rollout(BASELINES[name](setting), setting.market, setting.window, config=config)
        for name in names
    }
