"""What one policy recommends to an account: weights, orders, scores, sides, probabilities."""

from typing import NamedTuple

import torch
from torch import Tensor

from walkforge.agents import api
from walkforge.agents.api import Distribution
from walkforge.agents.distributions import distribution_of, joined
from walkforge.agents.policy import Policy
from walkforge.market.account import Observation
from walkforge.market.config import MarketConfig
from walkforge.market.environment_step import observe
from walkforge.market.market import Market
from walkforge.market.simulator import Accounts, limited_weights
from walkforge.ranking.action_probabilities import Sides, action_probabilities


class Recommendation(NamedTuple):
    """What a policy recommends to one capital at the close of a market's last date.

    held, targets, ordered: [K] shares of the capital: now, aimed at, and once tomorrow's orders are
    filled. scores: [K]. sides: [K] of the action without noise: 1 buy, 0 hold, -1 sell.
    probabilities: [3, K] of sell, hold and buy.
    """

    held: Tensor
    targets: Tensor
    ordered: Tensor
    scores: Tensor
    sides: Tensor
    probabilities: Tensor


def last_seen(policy: Policy, market: Market, accounts: Accounts) -> Observation:
    """What accounts see at the close of a market's last date."""
    single = policy.scheme.single_symbol
    day = torch.full_like(accounts.cash, len(market.dates) - 1, dtype=torch.int64)
    symbol = torch.arange(len(market.symbols), device=market.device) if single else None
    return observe(market, accounts, day=day, symbol=symbol, factors=policy.scheme.uses_factors)


def actions_one_by_one(policy: Policy, seen: Observation) -> Distribution:
    """The distribution of actions, one account after another asked of the network.

    In a larger batch the last bits of a row depend on its place and on how many others there are,
    padded or not; alone they depend on the row. The factors, which no network reads, are left out.
    """
    rows = zip(seen.features, seen.weights, seen.tradable, strict=True)
    output = joined([policy.output(Observation(*(x[None] for x in row))) for row in rows])
    return distribution_of(policy.scheme.space(seen.tradable.shape[-1]), output)


def recommend(
    policy: Policy, market: Market, accounts: Accounts, *, config: MarketConfig, sides: Sides
) -> Recommendation:
    """What a policy recommends to one capital at the close of a market's last date.

    Args:
        policy, market: who, and when. accounts: [1, K], or the sleeves [K, 1].
        config: whose limits bound the orders.
        sides: what an action says of each symbol.
    """
    seen = last_seen(policy, market, accounts)
    space = policy.scheme.space(seen.tradable.shape[-1])
    actions = actions_one_by_one(policy, seen)
    action = actions.mode()
    targets = policy.scheme.targets(action, seen)
    ordered = policy.scheme.adjusted(targets, seen)
    if config.limits.any:
        close = market.close[-1].reshape(seen.tradable.shape)
        ordered = limited_weights(accounts, ordered, close, limits=config.limits)
    stuck = torch.where(seen.tradable, ordered[:, :-1], seen.weights[:, :-1])
    share = (accounts.equity / accounts.equity.sum()).unsqueeze(-1)
    return Recommendation(
        held=(seen.weights[:, :-1] * share).flatten(),
        targets=(targets[:, :-1] * share).flatten(),
        ordered=(stuck * share).flatten(),
        scores=policy.scheme.score(actions.expected(), seen).flatten(),
        sides=sides.of(action, seen).flatten(),
        probabilities=action_probabilities(space, actions, seen, sides=sides),
    )


def names_portfolios(policy: api.Policy) -> bool:
    """Whether actions name portfolios alone, and say nothing of single symbols."""
    return policy.scheme.sides(torch.zeros(1, 1, dtype=torch.int64)) is None


def said_sides(policy: Policy, *, band: float) -> Sides:
    """What actions say of a flat account's symbols.

    That is what the scheme says; where its actions name portfolios, a target above equal weight by
    more than the band is a buy, one as far below a sell. What cannot be traded is on hold.
    """

    def sides(action: Tensor, seen: Observation) -> Tensor:
        said = policy.scheme.sides(action)
        if said is None:
            count = seen.tradable.sum(-1, keepdim=True).clamp(min=1)
            targets = policy.scheme.targets(action, seen)[:, :-1]
            said = outside(targets * count - 1.0, band)
        return said * seen.tradable

    return Sides(sides, alone=True)


def moved_sides(policy: Policy, *, band: float) -> Sides:
    """What actions do to an account: buy or sell where target less held leaves the band.

    The band is a share of equal weight; a sleeve's equal weight is all of it.
    """

    def sides(action: Tensor, seen: Observation) -> Tensor:
        count = seen.tradable.sum(-1, keepdim=True).clamp(min=1)
        change = policy.scheme.targets(action, seen)[:, :-1] - seen.weights[:, :-1]
        return outside(change * count, band) * seen.tradable

    return Sides(sides, alone=False)


def outside(value: Tensor, band: float) -> Tensor:
    """1 above the band, -1 below it, 0 within."""
    return (value > band).int() - (value < -band).int()
