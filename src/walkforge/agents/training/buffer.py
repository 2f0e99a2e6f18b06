"""What a roll-out leaves behind, on the device: where accounts stood, not what they saw.

An observation is a row of the market and the account's own weights, so the buffer keeps the index
of the row and the weights; features are gathered again for each minibatch.
"""

from typing import Any, NamedTuple

import torch
from gymnasium import spaces
from torch import Tensor

from walkforge.market.account import Observation
from walkforge.market.environment_step import gathered
from walkforge.market.market import Market

SAMPLED = ("day", "symbol", "weights", "action", "log_prob", "value")


class StateIndex(NamedTuple):
    """Where B accounts stand: day [B], symbol [B] or None, weights [B, K+1]."""

    day: Tensor
    symbol: Tensor | None
    weights: Tensor


class Sample(NamedTuple):
    """Transitions of a minibatch [M]: states, actions [M, A], and figures [M]."""

    state: StateIndex
    action: Tensor
    log_prob: Tensor
    value: Tensor
    advantage: Tensor
    return_: Tensor


def seen_from(market: Market, state: StateIndex) -> Observation:
    """What accounts saw in their states."""
    return Observation(
        gathered(market.features, state.day, state.symbol),
        state.weights,
        gathered(market.tradable, state.day, state.symbol),
    )


class DeviceBuffer:
    """A roll-out of T days of B accounts, each entry [T, B, ...].

    Made by SB3 in place of its own; `values` and `returns` are what it calls so.
    """

    def __init__(  # noqa: PLR0913, PLR0917 (SB3's signature)
        self,
        buffer_size: int,
        observation_space: spaces.Space[Any],
        action_space: spaces.Space[Any],
        device: torch.device | str = "cpu",
        gae_lambda: float = 1.0,
        gamma: float = 0.99,
        n_envs: int = 1,
    ) -> None:
        self.gamma = gamma
        self.gae_lambda = gae_lambda
        self.n_envs = n_envs
        self.reset()

    def reset(self) -> None:
        """Forget the roll-out."""
        self.pos = 0
        self._kept: dict[str, list[Tensor]] = {}

    def keep(self, **entries: Tensor | None) -> None:
        """Keep one day of every account, each [B, ...]; None is kept nowhere."""
        for name, value in entries.items():
            if value is not None:
                self._kept.setdefault(name, []).append(value)
        self.pos += 1

    def stacked(self, name: str) -> Tensor:
        """An entry of all days [T, B, ...]."""
        return torch.stack(self._kept[name])

    def has(self, name: str) -> bool:
        """Whether an entry was kept."""
        return name in self._kept

    def ended(self, last_start: Tensor) -> Tensor:
        """[T, B] bool: whether an episode ended with a day.

        Args:
            last_start: [B] bool, whether an episode starts after the last day.
        """
        return torch.cat([self.stacked("start")[1:], last_start.unsqueeze(0)])

    def finish(self, rewards: Tensor, last_value: Tensor, ended: Tensor) -> None:
        """Compute advantages and returns.

        Args:
            rewards: [T, B], those of truncated days with the value of what follows added.
            last_value: [B] of the state after the last day.
            ended: [T, B] bool, whether an episode ended with a day; see ended.
        """
        self.values = self.stacked("value")
        following = torch.cat([self.values[1:], last_value.unsqueeze(0)])
        self.advantages = gae(
            rewards, self.values, following, ~ended, gamma=self.gamma, gae_lambda=self.gae_lambda
        )
        self.returns = self.advantages + self.values
        self._flat = {
            "advantage": self.advantages.flatten(),
            "return_": self.returns.flatten(),
        } | {name: self.stacked(name).flatten(0, 1) for name in self._kept if name in SAMPLED}

    def transitions_of(self, chosen: Tensor) -> Sample:
        """The transitions of these numbers [M], from 0 to T x B - 1."""
        got = {name: values.index_select(0, chosen) for name, values in self._flat.items()}
        state = StateIndex(got["day"], got.get("symbol"), got["weights"])
        return Sample(
            state, got["action"], got["log_prob"], got["value"], got["advantage"], got["return_"]
        )

    @property
    def size_now(self) -> int:
        """T x B."""
        return self.pos * self.n_envs


def gae(  # noqa: PLR0913
    rewards: Tensor,
    values: Tensor,
    following: Tensor,
    goes_on: Tensor,
    *,
    gamma: float,
    gae_lambda: float,
) -> Tensor:
    """Generalised advantage estimates [T, B] (Schulman and others 2016).

    delta_t = r_t + gamma V(s_{t+1}) - V(s_t), and A_t = delta_t + gamma lambda A_{t+1}, where the
    episode goes on after t; else what follows counts 0.

    Args:
        rewards: [T, B]; r_t, plus gamma V(final state) where an episode was truncated.
        values: [T, B]; V(s_t). following: [T, B]; V(s_{t+1}).
        goes_on: [T, B] bool; s_{t+1} is of the same episode.
        gamma: discount. gae_lambda: 0 is one-step TD, 1 is Monte Carlo.
    """
    alive = goes_on.to(values.dtype)
    delta = rewards + gamma * following * alive - values
    advantages = torch.empty_like(delta)
    carried = torch.zeros_like(delta[0])
    for t in range(len(delta) - 1, -1, -1):
        carried = delta[t] + gamma * gae_lambda * alive[t] * carried
        advantages[t] = carried
    return advantages
