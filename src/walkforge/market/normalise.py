"""Running normalisation of account state and reward: statistics that are saved, frozen and reused.

Features are none of its business: their scaler is fitted on train rows, once.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from stable_baselines3.common.vec_env.base_vec_env import VecEnv, VecEnvStepReturn, VecEnvWrapper

from walkforge.errors import InputError

Array = NDArray[np.float64]
ACCOUNT = "weights"  # the part of an observation that is account state


class RunningMeanStd:
    """Mean and population standard deviation of all values seen so far, entry by entry.

    Equal to NumPy's over everything at once.

    Source: T. F. Chan, G. H. Golub and R. J. LeVeque, Updating formulae and a pairwise algorithm
    for computing sample variances (1979).
    """

    def __init__(self, shape: tuple[int, ...]) -> None:
        self.mean, self.squares = np.zeros(shape), np.zeros(shape)
        self.count = 0

    def update(self, values: NDArray[Any]) -> None:
        """Take in values [N, *shape]."""
        batch = np.asarray(values, dtype=np.float64)
        count = len(batch)
        if count == 0:
            return
        mean = batch.mean(axis=0)
        apart, total = mean - self.mean, self.count + count
        self.squares += ((batch - mean) ** 2).sum(axis=0)
        self.squares += apart**2 * (self.count * count / total)
        self.mean += apart * (count / total)
        self.count = total

    @property
    def std(self) -> Array:
        """Return the population standard deviation; 1 before any value, or where all are equal."""
        deviation = np.sqrt(self.squares / max(self.count, 1))
        return np.where(deviation > 0.0, deviation, 1.0)

    def state(self) -> dict[str, Array]:
        """Return what must be saved."""
        count = np.array(float(self.count))
        return {"mean": self.mean.copy(), "squares": self.squares.copy(), "count": count}

    def load(self, state: Mapping[str, Array]) -> None:
        """Take over a saved state.

        Raises:
            InputError: it is of another shape, or holds no numbers.
        """
        kept = {name: np.asarray(state[name], dtype=np.float64) for name in self.state()}
        if kept["mean"].shape != self.mean.shape or kept["squares"].shape != self.mean.shape:
            raise InputError(
                f"statistics of shape {kept['mean'].shape} do not fit {self.mean.shape}"
            )
        if not all(np.isfinite(each).all() for each in kept.values()):
            raise InputError("statistics hold NaN or infinite values")
        count = float(kept["count"])
        if kept["squares"].min(initial=0.0) < 0.0 or count < 0.0 or not count.is_integer():
            raise InputError("statistics hold a negative sum of squares, or no whole count")
        self.mean, self.squares = kept["mean"].copy(), kept["squares"].copy()
        self.count = int(kept["count"])


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
        self.config, self.frozen = config, False
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

    def state(self) -> dict[str, Array]:
        """Return what must be saved, by name; safe to store as tensors."""
        parts = {"account": self.account.state(), "returns": self.returns.state()}
        flat = {f"{part}.{name}": x for part, state in parts.items() for name, x in state.items()}
        return flat | {"running": self._running.copy()}

    def load(self, state: Mapping[str, Array]) -> None:
        """Take over a saved state; the running returns only where the accounts are as many.

        Raises:
            InputError: it does not fit.
        """
        account, returns = RunningMeanStd(self.account.mean.shape), RunningMeanStd(())
        for part, kept in (("account", account), ("returns", returns)):
            kept.load({name: state[f"{part}.{name}"] for name in kept.state()})
        running = np.array(state["running"], dtype=np.float64)
        if not np.isfinite(running).all():
            raise InputError("running returns hold NaN or infinite values")
        self.account, self.returns = account, returns
        if running.shape == self._running.shape:
            self._running = running

    def _seen(self, seen: dict[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
        """Return an observation with its account state learned from and standardised."""
        if self.config.account and not self.frozen:
            self.account.update(seen[ACCOUNT])
        return self._standardised(seen)

    def _standardised(self, seen: dict[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
        """Return an observation with its account state standardised."""
        if not self.config.account:
            return seen
        scaled = (seen[ACCOUNT] - self.account.mean) / self.account.std
        clipped = np.clip(scaled, -self.config.clip, self.config.clip)
        return {**seen, ACCOUNT: clipped.astype(np.float32)}

    def _scaled(self, rewards: NDArray[Any]) -> NDArray[Any]:
        """Return rewards learned from and scaled."""
        if not self.config.reward or self.frozen:
            return rewards
        self._running = self.config.gamma * self._running + rewards
        self.returns.update(self._running)
        clip = self.config.clip
        return np.clip(rewards / float(self.returns.std), -clip, clip).astype(np.float32)
