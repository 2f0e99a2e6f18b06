"""Audit of fitted scalers: each is fitted again on a market that ends with its train window."""

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import polars as pl
import torch
from torch import Tensor

from walkforge.agents.policy import Policy, market_of_policy
from walkforge.agents.scaler import Scaler
from walkforge.agents.training import fit_fold
from walkforge.errors import InputError
from walkforge.market.market import Market
from walkforge.splits.windows import Fold

# In scales of the train rows. Devices add in different orders; a row too many shows above this.
TOLERANCE = 1e-6

_SCHEMA = {
    "agent": pl.String,
    "fold": pl.String,
    "seed": pl.Int64,
    "cut": pl.Date,
    "compared": pl.Int64,
    "leaks": pl.Int64,
    "feature": pl.String,
    "size": pl.Float64,
}


class Training(NamedTuple):
    """Which training a policy comes from."""

    agent: str
    fold: str
    seed: int


def training_of(file: Path) -> Training:
    """Return the training whose policy lies at .../{agent}/{fold}/seed_{seed}/policy/{file}."""
    agent, fold, seed, *_ = file.parts[-5:]
    return Training(agent, fold, int(seed.removeprefix("seed_")))


def audit_scalers(
    policies: Mapping[Training, Policy], market: Market, *, folds: Mapping[str, Fold]
) -> pl.DataFrame:
    """Return one row for each policy: how many figures of its scaler were compared, and differ.

    Columns: agent, fold, seed, cut (last date of train), compared (means and scales), leaks (those
    that differ), and of the largest feature and size, in the train rows' scale (null without any).

    Args:
        policies: as trained. market: the one they were trained on. folds: by name.

    Raises:
        InputError: the market lacks a feature of a policy.
        ValueError: a network has no scaler.
    """
    known = {name: market.until(market.dates[market.rows(fold.train)[-1]])
             for name, fold in folds.items()}  # fmt: skip
    fitted: dict[tuple[str, tuple[str, ...]], Scaler] = {}
    rows = []
    for training, policy in policies.items():
        cut, key = known[training.fold], (training.fold, policy.feature_names)
        if key not in fitted:
            fitted[key] = fit_fold(market_of_policy(policy, cut), folds[training.fold])
        rows.append((*training, cut.dates[-1], *_compared(policy, fitted[key])))
    return pl.DataFrame(rows, schema=_SCHEMA, orient="row")


def check_scalers(found: pl.DataFrame) -> pl.DataFrame:
    """Return what the audit found, once there is no leak.

    Raises:
        InputError: LEAK, naming each training with the cut, the feature and the size.
    """
    leaks = found.filter(pl.col("leaks") > 0)
    if not leaks.is_empty():
        listed = "; ".join(
            f"{row['agent']}, {row['fold']}, seed {row['seed']} ({row['feature']} is off by "
            f"{row['size']:.3g} scales of the train rows, which end on {row['cut']})"
            for row in leaks.iter_rows(named=True)
        )
        raise InputError(
            f"{leaks.height} scalers are not those of their train rows: {listed}: a scaler may be "
            "fitted on train alone",
            code="LEAK",
        )
    return found


def _compared(policy: Policy, fitted: Scaler) -> tuple[int, int, str | None, float | None]:
    """Return figures compared and leaking, and of the largest difference feature and size."""
    scalers = [each for each in policy.network.modules() if isinstance(each, Scaler)]
    if not scalers:
        raise ValueError("the policy's network has no scaler: build it with one")
    apart = torch.stack(
        [
            _apart(getattr(own, name), getattr(fitted, name), scale=fitted.scale)
            for own in scalers
            for name in ("mean", "scale")
        ]
    )
    worst = apart.amax(dim=0)
    leaks = int((apart > TOLERANCE).sum())
    if leaks == 0:
        return apart.numel(), 0, None, None
    place = int(worst.argmax())
    return apart.numel(), leaks, policy.feature_names[place], float(worst[place])


def _apart(own: Tensor, again: Tensor, *, scale: Tensor) -> Tensor:
    """Return [F]: how far two figures lie from each other, in scales; infinite for no number."""
    apart = (own.double().cpu() - again.double().cpu()).abs() / scale.double().cpu()
    return torch.where(apart.isnan(), torch.inf, apart)
