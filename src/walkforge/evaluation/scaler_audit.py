"""Audit of fitted scalers: each is fitted again on a market that ends with its train window."""

from collections.abc import Mapping

import torch
from torch import Tensor

from walkforge.agents.policy import Policy, market_of_policy
from walkforge.agents.scaler import Scaler
from walkforge.agents.training.train import fit_fold
from walkforge.evaluation.leaks import Difference, Finding
from walkforge.evaluation.policies import Training
from walkforge.market.market import Market
from walkforge.splits.windows import Fold

# In scales of the train rows. Devices add in different orders; a row too many shows above this.
TOLERANCE = 1e-6


def audit_scalers(
    policies: Mapping[Training, Policy], market: Market, *, folds: Mapping[str, Fold]
) -> list[Finding]:
    """For each policy how many figures of its scaler were compared, and differ.

    A leak's place is the feature, its size that in the train rows' scale, its date the last of
    train.

    Args:
        policies: as trained. market: the one they were trained on. folds: by name.

    Raises:
        InputError: the market lacks a feature of a policy.
        ValueError: a network has no scaler.
    """
    known = {name: market.until(market.dates[market.rows(fold.train)[-1]])
             for name, fold in folds.items()}  # fmt: skip
    fitted: dict[tuple[str, tuple[str, ...]], Scaler] = {}
    findings = []
    for training, policy in policies.items():
        cut = known[training.fold]
        key = (training.fold, policy.feature_names)
        if key not in fitted:
            fitted[key] = fit_fold(market_of_policy(policy, cut), folds[training.fold])
        found = _compared(policy, fitted[key])
        if found.leaks:
            words = (
                f"(seed {training.seed}) is off by {found.size:.3g} scales of the train rows, "
                "which end there"
            )
            found = found._replace(day=cut.dates[-1], told=words)
        findings.append(Finding(training.agent, training.fold, "scaler", "fitted again", found))
    return findings


def _compared(policy: Policy, fitted: Scaler) -> Difference:
    """Figures compared and leaking, and of the largest difference feature and size."""
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
        return Difference(apart.numel())
    place = int(worst.argmax())
    name = policy.feature_names[place]
    size = float(worst[place])
    return Difference(apart.numel(), leaks, place=name, size=size)


def _apart(own: Tensor, again: Tensor, *, scale: Tensor) -> Tensor:
    """How far two figures lie from each other, in scales, [F]; infinite for no number."""
    apart = (own.double().cpu() - again.double().cpu()).abs() / scale.double().cpu()
    return torch.where(apart.isnan(), torch.inf, apart)
