"""What a reward may use of one simulated day, and what every reward offers."""

from typing import Annotated, NamedTuple, Protocol

import torch
from torch import Tensor

from walkforge.settings import Bounds

# Keys that several rewards have.
Rate = Annotated[float, Bounds(above=0, below=1), "rate of the exponential means"]
BurnIn = Annotated[
    int, Bounds(at_least=0, at_most=10_000), "first days of an episode that pay nothing"
]
TradePenalty = Annotated[
    float, Bounds(at_least=0, at_most=1000), "of the reward for each unit of turnover"
]


class Day(NamedTuple):
    """One day of B accounts, each [B].

    equity_before, equity_after: at both closes. equal_weight_return: gross, of the day.
    realised: profit of what was sold, in money. cost: in money. turnover: traded value over
    equity_before.
    """

    equity_before: Tensor
    equity_after: Tensor
    equal_weight_return: Tensor
    realised: Tensor
    cost: Tensor
    turnover: Tensor

    def net_return(self) -> Tensor:
        """Net returns [B], equity_after / equity_before - 1."""
        return self.equity_after / self.equity_before - 1.0


class Reward(Protocol):
    """Pays each day of an episode, from the day and what the reward itself remembers of it."""

    @property
    def initial(self) -> tuple[float, ...]:
        """The S values that it remembers at the start of an episode."""

    def __call__(self, day: Day, state: Tensor) -> tuple[Tensor, Tensor]:
        """Rewards [B] and the next state [B, S]."""


def columns(state: Tensor) -> tuple[Tensor, ...]:
    """The values [B] of a state [B, S], one by one."""
    return state.unbind(-1)


def stacked(*values: Tensor) -> Tensor:
    """Values [B] as a state [B, S]."""
    return torch.stack(values, dim=-1)
