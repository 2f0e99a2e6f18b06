"""A given policy on given data: its roll-out over a window, beside the baselines."""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl

from walkforge.agents.policy import Policy
from walkforge.errors import InputError
from walkforge.evaluation.baseline_context import context_before
from walkforge.evaluation.policies import roll_policy
from walkforge.evaluation.roll_baselines import roll_baselines
from walkforge.evaluation.stitch import MEAN, Record, metrics_of, stitch
from walkforge.market.config import market_config
from walkforge.market.market import Market
from walkforge.market.rollout import Rollout
from walkforge.provenance import read_json
from walkforge.splits.manifest import span_of, window_of
from walkforge.splits.windows import Window, check_inside, overlap, sealed_window

BACKTEST = "backtest"
POLICY = "policy"


class Backtest(NamedTuple):
    """The policy's rollout, and the metrics of it and the baselines: see stitch.metrics_of."""

    rollout: Rollout
    metrics: pl.DataFrame


def backtest(
    policy: Policy, market: Market, *, window: Window, terms: Mapping[str, Any]
) -> Backtest:
    """The backtest of a policy over a window, with baselines beside it.

    Args:
        policy, market, window: what, on which data, and when.
        terms: `baselines`, their settings, `market`, those of money, and `warm_in_days`, unscored
            sessions before the window, through which all accounts are rolled from cash.

    Raises:
        InputError: the market lacks a feature of the policy; names both lists. See also
            market.rollout.
    """
    config = market_config(terms["market"])
    warm_in = terms["warm_in_days"]
    own = roll_policy(policy, market, window, config=config, warm_in_days=warm_in)
    records = [Record(POLICY, "agent", "", BACKTEST, own.daily)]
    context = context_before(market, window, terms)
    names = context.config.baselines
    rolled = roll_baselines(names, [context], config=config, warm_in_days=warm_in)
    records += [
        Record(name, "baseline", "", BACKTEST, roll.windows[0].daily)
        for name, roll in rolled.items()
    ]
    return Backtest(own, metrics_of(stitch(records).filter(pl.col("seed") != MEAN)))


def backtest_window(terms: Mapping[str, Any], market: Market) -> Window:
    """The window of section `backtest`; null dates stand for all that can be scored.

    The earliest warm-in opens on the date after the first on which a symbol can be traded: its
    first fill is decided at the close before it. The window begins when it is over. None reaches
    into a sealed hold-out: open_holdout alone scores that, and counts it.

    Args:
        terms: sections `backtest` and `holdout`, and `warm_in_days`. market: the data.

    Raises:
        InputError: nothing can be traded, or a date lies outside; names the dates there are.
    """
    section = terms["backtest"]
    sealed = sealed_window(terms["holdout"])
    warm_in = terms["warm_in_days"]
    last = market.dates[-1]
    earliest = _earliest(market, warm_in_days=warm_in)
    start = _date(section["start"], earliest)
    whole = last + timedelta(days=1)
    window = Window(start, _date(section["end"], min(whole, sealed.start) if sealed else whole))
    if sealed is not None and overlap(window, sealed) is not None:
        raise InputError(
            f"backtest from {start} to {window.end} reaches into the sealed hold-out from "
            f"{sealed.start} to {sealed.end}: end before it, or open it (snakemake open_holdout)"
        )
    if start < earliest:
        raise InputError(
            f"backtest.start {start} is before {earliest}, the first date with {warm_in} sessions "
            "of warm-in (evaluation.warm_in_days) after one on which a symbol has all features: "
            "start there, or write null"
        )
    check_inside(window, market.dates, section=BACKTEST)
    if len(market.rows(window)) == 0:
        raise InputError(
            f"backtest.start {window.start} and backtest.end {window.end} hold no session: the "
            f"data run from {market.dates[0]} to {last}: move one, or write null"
        )
    return window


def _earliest(market: Market, *, warm_in_days: int) -> date:
    """The first date with so many sessions after the first on which a symbol can trade."""
    usable = market.tradable[:-1].any(dim=1).nonzero()
    if len(usable) == 0:
        raise InputError(
            f"backtest: no symbol has all features before {market.dates[-1]}: the features' "
            "warm-up takes more bars than there are: give longer data or lower features.warm_up"
        )
    row = int(usable[0]) + 1 + warm_in_days
    if row >= len(market.dates):
        raise InputError(
            f"backtest: the data end on {market.dates[-1]}, within {warm_in_days} sessions of "
            f"warm-in from {market.dates[int(usable[0]) + 1]} on: give longer data or lower "
            "evaluation.warm_in_days"
        )
    return market.dates[row]


def _date(given: str | None, otherwise: date) -> date:
    """A date of the configuration, or what null stands for."""
    return otherwise if given is None else date.fromisoformat(given)


def training_window(manifests: Iterable[str]) -> Window | None:
    """The dates that a policy's training could read, None where no manifest is known.

    Args:
        manifests: of the policy's fold, at most one.

    Raises:
        InputError: it is damaged.
    """
    for path in manifests:
        manifest = read_json(Path(path))
        train = window_of(manifest, "train")
        validation = window_of(manifest, "validation")
        return Window(train.start, validation.end)
    return None


def said_of(window: Window, training: Window | None, *, terms: Mapping[str, Any]) -> dict[str, Any]:
    """What the page of a backtest says of it, ready for JSON.

    Args:
        window: of the backtest. training: see training_window. terms: see backtest.
    """
    money = terms["market"]
    stated = {"execution": money["execution"], "limits": money["limits"]}
    return {
        "window": span_of(window),
        "training": training and span_of(training),
        "terms": {"market": stated, "warm_in_days": terms["warm_in_days"]},
    }
