"""Roll-out of a trained policy through a window, by the one simulator."""

from walkforge.agents.policy import Policy, market_of_policy
from walkforge.market.config import MarketConfig
from walkforge.market.market import Market
from walkforge.market.rollout import Rollout, rollout
from walkforge.splits.windows import Window


def roll_policy(policy: Policy, market: Market, window: Window, *, config: MarketConfig) -> Rollout:
    """Return the rollout of a policy without noise, in sleeves where its scheme asks for them.

    Raises:
        InputError: the market lacks a feature of the policy; see also market.rollout.
    """
    known, single = market_of_policy(policy, market), policy.scheme.single_symbol
    return rollout(policy.orders, known, window, config=config, single_symbol=single)
