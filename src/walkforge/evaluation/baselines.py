"""Baselines: policies of no reinforcement learning, rolled by the same simulator at its costs."""

from collections.abc import Callable, Iterable, Mapping
from functools import partial

from walkforge.evaluation.allocation import (
    Allocate,
    inverse_volatility,
    momentum,
    rebalanced,
)
from walkforge.evaluation.optimised import hierarchical_risk_parity, minimum_variance
from walkforge.evaluation.plain import buy_and_hold, cash, equal_weight
from walkforge.evaluation.ranker import ranker
from walkforge.evaluation.setting import Setting
from walkforge.market.config import MarketConfig
from walkforge.market.regimes import REGIMES, regime_targets
from walkforge.market.rollout import Decide, Rollout, rollout
from walkforge.metrics.periods import periods_per_year


def _allocation(allocate: Allocate) -> Callable[[Setting], Decide]:
    """Return what gives the policy of an allocation, of the configured lookback."""
    return lambda setting: rebalanced(allocate, setting, days=setting.config.lookback_days)


def _momentum(setting: Setting) -> Decide:
    """Policy of momentum, which looks back a year of the dates up to its first decision."""
    known = setting.market.dates[: setting.decisions.start + 1]
    return rebalanced(momentum, setting, days=periods_per_year(known))


def _regime(name: str) -> Callable[[Setting], Decide]:
    """Return what gives the policy that holds one regime."""
    return lambda setting: partial(regime_targets, name)


# Name -> what gives the policy of one rollout.
BASELINES: Mapping[str, Callable[[Setting], Decide]] = {
    "cash": lambda setting: cash,
    "buy_and_hold": lambda setting: buy_and_hold(),
    "equal_weight": lambda setting: equal_weight,
    "inverse_volatility": _allocation(inverse_volatility),
    "minimum_variance": _allocation(minimum_variance),
    "hierarchical_risk_parity": _allocation(hierarchical_risk_parity),
    "momentum_12_1": _momentum,
    **{f"regime_{name}": _regime(name) for name in REGIMES},
    "ranker": ranker,
}


def roll_baselines(
    names: Iterable[str], setting: Setting, *, config: MarketConfig
) -> dict[str, Rollout]:
    """Return each named baseline's rollout through a setting's window.

    Raises:
        InputError: see market.rollout.
    """
    return {
        name: rollout(BASELINES[name](setting), setting.market, setting.window, config=config)
        for name in names
    }
