"""Distributions of actions on the device: Gaussian for boxes, categorical for choices.

What stable-baselines3's distributions give, without the checks that make a GPU wait.
"""

import math
from typing import NamedTuple

import torch
from torch import Tensor

from walkforge.market.schemes.scheme import ActionSpace

LOG_SQRT_2PI = 0.5 * math.log(2.0 * math.pi)


class Judged(NamedTuple):
    """Log-probabilities [B] of actions, and entropies [B] of what they were drawn from."""

    log_prob: Tensor
    entropy: Tensor


def draw(
    space: ActionSpace, output: Tensor, log_std: Tensor, *, generator: torch.Generator
) -> Tensor:
    """Return actions drawn from a network's output [B, A]: [B, A], or [B] of a single choice."""
    if space.kind == "box":
        noise = torch.randn(output.shape, generator=generator, device=output.device)
        return output + log_std.exp() * noise
    logits = _logits(space, output)
    # The largest of p / Exponential(1) is a draw from p.
    race = torch.empty_like(logits).exponential_(generator=generator)
    drawn = (logits.softmax(-1) / race).argmax(-1)
    return drawn.squeeze(-1) if space.kind == "discrete" else drawn


def judge(space: ActionSpace, output: Tensor, log_std: Tensor, action: Tensor) -> Judged:
    """Return how likely actions are under a network's output [B, A], and its entropy."""
    if space.kind == "box":
        size = output.shape[-1]
        distance = (action - output) / log_std.exp()
        log_prob = -0.5 * distance.square().sum(-1) - size * (log_std + LOG_SQRT_2PI)
        entropy = size * (0.5 + LOG_SQRT_2PI + log_std)
        return Judged(log_prob, entropy.expand_as(log_prob))
    logs = _logits(space, output).log_softmax(-1)
    chosen = logs.gather(-1, action.reshape(len(action), -1, 1)).squeeze(-1)
    entropy = -(logs.exp() * logs).sum(-1)
    return Judged(chosen.sum(-1), entropy.sum(-1))


def clipped(space: ActionSpace, action: Tensor) -> Tensor:
    """Return actions within the bounds of a box; choices as they are."""
    return action.clamp(-space.bound, space.bound) if space.kind == "box" else action


def _logits(space: ActionSpace, output: Tensor) -> Tensor:
    """Return logits [B, entries, choices]."""
    return output.float().reshape(len(output), -1, space.choices)
