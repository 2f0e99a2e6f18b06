"""Small markets for tests, each a plain function of a seed."""

from datetime import date, timedelta
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from walkforge.market.market import Market


def weekdays(count: int, start: date = date(2010, 1, 4)) -> tuple[date, ...]:
    """Return this many weekdays from a Monday on."""
    return tuple(start + timedelta(days=7 * (i // 5) + i % 5) for i in range(count))


def market_of(
    opening: NDArray[Any],
    close: NDArray[Any],
    features: NDArray[Any],
    tradable: NDArray[Any],
    *,
    delisted: NDArray[Any] | None = None,
) -> Market:
    """Return a market on the CPU from arrays [T, K], [T, K], [T, K, F], [T, K], [T, K].

    Without `delisted` no symbol ever is.
    """
    days, symbols = close.shape
    mask = torch.as_tensor(tradable)
    values = torch.as_tensor(features, dtype=torch.float32)
    return Market(
        features=torch.where(mask.unsqueeze(-1), values, 0.0),
        open=torch.as_tensor(opening, dtype=torch.float64),
        close=torch.as_tensor(close, dtype=torch.float64),
        tradable=mask,
        delisted=torch.zeros_like(mask) if delisted is None else torch.as_tensor(delisted),
        dates=weekdays(days),
        symbols=tuple(f"S{k:02d}" for k in range(symbols)),
        feature_names=tuple(f"x{f}" for f in range(features.shape[2])),
        kinds=("number",) * features.shape[2],
    )


def random_walks(seed: int, *, days: int = 60, symbols: int = 4, features: int = 3) -> Market:
    """Return symbols whose returns are independent noise, and features that are noise too."""
    chance = np.random.default_rng(seed)
    close = 50.0 * np.exp(np.cumsum(chance.normal(0.0, 0.02, (days, symbols)), axis=0))
    opening = np.vstack([close[:1], close[:-1]]) * np.exp(chance.normal(0, 0.005, close.shape))
    values = chance.normal(size=(days, symbols, features))
    return market_of(opening, close, values, np.ones((days, symbols), dtype=bool))


def planted_momentum(seed: int, *, phi: float = 0.1) -> Market:
    """Return 30 symbols x 2,000 days of AR(1) returns, open(t+1) = close(t); x0 is today's return.

    With phi 0 they are random walks.
    """
    days, symbols = 2_000, 30
    chance = np.random.default_rng(seed)
    shock = chance.normal(0.0, 0.02, (days, symbols))
    returns = np.zeros_like(shock)
    for t in range(1, days):
        returns[t] = phi * returns[t - 1] + shock[t]
    close = 50.0 * np.exp(np.cumsum(returns, axis=0))
    opening = np.vstack([close[:1], close[:-1]])
    values = np.stack([returns, chance.normal(size=returns.shape)], axis=2)
    return market_of(opening, close, values, np.ones((days, symbols), dtype=bool))
