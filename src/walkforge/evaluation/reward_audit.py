"""The audit of rewards: what a training is shown and paid up to a mark knows nothing after it."""

from collections.abc import Iterator, Mapping
from typing import Any

import torch
from torch import Tensor

from walkforge.agents.policy import make_scheme
from walkforge.evaluation.chain import changed_market
from walkforge.evaluation.leaks import Finding, Locate, added, difference
from walkforge.market.config import MarketConfig
from walkforge.market.environment import AccountBatch
from walkforge.market.market import Market
from walkforge.market.schemes.scheme import ActionSpace
from walkforge.registry import load, parameters
from walkforge.splits.windows import Fold

DAYS = 21
ACCOUNTS = 16
# Marks after which all is changed, in days from the start.
MARKS = (DAYS, DAYS // 2)
SEEN = ("features", "tradable", "weights")

Agent = Mapping[str, Mapping[str, Any]]


def audit_rewards(
    name: str, agent: Agent, market: Market, *, fold: Fold, config: MarketConfig
) -> Iterator[Finding]:
    """Yield how what accounts with random actions see and are paid differs by what follows.

    Args:
        name, agent: and its resolved slice. market: with its features.
        fold: in whose train window the accounts trade, on its last days that all can.
    """
    train = market.rows(fold.train)
    start = _start(market, train)
    first = _paid(agent, market, start, config=config)
    for days in MARKS:
        again = _paid(agent, changed_market(market, start + days), start, config=config)
        parts = [
            difference(values[:stop], again[part][:stop], locate=_located(market, start, part))
            for part, values in first.items()
            for stop in [days + (part in SEEN)]  # what is seen at the mark itself, too
        ]
        yield Finding(name, fold.name, "reward", "changed future", added(parts))


def _start(market: Market, train: range) -> int:
    """The last row of a window, DAYS before its end, on which a symbol can be traded."""
    known = market.tradable[train.start : max(train.stop - DAYS, train.start + 1)].any(dim=1)
    places = known.nonzero().flatten().tolist()
    return train.start + (places[-1] if places else 0)


def _paid(agent: Agent, market: Market, start: int, *, config: MarketConfig) -> dict[str, Tensor]:
    """What ACCOUNTS accounts are shown [DAYS, B, ...] and paid, all from one row on."""
    generator = torch.Generator().manual_seed(0)
    batch = AccountBatch(
        market,
        scheme=make_scheme(agent),
        reward=load(agent, "reward").Reward(**parameters(agent, "reward")),
        config=config,
        rows=range(start, start + DAYS + 1),
        count=ACCOUNTS,
        episode_days=DAYS,
        generator=torch.Generator().manual_seed(0),
    )
    space = batch.scheme.space(batch.symbols)
    kept: dict[str, list[Tensor]] = {}
    for _ in range(DAYS):
        seen = batch.observation()
        for part in SEEN:
            kept.setdefault(part, []).append(getattr(seen, part))
        kept.setdefault("reward", []).append(
            batch.step_with_reset(_action(space, generator)).reward
        )
    return {name: torch.stack(each) for name, each in kept.items()}


def _action(space: ActionSpace, generator: torch.Generator) -> Tensor:
    """One action of each account, drawn from its space."""
    if space.kind == "box":
        return space.bound * (2.0 * torch.rand(ACCOUNTS, space.size, generator=generator) - 1.0)
    shape = (ACCOUNTS,) if space.kind == "discrete" else (ACCOUNTS, space.size)
    return torch.randint(space.choices, shape, generator=generator)


def _located(market: Market, start: int, part: str) -> Locate:
    """What says of every value of a part on which day it was seen or paid."""
    return lambda index: (market.dates[start + index[0]], part)
