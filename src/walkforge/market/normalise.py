"""Running normalisation for stable-baselines3's own loop: statistics are saved, frozen and reused.

Features are none of its business: their scaler is fitted on train rows, once. Our trainings have
theirs on the device: walkforge.agents.algorithms.ppo.normalisation.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from stable_baselines3.common.vec_env.base_vec_env import VecEnv, VecEnvStepReturn, VecEnvWrapper
from torch import Tensor

from walkforge.errors import InputError
from walkforge.market.running import RunningMeanStd

ACCOUNT = "weights"  # the part of an observation that is account state


@dataclass(frozen=True, slots=True, kw_only=True)
class NormaliseConfig:
    """What is normalised.

    Attributes:
        account, reward: whether account state and reward are.
        gamma: discount of the running return whose deviation scales rewards.
        clip: largest absolute value that is passed on.
    """

    account: bool
    reward: bool
    gamma: float
    clip: float

    def __post_init__(self) -> None:
        if not 0.0 <= self.gamma <= 1.0 or self.clip <= 0.0:
            raise InputError(f"gamma {self.gamma} must be in [0, 1], clip {self.clip} above 0")


class NormalisedVecEnv(VecEnvWrapper):
    """A vector environment with its account state standardised and its rewards scaled.

    Rewards are divided by the standard deviation of the discounted running return and keep their
    sign. While frozen, as in evaluation and inference, nothing is learned; rewards are passed on
    as they are.
    """

    def __init__(self, environment: VecEnv, config: NormaliseConfig) -> None:
        super().__init__(environment)
        self.config = config
        self.frozen = False
        space: Any = environment.observation_space
        self.account = RunningMeanStd(space[ACCOUNT].shape)
        self.returns = RunningMeanStd(())
        self._running = np.zeros(environment.num_envs)

    def reset(self) -> dict[str, NDArray[Any]]:
        """Start every account anew."""
        self._running[:] = 0.0
        seen: Any = self.venv.reset()
        return self._seen(seen)

    def step_wait(self) -> VecEnvStepReturn:
        """Trade one day in every account."""
        seen: Any
        seen, rewards, done, infos = self.venv.step_wait()
        for info in infos:
            if "terminal_observation" in info:
                info["terminal_observation"] = self._standardised(info["terminal_observation"])
        paid = self._scaled(rewards)
        self._running[done] = 0.0
        return self._seen(seen), paid, done, infos

    def state(self) -> dict[str, Tensor]:
        """What must be saved, by name."""
        parts = {"account": self.account.state(), "returns": self.returns.state()}
        flat = {f"{part}.{name}": x for part, state in parts.items() for name, x in state.items()}
        return flat | {"running": torch.tensor(self._running)}

    def load(self, state: Mapping[str, Tensor]) -> None:
        """Take over a saved state; the running returns only where the accounts are as many.

        Raises:
            InputError: it does not fit.
        """
        account = RunningMeanStd(tuple(self.account.mean.shape))
        returns = RunningMeanStd(())
        for part, kept in (("account", account), ("returns", returns)):
            kept.load({name: state[f"{part}.{name}"] for name in kept.state()})
        running = torch.as_tensor(state["running"]).double().numpy().copy()
        if not np.isfinite(running).all():
            raise InputError("running returns hold NaN or infinite values")
        self.account = account
        self.returns = returns
        if running.shape == self._running.shape:
            self._running = running

    def _seen(self, seen: dict[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
        """An observation with its account state learned from and standardised."""
        if self.config.account and not self.frozen:
            self.account.update(seen[ACCOUNT])
        return self._standardised(seen)

    def _standardised(self, seen: dict[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
        """An observation with its account state standardised."""
        if not self.config.account:
            return seen
        scaled = (seen[ACCOUNT] - self.account.mean.numpy()) / self.account.std.numpy()
        clipped = np.clip(scaled, -self.config.clip, self.config.clip)
        return {**seen, ACCOUNT: clipped.astype(np.float32)}

    def _scaled(self, rewards: NDArray[Any]) -> NDArray[Any]:
        """Rewards learned from and scaled."""
        if not self.config.reward or self.frozen:
            return rewards
        self._running = self.config.gamma * self._running + rewards
        self.returns.update(self._running)
        clip = self.config.clip
        return np.clip(rewards / float(self.returns.std), -clip, clip).astype(np.float32)
