"""Baselines that hold one regime throughout."""

from functools import partial

from walkforge.evaluation.baseline_context import Baseline
from walkforge.market.regimes import regime_targets


def _held(name: str) -> Baseline:
    """The policy of one regime."""
    return Baseline(lambda context: partial(regime_targets, name))


BASELINES = {
    "regime_hold": _held("hold"),
    "regime_full_cash": _held("full_cash"),
    "regime_defensive": _held("defensive"),
    "regime_light_cash": _held("light_cash"),
    "regime_equal_weight": _held("equal_weight"),
    "regime_momentum": _held("momentum"),
    "regime_low_volatility": _held("low_volatility"),
    "regime_quality": _held("quality"),
    "regime_small_size": _held("small_size"),
    "regime_safe_momentum": _held("safe_momentum"),
    "regime_safe_quality": _held("safe_quality"),
    "regime_risk_on": _held("risk_on"),
}
