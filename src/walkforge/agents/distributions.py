"""Distributions of actions on the device, of numbers and of choices.

What stable-baselines3's distributions give, without the checks that make a GPU wait.
"""

import math
from collections.abc import Callable, Sequence
from functools import cache
from typing import NamedTuple

import torch
from numpy.polynomial.hermite_e import hermegauss
from torch import Tensor
from torch.nn.functional import one_hot, softplus

from walkforge.agents.api import ActionStats, Distribution, Output
from walkforge.market.schemes.scheme import ActionSpace

LOG_SQRT_2PI = 0.5 * math.log(2.0 * math.pi)
NODES = 64  # of Gauss and Hermite's quadrature: what has no closed form under a Gaussian


class Gaussian(NamedTuple):
    """Independent numbers around means [B, A]; log_std: [1], one for all, or [B, A]."""

    mean: Tensor
    log_std: Tensor

    def sample(self, generator: torch.Generator) -> Tensor:
        """Numbers [B, A], within no bound."""
        noise = torch.randn(self.mean.shape, generator=generator, device=self.mean.device)
        return self.around(noise)

    def around(self, noise: Tensor) -> Tensor:
        """The numbers that standard normal noise [..., B or 1, A] stands for."""
        return self.mean + self.log_std.exp() * noise

    def mode(self) -> Tensor:
        """The means."""
        return self.mean

    def expected(self) -> Tensor:
        """The means."""
        return self.mean

    def stats(self, action: Tensor) -> ActionStats:
        """How likely numbers [B, A] are, and the entropy."""
        size = self.mean.shape[-1]
        distance = (action - self.mean) / self.log_std.exp()
        if self.log_std.dim() == 1:
            log_stds = size * (self.log_std + LOG_SQRT_2PI)
            entropy = size * (0.5 + LOG_SQRT_2PI + self.log_std)
        else:
            log_stds = (self.log_std + LOG_SQRT_2PI).sum(-1)
            entropy = (0.5 + LOG_SQRT_2PI + self.log_std).sum(-1)
        log_prob = -0.5 * distance.square().sum(-1) - log_stds
        return ActionStats(log_prob, entropy.expand_as(log_prob))


class SquashedGaussian(NamedTuple):
    """Numbers bound * tanh(x), x Gaussian: within the bounds of a box, without clipping.

    Source: T. Haarnoja and others, Soft actor-critic (2018), appendix C.
    """

    inner: Gaussian
    bound: float

    def sample(self, generator: torch.Generator) -> Tensor:
        """Numbers [B, A] within the bounds."""
        return self._squashed(self.inner.sample(generator))

    def around(self, noise: Tensor) -> Tensor:
        """The numbers that standard normal noise [..., B or 1, A] stands for."""
        return self._squashed(self.inner.around(noise))

    def mode(self) -> Tensor:
        """The Gaussian's means, squashed; for each number as many lie above as below."""
        return self._squashed(self.inner.mean)

    def expected(self) -> Tensor:
        """The means of the squashed numbers, by quadrature."""
        return self._mean_of(self._squashed)

    def stats(self, action: Tensor) -> ActionStats:
        """How likely numbers [B, A] are, and the entropy, by quadrature.

        A number that rounding put on a bound counts as the nearest within.
        """
        least = torch.finfo(self.inner.mean.dtype).eps
        before = (action / self.bound).clamp(-1.0 + least, 1.0 - least).atanh()
        gaussian = self.inner.stats(before)
        return ActionStats(
            gaussian.log_prob - self._log_slope(before).sum(-1),
            gaussian.entropy + self._mean_of(self._log_slope).sum(-1),
        )

    def _squashed(self, number: Tensor) -> Tensor:
        """Any number, brought within the bounds."""
        return self.bound * number.tanh()

    def _log_slope(self, number: Tensor) -> Tensor:
        """The logarithm of what squashing a number does to a density: log bound (1 - tanh^2)."""
        at_ease = math.log(2.0) - number - softplus(-2.0 * number)
        return math.log(self.bound) + 2.0 * at_ease

    def _mean_of(self, function: Callable[[Tensor], Tensor]) -> Tensor:
        """The mean [B, A] of a function of the numbers before they are squashed."""
        mean = self.inner.mean
        nodes, weights = (each.to(mean).reshape(-1, 1, 1) for each in _normal_nodes())
        return (weights * function(self.inner.around(nodes))).sum(0)


class Categorical(NamedTuple):
    """Independent choices by logits [B, entries, choices]; single: of one entry, which is [B]."""

    logits: Tensor
    single: bool

    def sample(self, generator: torch.Generator) -> Tensor:
        """Choices [B, entries], or [B]."""
        # The largest of p / Exponential(1) is a draw from p.
        race = torch.empty_like(self.logits).exponential_(generator=generator)
        return self._shaped((self.logits.softmax(-1) / race).argmax(-1))

    def mode(self) -> Tensor:
        """The likeliest choices."""
        return self._shaped(self.logits.argmax(-1))

    def expected(self) -> Tensor:
        """The probabilities, in float64: [B, entries, choices], or [B, choices]."""
        probabilities = torch.softmax(self.logits.double(), dim=-1)
        return probabilities.squeeze(1) if self.single else probabilities

    def stats(self, action: Tensor) -> ActionStats:
        """How likely choices are, and the entropy of all entries together."""
        logs = self.logits.log_softmax(-1)
        chosen = logs.gather(-1, action.reshape(len(action), -1, 1)).squeeze(-1)
        entropy = -(logs.exp() * logs).sum(-1)
        return ActionStats(chosen.sum(-1), entropy.sum(-1))

    def _shaped(self, choices: Tensor) -> Tensor:
        """Choices as actions are: without the entry where there is one."""
        return choices.squeeze(-1) if self.single else choices


class Greedy(NamedTuple):
    """The choices of largest value by action values [B, entries, choices]; single: of one entry.

    Without any noise: what explores in a training is its algorithm.
    """

    values: Tensor
    single: bool

    def sample(self, generator: torch.Generator) -> Tensor:
        """The choices of largest value [B, entries], or [B]: of equal ones the first."""
        return self.mode()

    def mode(self) -> Tensor:
        """The choices of largest value."""
        choices = self.values.argmax(-1)
        return choices.squeeze(-1) if self.single else choices

    def expected(self) -> Tensor:
        """1 for the choice of largest value and 0 for others, in float64: as probabilities are."""
        chosen = one_hot(self.values.argmax(-1), self.values.shape[-1]).double()
        return chosen.squeeze(1) if self.single else chosen

    def stats(self, action: Tensor) -> ActionStats:
        """0 for the logarithm of the choices' probability, minus infinity for any other's."""
        same = action.reshape(len(action), -1) == self.values.argmax(-1)
        certain = torch.zeros(len(action), dtype=self.values.dtype, device=action.device)
        return ActionStats(certain.masked_fill(~same.all(-1), -torch.inf), certain)


@cache
def _normal_nodes() -> tuple[Tensor, Tensor]:
    """Numbers and their weights, in sum 1: the mean of a function under a standard normal."""
    nodes, weights = hermegauss(NODES)
    return torch.from_numpy(nodes), torch.from_numpy(weights / weights.sum())


def distribution_of(space: ActionSpace, output: Output) -> Distribution:
    """The distribution that a network's output means in a space.

    Raises:
        ValueError: the space is a box, and the network gives no log_std; or the distribution that
            is named is not one of the space's.
    """
    numbers = output.numbers
    if space.kind != "box":
        if output.distribution == "squashed_gaussian":
            raise ValueError("the scheme's actions are choices, squashed_gaussian is of numbers")
        entries = numbers.float().reshape(len(numbers), -1, space.choices)
        single = space.kind == "discrete"
        greedy = output.distribution == "greedy"
        return Greedy(entries, single) if greedy else Categorical(entries, single)
    if output.distribution == "greedy":
        raise ValueError("the scheme's actions are numbers, greedy is over values of choices")
    if output.log_std is None:
        raise ValueError("the scheme's actions are numbers, and the network gives no log_std")
    gaussian = Gaussian(numbers, output.log_std)
    squashed = output.distribution == "squashed_gaussian"
    return SquashedGaussian(gaussian, space.bound) if squashed else gaussian


def within(space: ActionSpace, action: Tensor) -> Tensor:
    """Actions clipped to the bounds of a box; choices as they are."""
    return action.clamp(-space.bound, space.bound) if space.kind == "box" else action


def joined(outputs: Sequence[Output]) -> Output:
    """The outputs of one network for several batches as one."""
    numbers, log_stds, values, named = zip(*outputs, strict=True)
    log_std = log_stds[0]
    if log_std is not None and log_std.dim() > 1:
        log_std = torch.cat(log_stds)
    return Output(torch.cat(numbers), log_std, torch.cat(values), named[0])
