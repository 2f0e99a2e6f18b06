"""Roll-out of a trained policy through a window, by the one simulator."""

from walkforge.agents.policy import Policy, check_features
from walkforge.market.config import MarketConfig
from walkforge.market.market import Market
from walkforge.market.rollout import Rollout, rollout
from walkforge.splits.windows import Window


def roll_policy(policy: Policy, market: Market, window: Window, *, config: MarketConfig) -> Rollout:
    """Return the rollout of a policy without noise, in sleeves where its scheme asks for them.

    Raises:
        InputError: the market's features are not the policy's; see also market.rollout.
    """
    check_features(policy, market)
    single = policy.scheme.single_symbol
    return rollout(policy.orders, market, window, config=config, single_symbol=single)
