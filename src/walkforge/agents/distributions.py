"""Distributions of actions on the device: Gaussian for numbers, categorical for choices.

What stable-baselines3's distributions give, without the checks that make a GPU wait.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from walkforge.agents.api import ActionStats, Distribution, Output
from walkforge.market.schemes.scheme import ActionSpace

LOG_SQRT_2PI = 0.5 * math.log(2.0 * math.pi)


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


def distribution_of(space: ActionSpace, output: Output) -> Distribution:
    """The distribution that a network's output means in a space.

    Raises:
        ValueError: the space is a box, and the network gives no log_std.
    """
    if space.kind != "box":
        logits = output.numbers.float().reshape(len(output.numbers), -1, space.choices)
        return Categorical(logits, space.kind == "discrete")
    if output.log_std is None:
        raise ValueError("the scheme's actions are numbers, and the network gives no log_std")
    return Gaussian(output.numbers, output.log_std)


def within(space: ActionSpace, action: Tensor) -> Tensor:
    """Actions clipped to the bounds of a box; choices as they are."""
    return action.clamp(-space.bound, space.bound) if space.kind == "box" else action


def joined(outputs: Sequence[Output]) -> Output:
    """The outputs of one network for several batches as one."""
    numbers, log_stds, values = zip(*outputs, strict=True)
    log_std = log_stds[0]
    if log_std is not None and log_std.dim() > 1:
        log_std = torch.cat(log_stds)
    return Output(torch.cat(numbers), log_std, torch.cat(values))
