"""How likely a policy's own distribution of actions is to sell, hold or buy each symbol."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import torch
from torch import Tensor

from walkforge.agents.api import Distribution
from walkforge.agents.distributions import (
    Categorical,
    Gaussian,
    Greedy,
    SquashedGaussian,
    within,
)
from walkforge.market.account import Factors, Observation
from walkforge.market.schemes.scheme import ActionSpace

DRAWS = (
    4096  # of actions that cannot be listed: a probability is known to 0.008 (one standard error)
)
DRAW_SEED = 0
AT_ONCE = 64  # listed actions weighed at once: with each symbol its own they are many
DRAWN_AT_ONCE = 1024
SIDES = (-1, 0, 1)  # sell, hold, buy


class Sides(NamedTuple):
    """What actions say of symbols.

    of: of actions of B accounts and what these see, [B, K]: 1 buy, 0 hold, -1 sell. alone: whether
    what is said of a symbol follows from its own entry of the action, where each has one.
    """

    of: Callable[[Tensor, Observation], Tensor]
    alone: bool


def action_probabilities(
    space: ActionSpace, actions: Distribution, seen: Observation, *, sides: Sides
) -> Tensor:
    """Probabilities [3, K] of sell, hold and buy, K symbols over all accounts.

    Choices are weighed exactly, by their probabilities. Numbers, and choices for each symbol that
    compete for cash, are drawn DRAWS times, with the same draws for every date.

    Args:
        space, actions: what accounts may do, and the distribution of what they do.
        seen: by [B] accounts. sides: what actions say of each symbol.

    Raises:
        TypeError: a distribution of another kind.
    """
    found = torch.zeros(3, seen.tradable.numel(), dtype=torch.float64)
    for some, probabilities in _possible(space, actions, seen, alone=sides.alone):
        count = len(some)
        said = sides.of(some.flatten(0, 1), _repeated(seen, count)).reshape(count, -1)
        for place, side in enumerate(SIDES):
            found[place] += ((said == side) * probabilities).sum(0)
    return found


def _possible(
    space: ActionSpace, actions: Distribution, seen: Observation, *, alone: bool
) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield actions [N, B, ...], and what each counts for each symbol [N, K], in sum 1."""
    accounts, symbols = seen.tradable.shape
    each = torch.tensor(1.0 / DRAWS, dtype=torch.float64)
    match actions:
        case Gaussian() | SquashedGaussian():
            size = actions.mode().shape[-1]
            for drawn in map(actions.around, _noise(size)):
                yield within(space, drawn), each
        case Categorical(single=True) | Greedy(single=True):
            probabilities = actions.expected().T
            for first in range(0, space.choices, AT_ONCE):
                some = probabilities[first : first + AT_ONCE]
                listed = torch.arange(first, first + len(some)).unsqueeze(-1)
                yield listed.expand(-1, accounts), some.repeat_interleave(symbols, dim=-1)
        case Categorical() | Greedy() if alone:
            choices = torch.arange(space.choices).reshape(-1, 1, 1)
            yield choices.expand(-1, accounts, symbols), actions.expected().flatten(0, 1).T
        case Categorical() | Greedy():
            for drawn in _choices(actions.expected()):
                yield drawn, each
        case _:
            raise TypeError(f"the probabilities of a {type(actions).__name__} are not known")


def _choices(probabilities: Tensor) -> Iterator[Tensor]:
    """Yield draws of a choice for each symbol; probabilities are [B, K, N]."""
    generator = torch.Generator().manual_seed(DRAW_SEED)
    steps = probabilities.cumsum(-1)[..., :-1]
    shape = (DRAWN_AT_ONCE, *probabilities.shape[:2], 1)
    for _ in range(0, DRAWS, DRAWN_AT_ONCE):
        drawn = torch.rand(shape, generator=generator, dtype=torch.float64)
        yield (drawn > steps).sum(-1)


def _noise(size: int) -> Iterator[Tensor]:
    """Yield draws of standard normal numbers [N, 1, A].

    Accounts of one symbol share the draws, so that no symbol's depend on which others there are.
    """
    generator = torch.Generator().manual_seed(DRAW_SEED)
    for _ in range(0, DRAWS, DRAWN_AT_ONCE):
        yield torch.randn(DRAWN_AT_ONCE, 1, size, generator=generator)


def _repeated(seen: Observation, count: int) -> Observation:
    """What accounts see, so many times over; the features, which no scheme reads, empty."""

    def again(part: Tensor) -> Tensor:
        return part.repeat(count, *[1] * (part.dim() - 1))

    factors = None if seen.factors is None else Factors(*map(again, seen.factors))
    return Observation(seen.features[:0], again(seen.weights), again(seen.tradable), factors)
