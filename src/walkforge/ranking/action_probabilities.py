"""How likely a policy's own distribution of actions is to sell, hold or buy each symbol."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import torch
from torch import Tensor

from walkforge.agents.policy import Policy
from walkforge.market.account import Factors, Observation

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
    policy: Policy, seen: Observation, output: Tensor, *, sides: Sides
) -> Tensor:
    """The probabilities [3, K] of sell, hold and buy, K symbols over all accounts.

    Choices are weighed exactly, by the softmax of their logits. Numbers, and choices for each
    symbol that compete for cash, are drawn DRAWS times, from the Gaussian of training or the
    softmax, with the same draws for every date.

    Args:
        policy: whose. seen: by [B] accounts. output: of the network [B, A].
        sides: what actions say of each symbol.
    """
    found = torch.zeros(3, seen.tradable.numel(), dtype=torch.float64)
    for actions, probabilities in _possible(policy, seen, output, alone=sides.alone):
        count = len(actions)
        said = sides.of(actions.flatten(0, 1), _repeated(seen, count)).reshape(count, -1)
        for place, side in enumerate(SIDES):
            found[place] += ((said == side) * probabilities).sum(0)
    return found


def _possible(
    policy: Policy, seen: Observation, output: Tensor, *, alone: bool
) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield actions [N, B, ...], and what each counts for each symbol [N, K], in sum 1."""
    accounts, symbols = seen.tradable.shape
    space = policy.scheme.space(symbols)
    if space.kind == "box":
        log_std: Tensor = policy.network.log_std.detach()  # type: ignore[operator]
        for actions in _numbers(output, log_std.exp(), bound=space.bound):
            yield actions, torch.tensor(1.0 / DRAWS, dtype=torch.float64)
    elif space.kind == "discrete":
        probabilities = torch.softmax(output.double(), dim=-1).T
        for first in range(0, space.choices, AT_ONCE):
            some = probabilities[first : first + AT_ONCE]
            actions = torch.arange(first, first + len(some)).unsqueeze(-1)
            yield actions.expand(-1, accounts), some.repeat_interleave(symbols, dim=-1)
    else:
        logits = output.double().reshape(accounts, space.size, space.choices)
        probabilities = torch.softmax(logits, dim=-1)
        if alone:
            choices = torch.arange(space.choices).reshape(-1, 1, 1)
            yield choices.expand(-1, accounts, symbols), probabilities.flatten(0, 1).T
            return
        for actions in _choices(probabilities):
            yield actions, torch.tensor(1.0 / DRAWS, dtype=torch.float64)


def _choices(probabilities: Tensor) -> Iterator[Tensor]:
    """Yield draws of a choice for each symbol; probabilities are [B, K, N]."""
    generator = torch.Generator().manual_seed(DRAW_SEED)
    steps = probabilities.cumsum(-1)[..., :-1]
    shape = (DRAWN_AT_ONCE, *probabilities.shape[:2], 1)
    for _ in range(0, DRAWS, DRAWN_AT_ONCE):
        drawn = torch.rand(shape, generator=generator, dtype=torch.float64)
        yield (drawn > steps).sum(-1)


def _numbers(mean: Tensor, std: Tensor, *, bound: float) -> Iterator[Tensor]:
    """Yield draws around means [B, A], within the bound.

    Accounts of one symbol share the draws, so that no symbol's depend on which others there are.
    """
    generator = torch.Generator().manual_seed(DRAW_SEED)
    for _ in range(0, DRAWS, DRAWN_AT_ONCE):
        noise = torch.randn(DRAWN_AT_ONCE, 1, mean.shape[-1], generator=generator)
        yield (mean + std * noise).clamp(-bound, bound)


def _repeated(seen: Observation, count: int) -> Observation:
    """What accounts see, so many times over; the features, which no scheme reads, empty."""

    def again(part: Tensor) -> Tensor:
        return part.repeat(count, *[1] * (part.dim() - 1))

    factors = None if seen.factors is None else Factors(*map(again, seen.factors))
    return Observation(seen.features[:0], again(seen.weights), again(seen.tradable), factors)
