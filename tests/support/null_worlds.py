"""Worlds in which nothing can be known, from bars to a verdict: random walks, in process."""

import itertools
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any, NamedTuple

import numpy as np
import polars as pl
import torch
from torch import Tensor

from walkforge.agents.policy import Policy, make_network, make_scheme
from walkforge.agents.scaler import fit_scaler
from walkforge.evaluation.assess import RunFacts, assess
from walkforge.evaluation.baselines.naive import buy_and_hold, equal_weight
from walkforge.evaluation.evidence import Bootstrap
from walkforge.evaluation.random_policies import Course, Draw, random_returns
from walkforge.evaluation.series import BUY_AND_HOLD, EQUAL_WEIGHT, random_returns_of
from walkforge.evaluation.stitch import Record, stitch
from walkforge.market.account import Observation
from walkforge.market.market import Market
from walkforge.market.plan import PlannedDay, plan_days
from walkforge.market.rollout import Decide
from walkforge.market.rollout_many import DailyMany, rollout_many
from walkforge.splits.windows import Window
from worlds import market_of, money, weekdays

DRIFTS = {"rising": 0.001, "flat": 0.0, "falling": -0.001}  # a day, beside a deviation of 1.7 %
CALENDARS = ("XNYS", "24/7")
SYMBOLS = 6
SEEDS = 3
RANDOM = 60
TRAINED = 90
WARM_IN = 60
TESTED = (250, 250)  # sessions before, and of each test window
FOLDS = ("fold_1", "fold_2")
COSTS = money(cash=1e6, commission_bps=1.0)
NETWORK = {
    "name": "shared_mlp",
    "hidden": [16],
    "separate_critic": False,
    "initial_std": 1.0,
}


class World(NamedTuple):
    """What a world is: its seed, how prices drift, and which days have sessions."""

    seed: int
    drift: str
    calendar: str


def worlds(count: int) -> list[World]:
    """So many worlds, drifts and calendars in turn."""
    kinds = [(drift, calendar) for drift in DRIFTS for calendar in CALENDARS]
    return [World(seed, *kinds[seed % len(kinds)]) for seed in range(count)]


def market_in(world: World) -> Market:
    """Random walks with a common part, open(t+1) = close(t); features are past returns."""
    generator = np.random.default_rng([world.seed, 0])
    days = TRAINED + WARM_IN + sum(TESTED) + 1
    common = generator.normal(0.0, 0.008, (days, 1))
    moves = DRIFTS[world.drift] + common + generator.normal(0.0, 0.015, (days, SYMBOLS))
    close = 50.0 * np.exp(np.cumsum(moves, axis=0))
    opening = np.vstack([close[:1], close[:-1]])
    week = np.stack([moves[max(t - 4, 0) : t + 1].sum(axis=0) for t in range(days)])
    month = np.stack([moves[max(t - 20, 0) : t + 1].sum(axis=0) for t in range(days)])
    values = np.stack([moves, week, month, generator.normal(size=moves.shape)], axis=2)
    market = market_of(opening, close, values, np.ones((days, SYMBOLS), dtype=bool))
    every = tuple(date(2010, 1, 4) + timedelta(days=day) for day in range(days))
    return replace(market, dates=every if world.calendar == "24/7" else weekdays(days))


def policies_in(world: World, market: Market, seed: int) -> list[Policy]:
    """One policy for each fold: opinions that no data gave, habits that the world draws.

    Habits are how fast it trades, how much cash it likes, and how strong its opinions are.
    """
    habits = np.random.default_rng([world.seed, 1])
    scheme: dict[str, Any] = {
        "name": "weights",
        "kappa": float(habits.choice([0.03, 0.1, 0.5])),
        "cash_bias": float(habits.choice([-3.0, 0.0, 1.0])),
    }
    network = {**NETWORK, "score_gain": float(habits.choice([0.3, 1.0, 3.0]))}
    agent = {"network": network, "scheme": scheme}
    made = []
    for place in range(len(FOLDS)):
        with torch.random.fork_rng():
            torch.manual_seed(1_000 * world.seed + 10 * seed + place)
            net = make_network(agent, fit_scaler(market, range(20, TRAINED)))
        made.append(
            Policy(
                agent=agent,
                network=net,
                scheme=make_scheme(agent),
                feature_names=market.feature_names,
                kinds=market.kinds,
            )
        )
    return made


def verdict_in(world: World) -> dict[str, Any]:
    """The verdict on an agent of a world, as the workflow reaches it.

    Accounts are rolled side by side, which gives daily figures and no ledger; what those lack
    (selection, names, what was bought and sold) is 0 here, and no part of a verdict's word.
    """
    market = market_in(world)
    starts = np.cumsum([TRAINED + WARM_IN, *TESTED])
    windows = [Window(market.dates[a], market.dates[b]) for a, b in itertools.pairwise(starts)]
    planned = plan_days(market, windows, warm_in_days=WARM_IN)
    keys = [("agent", "agent", str(seed)) for seed in range(SEEDS)]
    keys += [("baseline", name, "") for name in (EQUAL_WEIGHT, BUY_AND_HOLD)]
    daily = rollout_many(
        _deciding(world, market, planned), market, windows,
        config=COSTS, count=len(keys), warm_in_days=WARM_IN,
    )  # fmt: skip
    frames = [_frame(daily, place, market, planned) for place in range(len(keys))]
    found = random_returns(
        frames[:SEEDS], Course(market, windows, WARM_IN), FOLDS,
        config=COSTS, draw=Draw(RANDOM, world.seed),
    )  # fmt: skip
    records = [
        Record(strategy, kind, seed, fold, frame.filter(window=place, scored=True))
        for (kind, strategy, seed), frame in zip(keys, frames, strict=True)
        for place, fold in enumerate(FOLDS)
    ]
    evidence = assess(
        stitch(records), random_returns_of([("agent", frame) for frame in found.values()]),
        bootstrap=Bootstrap(replications=300, confidence=0.95, seed=0),
        facts=RunFacts(trials=1, holdout_opened=0, execution="open", least_sharpe=0.3),
    )  # fmt: skip
    return dict(evidence.verdict["agents"]["agent"])


def _deciding(world: World, market: Market, planned: Sequence[PlannedDay]) -> Decide:
    """How the seeds and the two baselines decide, an account each."""
    seeds = [policies_in(world, market, seed) for seed in range(SEEDS)]
    hold = buy_and_hold()
    days = iter(planned)

    def decide(seen: Observation) -> Tensor:
        window = next(days).window
        asked = [policies[window].orders for policies in seeds] + [equal_weight, hold]
        alone = [_alone(seen, place) for place in range(len(asked))]
        return torch.cat([each(own) for each, own in zip(asked, alone, strict=True)])

    return decide


def _alone(seen: Observation, place: int) -> Observation:
    """What one account sees."""
    own = slice(place, place + 1)
    return Observation(seen.features[own], seen.weights[own], seen.tradable[own])


def _frame(
    daily: DailyMany, place: int, market: Market, planned: Sequence[PlannedDay]
) -> pl.DataFrame:
    """One account's figures on the planned days."""
    none = np.zeros(len(planned))
    return pl.DataFrame(
        {
            "date": [market.dates[day.row] for day in planned],
            "window": [day.window for day in planned],
            "scored": [day.scored for day in planned],
            **{name: getattr(daily, name)[:, place].numpy() for name in daily._fields},
            **dict.fromkeys(("effective_names", "selection", "bought", "sold"), none),
        }
    )
