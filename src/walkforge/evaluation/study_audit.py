"""The audit of a study: its policies, its folds, and the chain from its bars on."""

from collections.abc import Mapping
from functools import partial
from typing import Any

import polars as pl
import torch

from walkforge.agents.policy import Policy, market_of_policy
from walkforge.evaluation.baseline_context import BaselineConfig, BaselineContext
from walkforge.evaluation.chain import Chain, Roll, Run
from walkforge.evaluation.chain_audit import audit_chain
from walkforge.evaluation.decision_audit import (
    audit_decisions,
    audit_labels,
    baseline_runs,
    columns_of,
)
from walkforge.evaluation.leaks import Finding
from walkforge.evaluation.policies import Training, Watch, roll_policy
from walkforge.evaluation.reward_audit import audit_rewards
from walkforge.evaluation.scaler_audit import audit_scalers
from walkforge.evaluation.stored_audit import audit_stored
from walkforge.evaluation.training_audit import audit_trainings, lesson_of, some_columns
from walkforge.evaluation.universe_audit import audit_universe, audit_windows
from walkforge.features.audit import AuditConfig
from walkforge.features.compute import compute_features, kinds, select_names, warm_up_of
from walkforge.features.panel import Panel, build_panel
from walkforge.market.config import Execution, MarketConfig, market_config
from walkforge.market.market import Market, market_of
from walkforge.market.rollout import Rollout
from walkforge.splits.manifest import TEST_FILE, TRAIN_FILE, check_rows, train_fold, window_of
from walkforge.splits.windows import Fold, Window

CPU = torch.device("cpu")
# Before a window, beside the warm-up: as many bars as daily value, volatility and momentum need.
LEAD_BARS = 21

# By fold and file name, as splits.manifest.cut_folds gives them.
Manifests = Mapping[tuple[str, str], Mapping[str, Any]]


def audit_study(
    bars: pl.DataFrame,
    panel: Panel,
    policies: Mapping[Training, Policy],
    manifests: Manifests,
    *,
    settings: Mapping[str, Any],
) -> list[Finding]:
    """What was compared of every agent and fold, and what differs.

    The stored market is compared with one laid anew. The scaler is every policy's; of each agent
    and fold the first seed's policy is rolled, and its training repeated for a few roll-outs.

    Args:
        bars: that the panel was made from. panel: what the policies were trained on.
        policies: on the CPU. manifests: what each fold may train on, and is scored on.
        settings: sections audit, features, market (money) and splits of the configuration, and
            `baselines`.

    Raises:
        InputError: the rows are not the manifests', or the panel is of other bars or features.
        ValueError: what is recomputed has another shape.
    """
    for (name, _), manifest in manifests.items():
        check_rows(manifest, panel, fold=name)
    torch.set_num_threads(1)
    market = market_of(panel, device=CPU)
    config = AuditConfig(**settings["audit"])
    folds, tests = windows_of(manifests)
    money = market_config(settings["market"])
    first = _first_seeds(policies)
    lessons = [
        lesson_of(each.agent, folds[each.fold], policy, config=money, seed=each.seed)
        for each, policy in first.items()
    ]
    runs = [
        Run(each.agent, each.fold, tests[each.fold], _roll(policy, money))
        for each, policy in first.items()
        if each.fold in tests
    ]
    chain = chain_of(settings["features"], execution=money.execution)
    few = columns_of(market, config.symbols)
    known = contexts_on(few, settings, folds=folds, tests=tests, execution=money.execution)
    names = sorted({"equal_weight", "buy_and_hold", *settings["baselines"]["baselines"]})
    return [
        audit_stored(bars, market, chain, symbols=config.symbols),
        *audit_universe(bars, panel, chain),
        *audit_windows(folds, tests, market, purge_days=settings["splits"]["purge_days"]),
        *audit_scalers(policies, market, folds=folds),
        *(audit_labels(known) if "ranker" in names else ()),
        *audit_trainings(lessons, some_columns(market, config.symbols)),
        *_rewards(first, few, folds, config=money),
        *audit_decisions([*runs, *baseline_runs(names, known, config=money)], few),
        *audit_chain(bars, chain, runs, config=config),
    ]


def windows_of(manifests: Manifests) -> tuple[dict[str, Fold], dict[str, Window]]:
    """What each fold is trained on, and the test window of each that is scored."""
    folds = {
        fold: train_fold(each) for (fold, file), each in manifests.items() if file == TRAIN_FILE
    }
    tests = {
        fold: window_of(each, "test")
        for (fold, file), each in manifests.items()
        if file == TEST_FILE
    }
    return folds, tests


def contexts_on(
    market: Market,
    settings: Mapping[str, Any],
    *,
    folds: Mapping[str, Fold],
    tests: Mapping[str, Window],
    execution: Execution,
) -> dict[str, BaselineContext]:
    """The contexts of baselines in each scored fold."""
    config = BaselineConfig(**settings["baselines"])
    return {
        fold: BaselineContext(
            market=market,
            window=window,
            train=folds[fold].train,
            execution=execution,
            config=config,
        )
        for fold, window in tests.items()
    }


def _rewards(
    policies: Mapping[Training, Policy],
    market: Market,
    folds: Mapping[str, Fold],
    *,
    config: MarketConfig,
) -> list[Finding]:
    """What is found of each agent's rewards, in its first fold."""
    of_agent = {each.agent: each for each in sorted(policies, reverse=True)}
    return [
        found
        for each in sorted(of_agent.values())
        for found in audit_rewards(
            each.agent,
            policies[each].agent,
            market_of_policy(policies[each], market),
            fold=folds[each.fold],
            config=config,
        )
    ]


def chain_of(settings: Mapping[str, Any], *, execution: Any) -> Chain:
    """The chain from bars to the market that section `features` asks for."""
    names = select_names(settings["select"])
    warm_up = warm_up_of(settings, names)
    settled = warm_up_of({"warm_up": None}, names)

    def lay(bars: pl.DataFrame, features: pl.DataFrame) -> Market:
        return market_of(build_panel(bars, features, kinds=kinds(names)), device=CPU)

    return Chain(
        features=partial(compute_features, names=names, warm_up=warm_up),
        market=lay,
        execution=execution,
        history=max(warm_up, settled) + LEAD_BARS,
    )


def _roll(policy: Policy, config: MarketConfig) -> Roll:
    """What rolls a frozen policy."""

    def roll(market: Market, window: Window, watch: Watch) -> Rollout:
        return roll_policy(policy, market, window, config=config, watch=watch)

    return roll


def _first_seeds(policies: Mapping[Training, Policy]) -> dict[Training, Policy]:
    """The policy with the lowest seed of each agent and fold."""
    ordered = sorted(policies, reverse=True)
    first = {(each.agent, each.fold): each for each in ordered}
    return {each: policies[each] for each in sorted(first.values())}
