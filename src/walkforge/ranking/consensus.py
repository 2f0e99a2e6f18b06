"""The consensus of the policies of all seeds: on a flat account, and on their own accounts."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from walkforge.agents import api
from walkforge.agents.ensemble import EnsemblePolicy
from walkforge.agents.policy import Policy, check_features
from walkforge.market.config import MarketConfig
from walkforge.market.market import Market
from walkforge.market.rollout import opened_accounts
from walkforge.market.simulator import Accounts
from walkforge.ranking.ensemble import Ensemble
from walkforge.ranking.recommendation import (
    Recommendation,
    moved_sides,
    names_portfolios,
    outside,
    recommend,
    said_sides,
)
from walkforge.settings import Bounds
from walkforge.splits.windows import Fold

ACTIONS = np.array(["sell", "hold", "buy"])
Array = NDArray[Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class RankingConfig:
    """Recommendations for a date."""

    agent: Annotated[str, "the agent whose live policies rank the symbols"]
    action_band: Annotated[
        float,
        Bounds(at_least=0, at_most=1),
        "buy above 1 + band times the equal weight, sell below 1 - band times it",
    ]
    coverage: Annotated[
        float,
        Bounds(at_least=0, at_most=1),
        "share of the symbols tradable the session before that must have a bar of the date",
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class RankTerms:
    """What rankings go by: their section, the money settings of accounts, warm-in and folds."""

    ranking: RankingConfig
    money: MarketConfig
    warm_in_days: int
    folds: tuple[Fold, ...] = ()


class Consensus(NamedTuple):
    """What all seeds say of each symbol, each [K].

    held, target, order: means over seeds, shares of capital: now, aimed at, traded tomorrow. score:
    mean. action; its probability, the mean over seeds; agreement, the share of seeds that act so,
    nan of one seed, which agrees with itself.
    """

    held: Array
    target: Array
    order: Array
    score: Array
    action: Array
    probability: Array
    agreement: Array


class Said(NamedTuple):
    """What each member of an ensemble recommends, of which the ensemble takes the mean."""

    policy: EnsemblePolicy
    members: Sequence[Recommendation]

    def mean(self, field: str) -> Array:
        """The ensemble's mean of a field, [K] or [3, K]."""
        return self.policy.mean([getattr(each, field) for each in self.members]).numpy()

    def agree(self, side: int | Array) -> list[Array]:
        """Of each member whether it takes a side, [K]."""
        return [each.sides.numpy() == side for each in self.members]


def flat_consensus(ensemble: Ensemble, market: Market, *, terms: RankTerms) -> Consensus:
    """What the policies say to accounts that hold cash alone.

    Where actions name portfolios, the mean target decides: buy above equal weight by more than the
    band, sell as far below. Elsewhere most seeds do, and of as many the likelier side.

    Raises:
        InputError: the market's features are not those of the policies.
    """
    policies = _fitting(ensemble, market)
    band = terms.ranking.action_band
    found = []
    for policy in policies:
        single = policy.scheme.single_symbol
        accounts, _ = opened_accounts(market, terms.money, single_symbol=single)
        sides = said_sides(policy, band=band)
        found.append(recommend(policy, market, accounts, config=terms.money, sides=sides))
    said = Said(ensemble.policy, found)
    if not names_portfolios(ensemble.policy):
        return _consensus(said, _most(said))
    lean = said.mean("targets") * _names(ensemble.policy, market) - 1.0
    return _consensus(said, _sides(lean, market, band=band))


def account_consensus(
    ensemble: Ensemble, market: Market, held: Sequence[Accounts], *, terms: RankTerms
) -> Consensus:
    """What the policies say to their own accounts at the market's last date.

    The mean target less what is held decides: buy and sell beyond the band, a share of equal
    weight.

    Args:
        ensemble, market: who is asked, and when. held: by each policy, see carried.carry.
        terms: the band, and whose limits bound the orders.

    Raises:
        InputError: the market's features are not those of the policies.
    """
    policies = _fitting(ensemble, market)
    band = terms.ranking.action_band
    found = []
    for policy, accounts in zip(policies, held, strict=True):
        sides = moved_sides(policy, band=band)
        found.append(recommend(policy, market, accounts, config=terms.money, sides=sides))
    said = Said(ensemble.policy, found)
    change = said.mean("targets") - said.mean("held")
    lean = change * _names(ensemble.policy, market)
    return _consensus(said, _sides(lean, market, band=band))


def _fitting(ensemble: Ensemble, market: Market) -> list[Policy]:
    """The policies, once the market is known to have their features."""
    check_features(ensemble.policy, market)
    return [member.policy for member in ensemble.members]


def _names(policy: api.Policy, market: Market) -> int:
    """How many equal weights the capital has: of tradable symbols, or one a sleeve."""
    if policy.scheme.single_symbol:
        return len(market.symbols)
    return max(int(market.tradable[-1].sum()), 1)


def _sides(lean: Array, market: Market, *, band: float) -> Array:
    """1 above the band, -1 below it, else 0, and 0 for what cannot be traded, [K]."""
    return (outside(torch.from_numpy(lean), band) * market.tradable[-1]).numpy()


def _most(said: Said) -> Array:
    """The side that most seeds take, of as many the likelier one, [K]."""
    votes = [np.sum(said.agree(side), axis=0) for side in (-1, 0, 1)]
    most: Array = (np.stack(votes) + 0.5 * said.mean("probabilities")).argmax(axis=0)
    return most - 1


def _agreement(said: Said, side: Array) -> Array:
    """The share of seeds that take this side [K]; nan of one seed."""
    if len(said.members) == 1:
        return np.full(len(side), np.nan)
    shares: Array = np.mean(said.agree(side), axis=0)
    return shares


def _consensus(said: Said, side: Array) -> Consensus:
    """What seeds say, given the side [K] that they take together."""
    place = side + 1
    probabilities = said.mean("probabilities")
    return Consensus(
        held=said.mean("held"),
        target=said.mean("targets"),
        order=said.mean("ordered") - said.mean("held"),
        score=said.mean("scores"),
        action=ACTIONS[place],
        probability=np.take_along_axis(probabilities, place[None], axis=0)[0],
        agreement=_agreement(said, side),
    )
