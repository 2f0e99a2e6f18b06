"""Small markets for tests, each a plain function of a seed."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl
import torch
from numpy.typing import NDArray

from walkforge.market.config import CostConfig, Execution, LimitConfig, MarketConfig
from walkforge.market.market import Market


def weekdays(count: int, start: date = date(2010, 1, 4)) -> tuple[date, ...]:
    """This many weekdays from a Monday on."""
    return tuple(start + timedelta(days=7 * (i // 5) + i % 5) for i in range(count))


def market_of(
    opening: NDArray[Any],
    close: NDArray[Any],
    features: NDArray[Any],
    tradable: NDArray[Any],
    *,
    delisted: NDArray[Any] | None = None,
    cut: NDArray[Any] | None = None,
) -> Market:
    """A market on the CPU from arrays [T, K], [T, K], [T, K, F], [T, K], [T, K].

    Without `delisted` or `cut` no symbol ever is.
    """
    days, symbols = close.shape
    mask = torch.as_tensor(tradable)
    values = torch.as_tensor(features, dtype=torch.float32)
    return Market(
        features=torch.where(mask.unsqueeze(-1), values, 0.0),
        open=torch.as_tensor(opening, dtype=torch.float64),
        close=torch.as_tensor(close, dtype=torch.float64),
        **recent_of(close),
        tradable=mask,
        delisted=torch.zeros_like(mask) if delisted is None else torch.as_tensor(delisted),
        cut=torch.zeros_like(mask) if cut is None else torch.as_tensor(cut),
        dates=weekdays(days),
        symbols=tuple(f"S{k:02d}" for k in range(symbols)),
        feature_names=tuple(f"x{f}" for f in range(features.shape[2])),
        kinds=("number",) * features.shape[2],
    )


def recent_of(close: NDArray[Any]) -> dict[str, torch.Tensor]:
    """Daily value (a hundred million), volatility and momentum of closes [T, K]."""
    moves = np.diff(np.log(np.maximum(close, 1e-9)), axis=0, prepend=np.nan)
    spread = np.zeros_like(close)
    momentum = np.zeros_like(close)
    for t in range(2, len(close)):
        spread[t] = np.nanstd(moves[max(t - 19, 1) : t + 1], axis=0, ddof=1)
    momentum[20:] = close[20:] / close[:-20] - 1.0
    return {
        "daily_value": torch.full(close.shape, 1e8, dtype=torch.float64),
        "volatility": torch.as_tensor(spread),
        "momentum": torch.as_tensor(momentum),
    }


def random_walks(seed: int, *, days: int = 60, symbols: int = 4, features: int = 3) -> Market:
    """Symbols whose returns are independent noise, and features that are noise too."""
    generator = np.random.default_rng(seed)
    close = 50.0 * np.exp(np.cumsum(generator.normal(0.0, 0.02, (days, symbols)), axis=0))
    opening = np.vstack([close[:1], close[:-1]]) * np.exp(generator.normal(0, 0.005, close.shape))
    values = generator.normal(size=(days, symbols, features))
    return market_of(opening, close, values, np.ones((days, symbols), dtype=bool))


def delisting_walks() -> Market:
    """Four random walks, the first of which is delisted on row 40 of 60."""
    walks = random_walks(2, days=60)
    tradable = walks.tradable.numpy().copy()
    delisted = np.zeros((60, 4), dtype=bool)
    close = walks.close.numpy().copy()
    opening = walks.open.numpy().copy()
    tradable[40:, 0] = False
    delisted[40, 0] = True
    close[40:, 0] = opening[40:, 0] = close[39, 0]
    return market_of(opening, close, walks.features.numpy(), tradable, delisted=delisted)


def walking_bars(seed: int, symbol: str, days: tuple[date, ...]) -> pl.DataFrame:
    """Bars of one symbol whose closes walk at random, tradable on every day."""
    generator = np.random.default_rng(seed)
    count = len(days)
    close = 50.0 * np.exp(np.cumsum(generator.normal(0.0, 0.02, count)))
    opening = np.concatenate([[50.0], close[:-1]]) * np.exp(generator.normal(0.0, 0.01, count))
    return pl.DataFrame(
        {
            "date": pl.Series(days, dtype=pl.Date),
            "symbol": symbol,
            "open": opening,
            "high": np.maximum(opening, close) * 1.01,
            "low": np.minimum(opening, close) * 0.99,
            "close": close,
            "volume": np.exp(generator.normal(13.0, 0.5, count)),
            "adjusted": True,
            "tradable": True,
            "segment": pl.Series([0] * count, dtype=pl.Int32),
            "cut": False,
        }
    )


def gappy_walks(seed: int, *, symbols: int) -> Market:
    """Random walks where symbols list late, miss days, are delisted and come back."""
    market = random_walks(seed, days=30, symbols=symbols)
    generator = np.random.default_rng(seed + 1)
    tradable = generator.random((30, symbols)) > 0.2
    tradable[:5, 0] = False
    delisted = ~tradable & (generator.random((30, symbols)) < 0.3)
    cut = ~tradable & ~delisted & (generator.random((30, symbols)) < 0.3)
    arrays = (array.numpy() for array in (market.open, market.close, market.features))
    return market_of(*arrays, tradable, delisted=delisted, cut=cut)


def planted_momentum(seed: int, *, phi: float = 0.1) -> Market:
    """30 symbols x 2,000 days of AR(1) returns, open(t+1) = close(t); x0 is today's return.

    With phi 0 they are random walks.
    """
    days = 2_000
    symbols = 30
    generator = np.random.default_rng(seed)
    shock = generator.normal(0.0, 0.02, (days, symbols))
    returns = np.zeros_like(shock)
    for t in range(1, days):
        returns[t] = phi * returns[t - 1] + shock[t]
    close = 50.0 * np.exp(np.cumsum(returns, axis=0))
    opening = np.vstack([close[:1], close[:-1]])
    values = np.stack([returns, generator.normal(size=returns.shape)], axis=2)
    return market_of(opening, close, values, np.ones((days, symbols), dtype=bool))


NO_COSTS = CostConfig(
    commission_bps=0.0,
    stamp_duty_bps=0.0,
    spread_bps=0.0,
    slippage_bps=0.0,
    slippage_seed=0,
    impact="none",
    impact_coefficient=0.0,
)
NO_LIMITS = LimitConfig(position_cap=None, stop_loss=None, take_profit=None, max_trades=None)


def money(
    *,
    cash: float = 1_000.0,
    limits: LimitConfig = NO_LIMITS,
    execution: Execution = "open",
    **costs: Any,
) -> MarketConfig:
    """Money settings: free of cost and limit, but for what is named."""
    return MarketConfig(
        initial_cash=cash,
        execution=execution,
        ruin_fraction=0.05,
        delisting_haircut=0.3,
        costs=replace(NO_COSTS, **costs),
        limits=limits,
    )
