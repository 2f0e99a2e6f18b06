"""Trained policies, by the training they come from, and their roll-out by the one simulator."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

import torch

from walkforge.agents.policy import Policy, load_policy, market_of_policy
from walkforge.market.config import MarketConfig
from walkforge.market.market import Market
from walkforge.market.rollout import Decide, Rollout, rollout
from walkforge.splits.windows import Window

Watch = Callable[[Decide], Decide]  # decides as it does, and keeps what was seen and ordered


class Training(NamedTuple):
    """Which training a policy comes from."""

    agent: str
    fold: str
    seed: int


def training_of(file: Path) -> Training:
    """Return the training whose policy lies at .../{agent}/{fold}/seed_{seed}/policy/{file}."""
    agent, fold, seed, *_ = file.parts[-5:]
    return Training(agent, fold, int(seed.removeprefix("seed_")))


def read_policies(manifests: Iterable[Path], *, device: torch.device) -> dict[Training, Policy]:
    """Return the policies that lie at .../{agent}/{fold}/seed_{seed}/policy/, by training.

    Raises:
        InputError: see agents.policy.load_policy.
    """
    return {training_of(file): load_policy(file.parent, device=device) for file in manifests}


def roll_policy(
    policy: Policy,
    market: Market,
    window: Window,
    *,
    config: MarketConfig,
    watch: Watch | None = None,
) -> Rollout:
    """Return the rollout of a policy without noise, in sleeves where its scheme asks for them.

    Args:
        policy, market, window, config: what decides, where, when, and on what terms.
        watch: of an audit, which looks on.

    Raises:
        InputError: the market lacks a feature of the policy; see also market.rollout.
    """
    known, single = market_of_policy(policy, market), policy.scheme.single_symbol
    decide = policy.orders if watch is None else watch(policy.orders)
    return rollout(decide, known, window, config=config, single_symbol=single)
