"""Every policy through one window on terms that vary: flat costs, delays, capital."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import polars as pl

from walkforge.agents.policy import Policy, market_of_policy
from walkforge.evaluation.plain import buy_and_hold, equal_weight
from walkforge.evaluation.policies import Training
from walkforge.evaluation.series import BUY_AND_HOLD, EQUAL_WEIGHT, Key, baseline
from walkforge.evaluation.studies import DELAYS, SensitivityConfig, Study, studied_costs
from walkforge.market.config import CostConfig, market_config
from walkforge.market.market import Market
from walkforge.market.plan import filled_rows
from walkforge.market.regimes import REGIMES, regime_targets
from walkforge.market.rollout import Decide
from walkforge.market.rollout_terms import DailyTerms, Terms, rollout_terms
from walkforge.splits.windows import Window


class Varied(NamedTuple):
    """One study's terms, and the value of each of its accounts: bps, place in time, or money."""

    study: Study
    values: tuple[float, ...]
    terms: Terms


def varied_terms(settings: Mapping[str, Any]) -> list[Varied]:
    """Return the terms of all studies.

    Costs: a flat commission on each traded value, all other costs off. Delay: where orders fill,
    on the configured costs. Capital: initial cash, all else as configured.

    Args:
        settings: sections `sensitivity` and `market` of the configuration, the latter without
            schemes and rewards.
    """
    config, money = SensitivityConfig(**settings["sensitivity"]), market_config(settings["market"])
    costs, capital = studied_costs(config), tuple(map(float, config.capital))
    free = replace(money, costs=_free(money.costs))
    cash = money.initial_cash
    delays = [
        Varied("delay", (float(place),), Terms(replace(money, execution=each.execution),
                                               (cash,), (0.0,), each.late))
        for place, each in enumerate(DELAYS)
    ]  # fmt: skip
    return [
        Varied("costs", costs, Terms(free, (cash,) * len(costs), costs)),
        *delays,
        Varied("capital", capital, Terms(money, capital, (0.0,) * len(capital))),
    ]


def _free(costs: CostConfig) -> CostConfig:
    """Return these costs, all switched off."""
    return replace(
        costs,
        commission_bps=0.0,
        stamp_duty_bps=0.0,
        spread_bps=0.0,
        slippage_bps=0.0,
        impact="none",
    )


def vary_terms(
    policies: Mapping[Training, Policy],
    market: Market,
    window: Window,
    *,
    varied: Sequence[Varied],
) -> pl.DataFrame:
    """Return the daily figures of all policies and fixed baselines on all terms, in one window.

    Columns: study, value, kind, strategy, seed, date, net_return, turnover. The baselines are
    equal weight, buy and hold, and the twelve regimes.

    Args:
        policies: of one fold, by training. market, window: where and when.
        varied: see varied_terms.

    Raises:
        InputError: the market lacks a feature of a policy; see also market.rollout.
    """
    rows = filled_rows(market, window)
    dates = pl.Series("date", market.dates[rows.start : rows.stop], dtype=pl.Date)
    frames = []
    for single, known, decides in [(False, market, _baselines()), *_agents(policies, market)]:
        found = rollout_terms(
            [*decides.values()], known, window,
            terms=[each.terms for each in varied], single_symbol=single,
        )  # fmt: skip
        for each, daily in zip(varied, found, strict=True):
            frames += _frames(each, daily, [*decides], dates)
    return pl.concat(frames)


def _agents(
    policies: Mapping[Training, Policy], market: Market
) -> list[tuple[bool, Market, dict[Key, Decide]]]:
    """Return the policies that see alike: whether in sleeves, their market, and how each decides.

    Raises:
        InputError: the market lacks a feature of a policy.
    """
    alike: dict[tuple[bool, tuple[str, ...]], dict[Key, Decide]] = {}
    markets = {}
    for training, policy in policies.items():
        seen = policy.scheme.single_symbol, policy.feature_names
        if seen not in alike:
            markets[seen] = market_of_policy(policy, market)
        key = Key("agent", training.agent, str(training.seed))
        alike.setdefault(seen, {})[key] = policy.orders
    return [(seen[0], markets[seen], decides) for seen, decides in alike.items()]


def _baselines() -> dict[Key, Decide]:
    """Return how the fixed baselines decide."""
    regimes = {baseline(f"regime_{name}"): partial(regime_targets, name) for name in REGIMES}
    plain = {baseline(EQUAL_WEIGHT): equal_weight, baseline(BUY_AND_HOLD): buy_and_hold()}
    return {**plain, **regimes}


def _frames(
    varied: Varied, daily: DailyTerms, keys: list[Key], dates: pl.Series
) -> list[pl.DataFrame]:
    """Return a frame for each policy and value of one study."""
    net, turnover = (each.cpu().numpy() for each in daily)
    return [
        pl.DataFrame(
            {"date": dates, "net_return": np.ascontiguousarray(net[:, s, n]),
             "turnover": np.ascontiguousarray(turnover[:, s, n])}
        ).select(
            pl.lit(varied.study).alias("study"),
            pl.lit(value).alias("value"),
            pl.lit(key.kind).alias("kind"),
            pl.lit(key.strategy).alias("strategy"),
            pl.lit(key.seed).alias("seed"),
            "date", "net_return", "turnover",
        )
        for s, key in enumerate(keys)
        for n, value in enumerate(varied.values)
    ]  # fmt: skip
