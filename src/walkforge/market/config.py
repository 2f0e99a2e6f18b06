"""Money settings of section `market`: what an account holds, pays, and may do."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

BPS = 1e-4

Execution = Literal["open", "close", "same_close"]
Impact = Literal["none", "square_root", "simple"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CostConfig:
    """What trading costs; every cost reduces cash.

    Attributes:
        commission_bps: of each traded value.
        stamp_duty_bps: of each value bought.
        spread_bps: between bid and ask, of the price; half of it is paid.
        slippage_bps: the most that random slippage costs, of each traded value.
        slippage_seed: of the slippage, which depends on it, the date and the symbol alone.
        impact: square_root (coefficient x daily volatility x sqrt(value / average daily value)),
            simple (coefficient x sqrt(value / equity)), each a share of the value, or none.
        impact_coefficient: of that.
    """

    commission_bps: float
    stamp_duty_bps: float
    spread_bps: float
    slippage_bps: float
    slippage_seed: int
    impact: Impact
    impact_coefficient: float


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitConfig:
    """What bounds each decision; None where nothing does.

    Attributes:
        position_cap: largest weight of one symbol that is ordered.
        stop_loss: fall of the close below the average price paid at which all is sold.
        take_profit: rise of the close above it at which all is sold.
        max_trades: fills of an account after which it only sells.
    """

    position_cap: float | None
    stop_loss: float | None
    take_profit: float | None
    max_trades: int | None

    @property
    def any(self) -> bool:
        """Whether any limit is set."""
        limits = (self.position_cap, self.stop_loss, self.take_profit, self.max_trades)
        return any(limit is not None for limit in limits)


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketConfig:
    """Money settings: currency units, basis points, shares of what is named.

    Attributes:
        initial_cash: currency units each account opens with.
        execution: where orders of the close of t fill: open (of t+1), close (of t+1), or
            same_close (of t itself: a study of look-ahead, never evidence).
        ruin_fraction: share of initial cash below which an episode ends in ruin.
        delisting_haircut: share of a symbol's last close that is lost when its bars end.
        costs, limits: see there.
    """

    initial_cash: float
    execution: Execution
    ruin_fraction: float
    delisting_haircut: float
    costs: CostConfig
    limits: LimitConfig


def market_config(settings: Mapping[str, Any]) -> MarketConfig:
    """The money settings from the configuration's section, without schemes and rewards."""
    nested = {
        "costs": CostConfig(**settings["costs"]),
        "limits": LimitConfig(**settings["limits"]),
    }
    return MarketConfig(**{**settings, **nested})
