"""The grid that sensitivity is measured on: costs, the delay of execution, and capital."""

from dataclasses import dataclass
from typing import Annotated, Literal, NamedTuple

from walkforge.settings import Bounds, Size

GridAxis = Literal["costs", "delay", "capital"]

# Flat costs beyond the configured ones, where break-evens are looked for; none above the last.
BEYOND_BPS = (100.0, 200.0, 300.0, 500.0, 750.0, 1_000.0, 1_500.0, 2_000.0)


class Delay(NamedTuple):
    """When an order of the close of t fills: where, and so many sessions late."""

    name: str
    execution: Literal["open", "close", "same_close"]
    late: int


# In the order of time, which is their value in frames; the first looks ahead.
DELAYS = (
    Delay("close t", "same_close", 0),
    Delay("open t+1", "open", 0),
    Delay("close t+1", "close", 0),
    Delay("open t+2", "open", 1),
)
LOOK_AHEAD = 0.0
NEXT_OPEN = 1.0
LATE_OPEN = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SensitivityConfig:
    """The costs and the capital that sensitivity is measured at."""

    cost_bps: Annotated[
        list[Annotated[float, Bounds(at_least=0, at_most=1_000)]],
        Size(2, 20),
        "flat costs of each traded value in basis points, ascending from 0",
    ]
    capital: Annotated[
        list[Annotated[float, Bounds(above=0, at_most=1.0e15)]],
        Size(2, 20),
        "initial cash of the accounts in currency units, ascending",
    ]


def grid_costs(config: SensitivityConfig) -> tuple[float, ...]:
    """The flat costs that are simulated, in basis points: those shown, and those beyond."""
    shown = tuple(map(float, config.cost_bps))
    return shown + tuple(cost for cost in BEYOND_BPS if cost > shown[-1])
