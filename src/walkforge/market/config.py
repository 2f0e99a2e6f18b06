"""Money settings of section `market`: what an account holds, pays, and may do."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from walkforge.settings import Bounds

BPS = 1e-4

Execution = Literal["open", "close", "same_close"]
# coefficient x daily volatility x sqrt(value / average daily value); coefficient x sqrt(value /
# equity); nothing.
Impact = Literal["square_root", "simple", "none"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CostConfig:
    """What trading costs; every cost reduces cash."""

    commission_bps: Annotated[
        float, Bounds(at_least=0, at_most=1_000), "of each traded value, in basis points"
    ]
    stamp_duty_bps: Annotated[
        float, Bounds(at_least=0, at_most=1_000), "of each value bought, in basis points"
    ]
    spread_bps: Annotated[
        float,
        Bounds(at_least=0, at_most=1_000),
        "between bid and ask, in basis points of the price; half of it is paid",
    ]
    slippage_bps: Annotated[
        float,
        Bounds(at_least=0, at_most=1_000),
        "the most that random slippage costs, in basis points of each traded value",
    ]
    slippage_seed: Annotated[
        int,
        Bounds(at_least=0, at_most=4_294_967_295),
        "of the slippage, which depends on it, the date and the symbol alone",
    ]
    impact: Annotated[
        Impact,
        "how the price moves with the size of a trade, as a share of its value",
    ]
    impact_coefficient: Annotated[float, Bounds(at_least=0, at_most=100), "of impact"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitConfig:
    """What bounds each decision; null for no limit."""

    position_cap: Annotated[
        float | None, Bounds(above=0, at_most=1), "largest weight of one symbol that is ordered"
    ]
    stop_loss: Annotated[
        float | None,
        Bounds(above=0, below=1),
        "fall of the close below the average price paid at which all is sold",
    ]
    take_profit: Annotated[
        float | None,
        Bounds(above=0, at_most=1_000),
        "rise of the close above it at which all is sold",
    ]
    max_trades: Annotated[
        int | None,
        Bounds(at_least=1, at_most=1_000_000_000),
        "fills of an account after which it only sells",
    ]

    @property
    def any(self) -> bool:
        """Whether any limit is set."""
        limits = (self.position_cap, self.stop_loss, self.take_profit, self.max_trades)
        return any(limit is not None for limit in limits)


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketConfig:
    """Money settings: currency units, basis points, shares of what is named."""

    initial_cash: Annotated[
        float, Bounds(above=0, at_most=1.0e15), "currency units that each account opens with"
    ]
    execution: Annotated[
        Execution,
        "where orders of a close fill; same_close is a study of look-ahead, never evidence",
    ]
    ruin_fraction: Annotated[
        float,
        Bounds(at_least=0, below=1),
        "an episode ends in ruin below this share of initial_cash",
    ]
    delisting_haircut: Annotated[
        float,
        Bounds(at_least=0, at_most=1),
        "share of the last close lost when a symbol's bars end",
    ]
    costs: Annotated[CostConfig, "what trading costs; every cost reduces cash"]
    limits: Annotated[LimitConfig, "what bounds each decision; null for no limit"]


def market_config(settings: Mapping[str, Any]) -> MarketConfig:
    """The money settings from the configuration's section, without schemes and rewards."""
    nested = {
        "costs": CostConfig(**settings["costs"]),
        "limits": LimitConfig(**settings["limits"]),
    }
    return MarketConfig(**{**settings, **nested})
