"""Sensitivity roll-out: every record on the terms of a grid of flat costs, delays and capital."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import polars as pl

from walkforge.agents.policy import Policy, market_of_policy
from walkforge.evaluation.baselines.naive import buy_and_hold, equal_weight
from walkforge.evaluation.policies import Training
from walkforge.evaluation.sensitivity_grid import DELAYS, GridAxis, SensitivityConfig, grid_costs
from walkforge.evaluation.series import BUY_AND_HOLD, EQUAL_WEIGHT, Key, baseline
from walkforge.market.config import CostConfig, market_config
from walkforge.market.market import Market
from walkforge.market.plan import filled_rows
from walkforge.market.regimes import REGIMES, regime_targets
from walkforge.market.rollout_terms import DailyTerms, Deciding, Terms, rollout_terms
from walkforge.splits.windows import Window


class GridPart(NamedTuple):
    """One axis of the grid: its terms, and each account's value (bps, place in time, or money)."""

    study: GridAxis
    values: tuple[float, ...]
    terms: Terms


def grid_of(settings: Mapping[str, Any]) -> list[GridPart]:
    """The terms of all axes of the grid.

    Costs: a flat commission on each traded value, all other costs off. Delay: where orders fill,
    on the configured costs. Capital: initial cash, all else as configured.

    Args:
        settings: sections `sensitivity` and `market` of the configuration, the latter without
            schemes and rewards.
    """
    config = SensitivityConfig(**settings["sensitivity"])
    money = market_config(settings["market"])
    costs = grid_costs(config)
    capital = tuple(map(float, config.capital))
    free = replace(money, costs=_free(money.costs))
    cash = money.initial_cash
    delays = [
        GridPart("delay", (float(place),), Terms(replace(money, execution=each.execution),
                                               (cash,), (0.0,), each.late))
        for place, each in enumerate(DELAYS)
    ]  # fmt: skip
    return [
        GridPart("costs", costs, Terms(free, (cash,) * len(costs), costs)),
        *delays,
        GridPart("capital", capital, Terms(money, capital, (0.0,) * len(capital))),
    ]


def _free(costs: CostConfig) -> CostConfig:
    """These costs, all switched off."""
    return replace(
        costs,
        commission_bps=0.0,
        stamp_duty_bps=0.0,
        spread_bps=0.0,
        slippage_bps=0.0,
        impact="none",
    )


def roll_sensitivity(
    policies: Mapping[Training, Policy],
    market: Market,
    windows: Mapping[str, Window],
    *,
    grid: Sequence[GridPart],
    warm_in_days: int,
) -> pl.DataFrame:
    """Daily figures of every record on all terms, one account for each strategy, seed and value.

    Columns: study, value, kind, strategy, seed, date, net_return, turnover. The baselines are
    equal weight, buy and hold, and the twelve regimes.

    Args:
        policies: of every fold, agent and seed, by training. market: of all.
        windows: by fold, in order of time. grid: see grid_of.
        warm_in_days: see market.rollout.roll_record.

    Raises:
        InputError: the market lacks a feature of a policy; see also market.plan.plan_days.
    """
    rows = [filled_rows(market, window) for window in windows.values()]
    days = [market.dates[row] for each in rows for row in each]
    dates = pl.Series("date", days, dtype=pl.Date)
    frames = []
    for each in [_fixed(market, windows), *_agents(policies, market, windows)]:
        found = rollout_terms(
            each.stretches, terms=[own.terms for own in grid], warm_in_days=warm_in_days,
            single_symbol=each.single_symbol,
        )  # fmt: skip
        for own, daily in zip(grid, found, strict=True):
            frames += _frames(own, daily, each.keys, dates)
    return pl.concat(frames)


class _Alike(NamedTuple):
    """Strategies that see alike and trade alike: whether in sleeves, and who decides when."""

    single_symbol: bool
    keys: list[Key]
    stretches: list[Deciding]


def _agents(
    policies: Mapping[Training, Policy], market: Market, windows: Mapping[str, Window]
) -> list[_Alike]:
    """Agents and seeds, together where their policies read the same features in the same way.

    Raises:
        InputError: the market lacks a feature of a policy.
    """
    first = next(iter(windows))
    found = []
    alike: dict[tuple[bool, tuple[str, ...]], list[Training]] = {}
    for training, policy in policies.items():
        if training.fold == first:
            seen = policy.scheme.single_symbol, policy.feature_names
            alike.setdefault(seen, []).append(training)
    for (single_symbol, _), trainings in alike.items():
        known = market_of_policy(policies[trainings[0]], market)
        stretches = [
            Deciding(window, [policies[own._replace(fold=fold)].orders for own in trainings], known)
            for fold, window in windows.items()
        ]
        keys = [Key("agent", own.agent, str(own.seed)) for own in trainings]
        found.append(_Alike(single_symbol, keys, stretches))
    return found


def _fixed(market: Market, windows: Mapping[str, Window]) -> _Alike:
    """The fixed baselines, which go on over every border."""
    regimes = {baseline(f"regime_{name}"): partial(regime_targets, name) for name in REGIMES}
    plain = {baseline(EQUAL_WEIGHT): equal_weight, baseline(BUY_AND_HOLD): buy_and_hold()}
    keys, decides = zip(*(plain | regimes).items(), strict=True)
    stretches = [Deciding(window, decides, market) for window in windows.values()]
    return _Alike(False, [*keys], stretches)


def _frames(
    part: GridPart, daily: DailyTerms, keys: list[Key], dates: pl.Series
) -> list[pl.DataFrame]:
    """A frame for each policy and value of one axis."""
    net, turnover = (each.cpu().numpy() for each in daily)
    return [
        pl.DataFrame(
            {"date": dates, "net_return": np.ascontiguousarray(net[:, s, n]),
             "turnover": np.ascontiguousarray(turnover[:, s, n])}
        ).select(
            pl.lit(part.study).alias("study"),
            pl.lit(value).alias("value"),
            pl.lit(key.kind).alias("kind"),
            pl.lit(key.strategy).alias("strategy"),
            pl.lit(key.seed).alias("seed"),
            "date", "net_return", "turnover",
        )
        for s, key in enumerate(keys)
        for n, value in enumerate(part.values)
    ]  # fmt: skip
