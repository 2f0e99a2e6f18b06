"""The hold-out: policies and baselines through dates that no fold has read."""

from collections.abc import Mapping
from typing import Any

import polars as pl
import torch

from walkforge.agents.policy import Policy
from walkforge.evaluation.baseline_context import context_before
from walkforge.evaluation.policies import Training, read_policies, roll_policy
from walkforge.evaluation.roll_baselines import roll_baselines
from walkforge.evaluation.stitch import Record, stitch
from walkforge.features.panel import Panel
from walkforge.market.config import market_config
from walkforge.market.market import market_of
from walkforge.splits.manifest import HOLDOUT, check_rows, window_of

__all__ = ["read_policies", "roll_holdout", "said_of_opening"]


def roll_holdout(
    policies: Mapping[Training, Policy],
    panel: Panel,
    *,
    manifest: Mapping[str, Any],
    terms: Mapping[str, Any],
    device: torch.device,
) -> pl.DataFrame:
    """The returns of every policy and baseline over the hold-out, in the columns of stitch.

    Args:
        policies: by training. panel: bars and features.
        manifest: of the hold-out, see splits.manifest.seal.
        terms: `baselines`, their settings, `market`, those of money, and `warm_in_days`, unscored
            sessions before the window, through which all accounts are rolled from cash.
        device: of the roll-outs.

    Raises:
        InputError: the rows are not the manifest's, or lack a feature of a policy.
    """
    check_rows(manifest, panel, fold=HOLDOUT)
    market = market_of(panel, device=device)
    config = market_config(terms["market"])
    window = window_of(manifest, "test")
    context = context_before(market, window, terms)
    warm_in = terms["warm_in_days"]
    names = context.config.baselines
    rolled = roll_baselines(names, [context], config=config, warm_in_days=warm_in)
    records = [
        Record(name, "baseline", "", HOLDOUT, roll.windows[0].daily)
        for name, roll in rolled.items()
    ]
    for training, policy in policies.items():
        roll = roll_policy(policy, market, window, config=config, warm_in_days=warm_in)
        records.append(Record(training.agent, "agent", str(training.seed), HOLDOUT, roll.daily))
    return stitch(records)


def said_of_opening(
    manifest: Mapping[str, Any], *, opened_before: int, terms: Mapping[str, Any]
) -> dict[str, Any]:
    """What the page of a hold-out says of its opening, ready for JSON.

    Args:
        manifest: of the hold-out. opened_before: how many times one had been opened.
        terms: see roll_holdout.
    """
    execution = terms["market"]["execution"]
    stated = {"market": {"execution": execution}, "warm_in_days": terms["warm_in_days"]}
    return {"opened_before": opened_before, "terms": stated, "test": manifest["test"]}
