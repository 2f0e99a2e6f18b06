"""Trained policies, by the training they come from, and their roll-out by the one simulator."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import torch

from walkforge.agents import api
from walkforge.agents.ensemble import EnsemblePolicy
from walkforge.agents.policy import Policy, load_policy, market_of_policy
from walkforge.market.config import MarketConfig
from walkforge.market.market import Market
from walkforge.market.rollout import (
    Decide,
    Rolled,
    Rollout,
    Stretch,
    roll_record,
)
from walkforge.splits.windows import Window

Watch = Callable[[Decide], Decide]  # decides as it does, and keeps what was seen and ordered


class Training(NamedTuple):
    """Which training a policy comes from."""

    agent: str
    fold: str
    seed: int


def training_of(file: Path) -> Training:
    """The training whose policy lies at .../{agent}/{fold}/seed_{seed}/policy/{file}."""
    agent, fold, seed, *_ = file.parts[-5:]
    return Training(agent, fold, int(seed.removeprefix("seed_")))


def read_policies(manifests: Iterable[Path], *, device: torch.device) -> dict[Training, Policy]:
    """The policies that lie at .../{agent}/{fold}/seed_{seed}/policy/, by training.

    Raises:
        InputError: see agents.policy.load_policy.
    """
    return {training_of(file): load_policy(file.parent, device=device) for file in manifests}


def consensus_of(policies: Mapping[Training, Policy]) -> dict[str, EnsemblePolicy]:
    """By fold, the policies of all seeds of one agent as one, seeds in order."""
    folds: dict[str, list[Policy]] = {}
    for training in sorted(policies):
        folds.setdefault(training.fold, []).append(policies[training])
    return {fold: EnsemblePolicy(members=tuple(each)) for fold, each in folds.items()}


def roll_policies(
    policies: Sequence[api.Policy],
    market: Market,
    windows: Sequence[Window],
    *,
    config: MarketConfig,
    warm_in_days: int,
) -> Rolled:
    """The record of one seed's policies, or of a consensus, each through its own window.

    No noise is added to their actions.

    Args:
        policies: of one agent, one for each window. market: with all their features.
        windows: in order of time. config: on what terms.
        warm_in_days: see market.rollout.roll_record.

    Raises:
        InputError: the market lacks a feature of a policy; see also market.plan.plan_days.
    """
    stretches = [
        Stretch(window, policy.orders, market_of_policy(policy, market))
        for policy, window in zip(policies, windows, strict=True)
    ]
    single = policies[0].scheme.single_symbol
    return roll_record(stretches, config=config, warm_in_days=warm_in_days, single_symbol=single)


def roll_policy(  # noqa: PLR0913
    policy: api.Policy,
    market: Market,
    window: Window,
    *,
    config: MarketConfig,
    warm_in_days: int = 0,
    watch: Watch | None = None,
) -> Rollout:
    """The rollout of one policy without noise, in sleeves where its scheme asks for them.

    Args:
        policy, market, window, config: what decides, where, when, and on what terms.
        warm_in_days: unscored sessions from the opening in cash to the window.
        watch: of an audit, which looks on.

    Raises:
        InputError: the market lacks a feature of the policy; see also market.plan.
    """
    known = market_of_policy(policy, market)
    single = policy.scheme.single_symbol
    decide = policy.orders if watch is None else watch(policy.orders)
    rolled = roll_record([Stretch(window, decide, known)], config=config,
                         warm_in_days=warm_in_days, single_symbol=single)  # fmt: skip
    return rolled.windows[0]
