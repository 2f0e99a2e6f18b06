"""Twelve fixed regimes: portfolios by factor scores as of the close of t."""

from collections.abc import Callable

import torch
from torch import Tensor

from walkforge.market.account import Factors, Observation
from walkforge.market.schemes.scheme import free_share, with_cash

BEST_SHARE = 0.5  # of the tradable symbols that momentum and quality hold
RISKY_SHARE = 0.3  # that risk_on holds


def _top(values: Tensor, tradable: Tensor, share: float) -> Tensor:
    """Equal shares [B, K] of the best so many tradable symbols, at least one."""
    ordered = values.masked_fill(~tradable, -torch.inf)
    place = ordered.argsort(dim=-1, descending=True, stable=True).argsort(dim=-1)
    count = torch.ceil(tradable.sum(-1, keepdim=True) * share - 1e-9)
    return _equal((place < count) & tradable)


def _equal(chosen: Tensor) -> Tensor:
    """Equal shares [B, K] of the chosen symbols; nothing where there are none."""
    return chosen.double() / chosen.sum(-1, keepdim=True).clamp(min=1)


def _inverse(values: Tensor, tradable: Tensor) -> Tensor:
    """Shares [B, K] inverse to values above 0; equal where no value is."""
    usable = tradable & (values > 0.0)
    inverse = torch.where(usable, 1.0 / values.clamp(min=1e-300), 0.0)
    total = inverse.sum(-1, keepdim=True)
    return torch.where(total > 0.0, inverse / total.clamp(min=1e-300), _equal(tradable))


def _quality(factors: Factors) -> Tensor:
    """Mean over deviation of 20 daily log returns, 0 without deviation, [B, K]."""
    mean = torch.log1p(factors.momentum) / 20.0
    steady = factors.volatility > 0.0
    return torch.where(steady, mean / factors.volatility.clamp(min=1e-300), 0.0)


_Shares = Callable[[Factors, Tensor], Tensor]

_CASH: _Shares = lambda factors, tradable: torch.zeros_like(factors.momentum)  # noqa: E731
_EVEN: _Shares = lambda factors, tradable: _equal(tradable)  # noqa: E731
_MOMENTUM: _Shares = lambda factors, tradable: _top(factors.momentum, tradable, BEST_SHARE)  # noqa: E731
_CALM: _Shares = lambda factors, tradable: _inverse(factors.volatility, tradable)  # noqa: E731
_QUALITY: _Shares = lambda factors, tradable: _top(_quality(factors), tradable, BEST_SHARE)  # noqa: E731
_SMALL: _Shares = lambda factors, tradable: _inverse(factors.daily_value, tradable)  # noqa: E731
_RISKY: _Shares = lambda factors, tradable: _top(factors.momentum, tradable, RISKY_SHARE)  # noqa: E731

# Name -> share of capital that is invested, and how it is shared out; the first holds what it has.
REGIMES: dict[str, tuple[float, _Shares]] = {
    "hold": (1.0, _CASH),
    "full_cash": (0.0, _CASH),
    "defensive": (0.5, _EVEN),
    "light_cash": (0.75, _EVEN),
    "equal_weight": (1.0, _EVEN),
    "momentum": (1.0, _MOMENTUM),
    "low_volatility": (1.0, _CALM),
    "quality": (1.0, _QUALITY),
    "small_size": (1.0, _SMALL),
    "safe_momentum": (0.7, _MOMENTUM),
    "safe_quality": (0.7, _QUALITY),
    "risk_on": (1.0, _RISKY),
}


def regime_targets(regime: str, account: Observation) -> Tensor:
    """Target weights [B, K+1] of one regime; what cannot be traded keeps its weight.

    Raises:
        ValueError: the observation has no factors.
    """
    if account.factors is None:
        raise ValueError("an observation without factors: ask for them in observe")
    if regime == "hold":
        return account.weights
    invested, shares_of = REGIMES[regime]
    shares = shares_of(account.factors, account.tradable)
    stuck, free = free_share(account)
    room = torch.minimum(torch.full_like(free, invested), free)
    return with_cash(shares * room + stuck)
