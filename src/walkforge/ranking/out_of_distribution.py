"""Whether today's features lie outside of what the policies were trained on."""

from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from walkforge.agents.policy import Policy
from walkforge.agents.scaler import Scaler
from walkforge.errors import InputError
from walkforge.market.market import Market
from walkforge.ranking.ensemble import Ensemble
from walkforge.ranking.point_in_time import PointInTime

RATE = 0.01  # share of rows like those of train that is called out of distribution
RIDGE = 0.1  # of a feature's variance in train: no direction counts for less
BLOCK_SESSIONS = 21  # fitted on every other block of train, calibrated on the ones between
MOST_ROWS = 50_000  # of train that are measured, evenly spaced


class TrainDistribution(NamedTuple):
    """What train rows look like: mean [F], precision [F, F], and the distance few are beyond."""

    mean: Tensor
    precision: Tensor
    threshold: float

    def distances(self, scaled: Tensor) -> Tensor:
        """Mahalanobis distances of rows [N, F] over the threshold, [N]; above 1 is rare."""
        return _distances(scaled, self.mean, self.precision) / self.threshold


def train_distances(ensemble: Ensemble, current: PointInTime) -> NDArray[np.float64] | None:
    """How far each symbol's last row lies from train, [K]; see train_distribution, above 1 is rare.

    None where it is not known what the policies were trained on. Seeds share their scaler.
    """
    if ensemble.fold is None:
        return None
    policy = ensemble.members[0].policy
    market = current.market
    train = train_distribution(policy, market, market.rows(ensemble.fold.train))
    last = scaled_features(policy, market.features[-1:], market.tradable[-1:])[0]
    found: NDArray[np.float64] = train.distances(last).numpy()
    return found


def train_distribution(policy: Policy, market: Market, rows: range) -> TrainDistribution:
    """What the train rows of a policy look like.

    The distance is Mahalanobis', of scaled features, their covariance with RIDGE on its diagonal.
    Its threshold is the quantile 1 - RATE of distances that are measured out of sample: each half
    of train's blocks by the mean and covariance of the other.

    Args:
        policy: whose scaler is used. market, rows: its train rows; no other is read.

    Raises:
        InputError: fewer than two blocks hold a tradable symbol.
    """
    index = _spaced(rows, step=max(1, len(rows) * len(market.symbols) // MOST_ROWS))
    tradable = market.tradable[index]
    values = scaled_features(policy, market.features[index], tradable)[tradable]
    block = (index - rows.start) // BLOCK_SESSIONS % 2
    odd = block.unsqueeze(-1).expand_as(tradable)[tradable] == 1
    if not bool(odd.any()) or bool(odd.all()):
        raise InputError(
            f"{len(values)} train rows are too few to tell what is out of distribution: lengthen "
            f"train (splits.train_months) to {2 * BLOCK_SESSIONS} sessions with features or more"
        )
    halves = values[odd], values[~odd]
    apart = [_distances(one, *_fitted(other)) for one, other in (halves, halves[::-1])]
    threshold = np.quantile(torch.cat(apart).numpy(), 1.0 - RATE, method="higher")
    return TrainDistribution(*_fitted(values), float(threshold))


def _spaced(rows: range, *, step: int) -> Tensor:
    """Every step-th row of the even blocks and of the odd ones, in order."""
    index = torch.arange(rows.start, rows.stop)
    odd = (index - rows.start) // BLOCK_SESSIONS % 2 == 1
    return torch.cat([index[~odd][::step], index[odd][::step]]).sort().values


def scaled_features(policy: Policy, features: Tensor, tradable: Tensor) -> Tensor:
    """Features [N, K, F] as the policy's scaler hands them on, in float64.

    Raises:
        ValueError: the policy's network has no scaler.
    """
    for module in policy.network.modules():
        if isinstance(module, Scaler):
            scaled: Tensor = module(features, tradable)
            return scaled.double()
    raise ValueError("the policy's network has no scaler: build it with one")


def _fitted(values: Tensor) -> tuple[Tensor, Tensor]:
    """The mean [F] and precision [F, F] of rows [N, F]."""
    mean = values.mean(dim=0)
    spread = (values - mean).T @ (values - mean) / len(values)
    ridge = RIDGE * torch.eye(len(mean), dtype=values.dtype)
    return mean, torch.linalg.inv(spread + ridge)


def _distances(values: Tensor, mean: Tensor, precision: Tensor) -> Tensor:
    """The Mahalanobis distances [N] of rows [N, F]."""
    apart = values - mean
    return ((apart @ precision) * apart).sum(-1).clamp(min=0.0).sqrt()
