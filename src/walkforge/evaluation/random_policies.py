"""Random policies that trade as much as an agent and hold as much cash: what luck alone gives."""

import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, NamedTuple

import numpy as np
import polars as pl
import torch
from torch import Tensor

from walkforge.console import log_line
from walkforge.errors import InputError
from walkforge.market.account import Observation
from walkforge.market.config import MarketConfig
from walkforge.market.market import Market
from walkforge.market.plan import PlannedDay, plan_days
from walkforge.market.rollout import Decide
from walkforge.market.rollout_many import DailyMany, rollout_many
from walkforge.market.schemes.scheme import free_share, with_cash
from walkforge.settings import Bounds
from walkforge.splits.windows import Window

TOLERANCE = 0.01  # by which the mean turnover may miss the agent's, as a share of it
LEAST_KAPPA = 1e-4
CONCENTRATION = 1.0
MOST_CONCENTRATION = 64.0  # of scores; at the latter one symbol takes all
MOST_PASSES = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class RandomConfig:
    """Random policies that an agent is compared with."""

    random_policies: Annotated[
        int,
        Bounds(at_least=1, at_most=1_000),
        "for each agent and fold, with its turnover and its cash: what luck alone gives",
    ]
    random_seed: Annotated[int, Bounds(at_least=0, at_most=4_294_967_295), "of their draws"]


class Draw(NamedTuple):
    """How many random policies, and the seed of the generator that they all draw from."""

    policies: int
    seed: int


class Course(NamedTuple):
    """Where and when random policies are rolled: see market.rollout_many."""

    market: Market
    windows: Sequence[Window]
    warm_in_days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Habits:
    """What random policies share with an agent.

    Attributes:
        cash_weight: [R] the target at each decision, the warm-in's too, the mean over seeds: that
            at its close, so that nothing is known of the day on which it fills.
        turnover: a day, the mean over seeds and scored dates.
        scored: [R] bool, whether the day of a decision is scored.
    """

    cash_weight: Tensor
    turnover: float
    scored: Tensor


@dataclass(frozen=True, slots=True, kw_only=True)
class RandomPolicy:
    """How random accounts decide.

    Attributes:
        kappa: share of the way to each day's target, in (0, 1].
        concentration: times a standard normal is a symbol's score.
        seed: of the generator.
    """

    kappa: float
    concentration: float
    seed: int


def habits_of(
    dailies: Sequence[pl.DataFrame], market: Market, planned: Sequence[PlannedDay]
) -> Habits:
    """The habits of an agent from the daily frames of its seeds on the planned days.

    Raises:
        InputError: a frame has other dates.
    """
    dates = [market.dates[day.row] for day in planned]
    for daily in dailies:
        if daily["date"].to_list() != dates:
            raise InputError(
                f"a daily frame of the agent has {daily.height} dates, and the record from "
                f"{dates[0]} to {dates[-1]} has {len(dates)} others: rerun evaluate_agent"
            )
    figures = [daily.select("cash_weight", "turnover").to_numpy() for daily in dailies]
    mean = torch.from_numpy(np.mean(figures, axis=0))
    # What is known at each decision: the cash at the close before, which the market has not moved
    # since; at the first, which comes from cash alone, what the agent then spends.
    first = (1.0 - mean[:1, 1]).clamp(0.0, 1.0)
    cash_weight = torch.cat([first, mean[:-1, 0]])
    scored = torch.tensor([day.scored for day in planned])
    return Habits(
        cash_weight=cash_weight.to(market.device),
        turnover=float(mean[scored, 1].mean()),
        scored=scored.to(market.device),
    )


def decides(policy: RandomPolicy, cash_weight: Tensor, *, count: int) -> Decide:
    """What B random accounts decide in one rollout.

    Each day every account draws new scores; its target is their softmax over the symbols that can
    be traded. It goes kappa of the way there, and all that it holds is then scaled to the share of
    the day that is not cash: small steps would leave an account in cash for weeks after the agent
    has left it, and the two would not be exposed to the same market.

    Args:
        policy: how. cash_weight: [R] the target at each decision. count: B.
    """
    generator = torch.Generator().manual_seed(policy.seed)
    invested = iter((1.0 - cash_weight).clamp(0.0, 1.0))

    def decide(seen: Observation) -> Tensor:
        shape = (count, seen.tradable.shape[1])
        drawn = torch.randn(shape, generator=generator, dtype=torch.float64).to(seen.weights.device)
        stuck, _ = free_share(seen)
        room = (next(invested) - stuck.sum(-1, keepdim=True)).clamp(min=0.0)
        held = torch.where(seen.tradable, seen.weights[:, :-1], 0.0)
        moved = held + policy.kappa * (_shares(drawn * policy.concentration, seen) * room - held)
        whole = moved.sum(-1, keepdim=True)
        return with_cash(moved * torch.where(whole > 0.0, room / whole, 0.0) + stuck)

    return decide


def _shares(scores: Tensor, seen: Observation) -> Tensor:
    """The softmax [B, K] of scores over tradable symbols; nothing where there are none."""
    shares = torch.softmax(scores.masked_fill(~seen.tradable, -torch.inf), dim=-1)
    return torch.nan_to_num(shares, nan=0.0)


def draw_of(config: RandomConfig) -> Draw:
    """How many policies there are, and the seed (below 2^63) of their generator."""
    digest = hashlib.sha256(str(config.random_seed).encode()).digest()
    return Draw(config.random_policies, int.from_bytes(digest[:8], "big") >> 1)


def random_returns(
    dailies: Sequence[pl.DataFrame],
    course: Course,
    folds: Sequence[str],
    *,
    config: MarketConfig,
    draw: Draw,
) -> dict[str, pl.DataFrame]:
    """The daily net returns of random policies matched to an agent, a frame for each fold.

    Columns: date, turnover (the mean over policies), kappa and concentration (how all of them
    decide), then random_000 and so on, one for each. They are rolled as the agent is: one account
    each, from the warm-in on and over the folds' borders.

    Args:
        dailies: the agent's daily frames from the warm-in to the end, one for each seed.
        course, config: where, when, and on what terms. folds: the names of its windows.
        draw: how many, and from what seed.

    Raises:
        InputError: a frame has other dates; see also market.plan.
    """
    planned = plan_days(course.market, course.windows, warm_in_days=course.warm_in_days)
    habits = habits_of(dailies, course.market, planned)
    policy, daily = matched(habits, course, config=config, draw=draw)
    log_line(
        f"kappa {policy.kappa:.4g}, concentration {policy.concentration:g}: mean daily turnover "
        f"{turnover_of(daily, habits):.4g}, the agent's is {habits.turnover:.4g}"
    )
    return _frames(policy, daily, course.market, dict(zip(folds, _scored(planned), strict=True)))


def returns_again(  # noqa: PLR0913
    dailies: Sequence[pl.DataFrame],
    course: Course,
    folds: Sequence[str],
    *,
    config: MarketConfig,
    draw: Draw,
    policy: tuple[float, float],
) -> dict[str, pl.DataFrame]:
    """What random_returns does where the policies' kappa and concentration are known."""
    planned = plan_days(course.market, course.windows, warm_in_days=course.warm_in_days)
    habits = habits_of(dailies, course.market, planned)
    kappa, concentration = policy
    known = RandomPolicy(kappa=kappa, concentration=concentration, seed=draw.seed)
    daily = _rolled(known, habits, course, config=config, count=draw.policies)
    return _frames(known, daily, course.market, dict(zip(folds, _scored(planned), strict=True)))


def _scored(planned: Sequence[PlannedDay]) -> list[list[tuple[int, int]]]:
    """By window the scored days: number among the planned, and row."""
    windows: dict[int, list[tuple[int, int]]] = {}
    for place, day in enumerate(planned):
        if day.scored:
            windows.setdefault(day.window, []).append((place, day.row))
    return [windows[window] for window in sorted(windows)]


def _frames(
    policy: RandomPolicy,
    daily: DailyMany,
    market: Market,
    days: Mapping[str, Sequence[tuple[int, int]]],
) -> dict[str, pl.DataFrame]:
    """The frames of random_returns by fold."""
    returns = daily.net_return.cpu().numpy()
    turnover = daily.turnover.mean(1).cpu().numpy()
    frames = {}
    for fold, scored in days.items():
        places = [place for place, _ in scored]
        known = {
            "date": pl.Series([market.dates[row] for _, row in scored], dtype=pl.Date),
            "turnover": turnover[places],
            "kappa": np.full(len(places), policy.kappa),
            "concentration": np.full(len(places), policy.concentration),
        }
        every = {f"random_{i:03d}": each for i, each in enumerate(returns[places].T)}
        frames[fold] = pl.DataFrame(known | every)
    return frames


def _rolled(
    policy: RandomPolicy, habits: Habits, course: Course, *, config: MarketConfig, count: int
) -> DailyMany:
    """What becomes of so many random policies."""
    return rollout_many(
        decides(policy, habits.cash_weight, count=count),
        course.market,
        course.windows,
        config=config,
        count=count,
        warm_in_days=course.warm_in_days,
    )


def matched(
    habits: Habits, course: Course, *, config: MarketConfig, draw: Draw
) -> tuple[RandomPolicy, DailyMany]:
    """Random policies whose mean turnover is the agent's, and what became of them.

    Turnover grows with kappa, which is bisected on a logarithmic scale. Where kappa 1 is not
    enough, scores are concentrated on fewer symbols; where nothing is, the nearest is returned.

    Args:
        habits: of the agent. course, config: where, when, and on what terms.
        draw: how many accounts, and the seed of their generator.

    Raises:
        InputError: see market.plan.
    """

    def rolled(kappa: float, concentration: float) -> tuple[RandomPolicy, DailyMany]:
        policy = RandomPolicy(kappa=kappa, concentration=concentration, seed=draw.seed)
        daily = _rolled(policy, habits, course, config=config, count=draw.policies)
        return policy, daily

    concentration = CONCENTRATION
    found = rolled(1.0, concentration)
    while _excess(found, habits) < -TOLERANCE and concentration < MOST_CONCENTRATION:
        concentration *= 2.0
        found = rolled(1.0, concentration)
    low = math.log(LEAST_KAPPA)
    high = 0.0
    for _ in range(MOST_PASSES):
        excess = _excess(found, habits)
        if abs(excess) <= TOLERANCE or (excess < 0.0 and found[0].kappa == 1.0):
            break
        middle = math.log(found[0].kappa)
        low, high = (middle, high) if excess < 0.0 else (low, middle)
        found = rolled(math.exp((low + high) / 2.0), concentration)
    return found


def turnover_of(daily: DailyMany, habits: Habits) -> float:
    """The mean daily turnover of random policies on scored dates."""
    return float(daily.turnover[habits.scored].mean())


def _excess(found: tuple[RandomPolicy, DailyMany], habits: Habits) -> float:
    """By what share of the agent's turnover the policies' is above it."""
    turnover = turnover_of(found[1], habits)
    if habits.turnover <= 0.0:
        return 0.0 if turnover == 0.0 else math.inf
    return turnover / habits.turnover - 1.0
