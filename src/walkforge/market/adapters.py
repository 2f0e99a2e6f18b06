"""The market as a gymnasium.Env and as a stable-baselines3 VecEnv: views of AccountBatch."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import gymnasium
import numpy as np
import torch
from gymnasium import spaces
from numpy.typing import NDArray
from stable_baselines3.common.vec_env.base_vec_env import VecEnv, VecEnvObs, VecEnvStepReturn
from stable_baselines3.common.vec_env.subproc_vec_env import SubprocVecEnv
from torch import Tensor

from walkforge.market.account import Observation
from walkforge.market.environment import AccountBatch
from walkforge.market.schemes.scheme import Scheme

Arrays = dict[str, NDArray[Any]]
WINDOW_BARS = 260


def observation_space(symbols: int, features: int) -> spaces.Dict:
    """The space of one account's observation: features, weights, tradable."""
    return spaces.Dict(
        {
            "features": spaces.Box(-np.inf, np.inf, (symbols, features), np.float32),
            "weights": spaces.Box(-np.inf, np.inf, (symbols + 1,), np.float32),
            "tradable": spaces.Box(0.0, 1.0, (symbols,), np.float32),
        }
    )


def action_space(scheme: Scheme, symbols: int) -> spaces.Space[Any]:
    """The space of one account's actions under a scheme."""
    kind, size, choices, bound = scheme.space(symbols)
    if kind == "box":
        return spaces.Box(-bound, bound, (size,), np.float32)
    if kind == "discrete":
        return spaces.Discrete(choices)
    return spaces.MultiDiscrete([choices] * size)


def to_arrays(seen: Observation) -> Arrays:
    """An observation as NumPy arrays, the batch first."""
    return {
        "features": seen.features.cpu().numpy(),
        "weights": seen.weights.float().cpu().numpy(),
        "tradable": seen.tradable.float().cpu().numpy(),
    }


def to_observation(arrays: dict[str, Tensor]) -> Observation:
    """The observation that tensors of this space's keys hold."""
    return Observation(arrays["features"], arrays["weights"], arrays["tradable"] > 0.5)


class AccountEnv(gymnasium.Env[Any, Any]):
    """One account as a gymnasium environment.

    Args:
        batch: a AccountBatch of one account.

    Raises:
        ValueError: the batch has another size.
    """

    metadata = {"render_modes": []}  # noqa: RUF012

    def __init__(self, batch: AccountBatch) -> None:
        if batch.count != 1:
            raise ValueError(f"AccountEnv needs a batch of one account, got {batch.count}")
        self.batch = batch
        symbols = batch.symbols
        features = len(batch.market.feature_names)
        self.observation_space = observation_space(symbols, features)
        self.action_space = action_space(batch.scheme, symbols)

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Arrays, dict[str, Any]]:
        """Start a new episode; a seed fixes this and all later starts."""
        super().reset(seed=seed)
        if seed is not None:
            self.batch.generator.manual_seed(seed)
        return _first(to_arrays(self.batch.reset())), {}

    def step(self, action: NDArray[Any]) -> tuple[Arrays, float, bool, bool, dict[str, Any]]:
        """Trade one day."""
        paid, terminated, truncated, info = one_step(self.batch, action)
        seen = _first(to_arrays(self.batch.observation()))
        return seen, paid, terminated, truncated, info


class WindowEnv(gymnasium.Env[Any, Any]):
    """One account over one symbol, which sees its last bars: (window, F + 1) numbers.

    A row is a bar: its features, 0 before the data, and the account's weight in the symbol now.

    Args:
        batch: an AccountBatch of one account under a scheme of a single symbol.
        window: number of bars, by default 260: a year and a week.

    Raises:
        ValueError: the batch has another size or scheme.
    """

    metadata = {"render_modes": []}  # noqa: RUF012

    def __init__(self, batch: AccountBatch, *, window: int = WINDOW_BARS) -> None:
        if batch.count != 1 or not batch.scheme.single_symbol:
            raise ValueError("WindowEnv needs a batch of one account that trades one symbol")
        self.batch = batch
        self.window = window
        shape = (window, len(batch.market.feature_names) + 1)
        self.observation_space = spaces.Box(-np.inf, np.inf, shape, np.float32)
        self.action_space = action_space(batch.scheme, batch.symbols)

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[NDArray[np.float32], dict[str, Any]]:
        """Start a new episode; a seed fixes this and all later starts and symbols."""
        super().reset(seed=seed)
        if seed is not None:
            self.batch.generator.manual_seed(seed)
        self.batch.reset()
        return self._seen(), {"symbol": self._symbol()}

    def step(
        self, action: NDArray[Any]
    ) -> tuple[NDArray[np.float32], float, bool, bool, dict[str, Any]]:
        """Trade one day."""
        paid, terminated, truncated, info = one_step(self.batch, action)
        return self._seen(), paid, terminated, truncated, info | {"symbol": self._symbol()}

    def _seen(self) -> NDArray[np.float32]:
        """The window, the account's weight beside each bar."""
        features = self.batch.windows(self.window)[0].cpu().numpy()
        weight = float(self.batch.observation().weights[0, 0])
        own = np.full((self.window, 1), weight, dtype=np.float32)
        return np.concatenate([features, own], axis=1)

    def _symbol(self) -> str:
        """The symbol of this episode."""
        assert self.batch.symbol is not None  # noqa: S101 (tells the type checker)
        return self.batch.market.symbols[int(self.batch.symbol[0])]


def one_step(batch: AccountBatch, action: Any) -> tuple[float, bool, bool, dict[str, Any]]:
    """Trade one day of a batch of one account; gives reward, terminated, truncated and info."""
    step = batch.step(torch.as_tensor(action, device=batch.market.device)[None])
    info = {"equity": float(batch.accounts.equity[0]), "turnover": float(step.turnover[0])}
    return float(step.reward[0]), bool(step.terminated[0]), bool(step.truncated[0]), info


def in_processes(
    make: Callable[[int], gymnasium.Env[Any, Any]], seeds: Sequence[int]
) -> SubprocVecEnv:
    """Environments in processes of their own, each with its seed.

    Args:
        make: gives an environment, from its seed. seeds: all different.

    Raises:
        ValueError: two seeds are alike: their episodes would be copies.
    """
    if len(set(seeds)) < len(seeds):
        raise ValueError(f"seeds {list(seeds)} are not all different")
    return SubprocVecEnv([partial(make, seed) for seed in seeds])


class AccountVecEnv(VecEnv):
    """A batch of accounts as a stable-baselines3 vector environment, restarted when they end."""

    def __init__(self, batch: AccountBatch) -> None:
        self.batch = batch
        self.turnover = 0.0  # mean over the batch of the last day's traded share of equity
        self._action = torch.empty(0)
        symbols = batch.symbols
        features = len(batch.market.feature_names)
        super().__init__(
            batch.count,
            observation_space(symbols, features),
            action_space(batch.scheme, symbols),
        )

    def reset(self) -> VecEnvObs:
        """Start every account anew; after seed(), from the generator with that seed."""
        if self._seeds[0] is not None:
            self.batch.generator.manual_seed(self._seeds[0])
        self._reset_seeds()
        self._reset_options()
        return to_arrays(self.batch.reset())

    def step_async(self, actions: NDArray[Any]) -> None:
        """Keep the actions [B, A] for step_wait."""
        self._action = torch.as_tensor(actions, device=self.batch.market.device)

    def step_wait(self) -> VecEnvStepReturn:
        """Trade one day in every account; ended ones show their first new day."""
        day = self.batch.step(self._action)
        self.turnover = float(day.turnover.mean())
        done = day.terminated | day.truncated
        infos: list[dict[str, Any]] = [{} for _ in range(self.num_envs)]
        if bool(done.any()):
            last = to_arrays(self.batch.observation())
            for i in done.nonzero().flatten().tolist():
                infos[i]["TimeLimit.truncated"] = bool(day.truncated[i])
                infos[i]["terminal_observation"] = {key: value[i] for key, value in last.items()}
            self.batch.restart(done)
        seen = to_arrays(self.batch.observation())
        return seen, day.reward.cpu().numpy(), done.cpu().numpy(), infos

    def close(self) -> None:
        """Release nothing: the tensors belong to the market."""

    def get_attr(self, attr_name: str, indices: Any = None) -> list[Any]:
        """An attribute of the batch, once per account asked for.

        Raises:
            AttributeError: the batch has none of this name.
        """
        value = None if attr_name == "render_mode" else getattr(self.batch, attr_name)
        return [value for _ in self._chosen(indices)]

    def set_attr(self, attr_name: str, value: Any, indices: Any = None) -> None:
        """Refuse: accounts of a batch share their settings.

        Raises:
            TypeError: always.
        """
        raise TypeError(f"accounts of a batch share {attr_name}: build another batch instead")

    def env_method(
        self, method_name: str, *method_args: Any, indices: Any = None, **method_kwargs: Any
    ) -> list[Any]:
        """Call a method of the batch and return its result, once per account asked for."""
        result = getattr(self.batch, method_name)(*method_args, **method_kwargs)
        return [result for _ in self._chosen(indices)]

    def env_is_wrapped(
        self, wrapper_class: type[gymnasium.Wrapper], indices: Any = None
    ) -> list[bool]:
        """False for each account asked for: nothing wraps them."""
        return [False for _ in self._chosen(indices)]

    def _chosen(self, indices: Any) -> Sequence[int]:
        """Account numbers from SB3's way of naming them."""
        return list(self._get_indices(indices))


def _first(arrays: Arrays) -> Arrays:
    """The first account's part of batched arrays."""
    return {key: value[0] for key, value in arrays.items()}
