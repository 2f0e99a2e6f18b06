"""Audit of trainings: what a policy learns does not depend on rows after its train window."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from datetime import date
from typing import Any, NamedTuple

import torch
from torch import Tensor

from walkforge.agents.policy import Policy
from walkforge.agents.training.train import Agent, train
from walkforge.evaluation.chain import changed_market
from walkforge.evaluation.leaks import Difference, Finding, Locate, added, difference
from walkforge.market.config import MarketConfig
from walkforge.market.market import Market
from walkforge.registry import load, parameters
from walkforge.splits.windows import Fold, Split

ROLLOUTS = 2  # of each training: one more than the first, which updates alone have shaped

Learn = Callable[[Market, Fold | Split], Mapping[str, Tensor]]  # what a policy consists of, by name


class Lesson(NamedTuple):
    """A training that can be repeated: of an agent, on a fold."""

    agent: str
    fold: Fold | Split
    learn: Learn


def lesson_of(
    name: str, fold: Fold | Split, policy: Policy, *, config: MarketConfig, seed: int
) -> Lesson:
    """A short training of the agent that a policy comes from."""
    agent = shortened(policy.agent)

    def learn(market: Market, fold: Fold | Split) -> Mapping[str, Tensor]:
        learned = train(agent, market, fold, config=config, seed=seed).policy
        state: Mapping[str, Tensor] = learned.network.state_dict()
        return state

    return Lesson(name, fold, learn)


def shortened(agent: Agent) -> dict[str, dict[str, Any]]:
    """An agent whose training is a few roll-outs that leave nothing behind."""
    config = load(agent, "algorithm").Config(**parameters(agent, "algorithm"))
    short = asdict(config.short(ROLLOUTS))
    own = {kind: dict(values) for kind, values in agent.items()}
    return {**own, "algorithm": {"name": own["algorithm"]["name"], **short}}


def audit_trainings(lessons: Iterable[Lesson], market: Market) -> list[Finding]:
    """What differs between trainings on a market and on one with later rows changed.

    Changed is every row after the train window: those purged, of validation and of test among
    them. A train window that ends with the data has nothing to compare.

    Raises:
        ValueError: a policy has other parts.
    """
    return [
        Finding(
            lesson.agent,
            lesson.fold.name,
            "training",
            "changed future",
            _learned_apart(lesson, market),
        )
        for lesson in lessons
    ]


def _learned_apart(lesson: Lesson, market: Market) -> Difference:
    """How a policy differs once all that follows its train window is changed."""
    last = market.rows(lesson.fold.train).stop - 1
    if last >= len(market.dates) - 1:
        return Difference(0)
    first = lesson.learn(market, lesson.fold)
    again = lesson.learn(changed_market(market, last), lesson.fold)
    if first.keys() != again.keys():
        raise ValueError(f"trainings of {lesson.agent} give policies of different parts")
    return added(
        difference(part, again[name], locate=_named(market.dates[last], name))
        for name, part in first.items()
    )


def _named(day: date, name: str) -> Locate:
    """What says of every entry of a part that it is that part's."""
    return lambda index: (day, name)


def some_columns(market: Market, symbols: int) -> Market:
    """The market of so many symbols, evenly spaced in their order, or of all."""
    count = len(market.symbols)
    places = torch.linspace(0, count - 1, min(symbols, count), dtype=torch.float64).round().long()
    return market.of_columns(places.tolist())
