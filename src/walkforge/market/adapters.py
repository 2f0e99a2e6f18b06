"""The market as a gymnasium.Env and as a stable-baselines3 VecEnv: views of PortfolioBatch."""

from collections.abc import Sequence
from typing import Any

import gymnasium
import numpy as np
import torch
from gymnasium import spaces
from numpy.typing import NDArray
from stable_baselines3.common.vec_env.base_vec_env import VecEnv, VecEnvObs, VecEnvStepReturn
from torch import Tensor

from walkforge.market.account import Observation
from walkforge.market.environment import PortfolioBatch, Scheme

Arrays = dict[str, NDArray[Any]]


def observation_space(symbols: int, features: int) -> spaces.Dict:
    """Return the space of one account's observation: features, weights, tradable."""
    return spaces.Dict(
        {
            "features": spaces.Box(-np.inf, np.inf, (symbols, features), np.float32),
            "weights": spaces.Box(-np.inf, np.inf, (symbols + 1,), np.float32),
            "tradable": spaces.Box(0.0, 1.0, (symbols,), np.float32),
        }
    )


def action_space(scheme: Scheme, symbols: int) -> spaces.Box:
    """Return the box of one account's action under a scheme."""
    bound = scheme.action_bound
    return spaces.Box(-bound, bound, (scheme.action_size(symbols),), np.float32)


def to_arrays(seen: Observation) -> Arrays:
    """Return an observation as NumPy arrays, the batch first."""
    return {
        "features": seen.features.cpu().numpy(),
        "weights": seen.weights.float().cpu().numpy(),
        "tradable": seen.tradable.float().cpu().numpy(),
    }


def to_observation(arrays: dict[str, Tensor]) -> Observation:
    """Return the observation that tensors of this space's keys hold."""
    return Observation(arrays["features"], arrays["weights"], arrays["tradable"] > 0.5)


class PortfolioEnv(gymnasium.Env[Any, Any]):
    """One account as a gymnasium environment.

    Args:
        batch: a PortfolioBatch of one account.

    Raises:
        ValueError: the batch has another size.
    """

    metadata = {"render_modes": []}  # noqa: RUF012

    def __init__(self, batch: PortfolioBatch) -> None:
        if batch.count != 1:
            raise ValueError(f"PortfolioEnv needs a batch of one account, got {batch.count}")
        self.batch = batch
        symbols, features = len(batch.market.symbols), len(batch.market.feature_names)
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

    def step(self, action: NDArray[np.float32]) -> tuple[Arrays, float, bool, bool, dict[str, Any]]:
        """Trade one day."""
        day = self.batch.step(torch.as_tensor(action, device=self.batch.market.device)[None])
        info = {"equity": float(self.batch.accounts.equity[0])}
        seen = _first(to_arrays(self.batch.observation()))
        return seen, float(day.reward[0]), bool(day.terminated[0]), bool(day.truncated[0]), info


class PortfolioVecEnv(VecEnv):
    """A batch of accounts as a stable-baselines3 vector environment, restarted when they end."""

    def __init__(self, batch: PortfolioBatch) -> None:
        self.batch = batch
        self.turnover = 0.0  # mean over the batch of the last day's traded share of equity
        self._action = torch.empty(0)
        symbols, features = len(batch.market.symbols), len(batch.market.feature_names)
        super().__init__(
            batch.count,
            observation_space(symbols, features),
            action_space(batch.scheme, symbols),
        )

    def reset(self) -> VecEnvObs:
        """Start every account anew."""
        return to_arrays(self.batch.reset())

    def step_async(self, actions: NDArray[Any]) -> None:
        """Keep the actions [B, A] for step_wait."""
        self._action = torch.as_tensor(actions, device=self.batch.market.device)

    def step_wait(self) -> VecEnvStepReturn:
        """Trade one day in every account; ended ones show their first new day."""
        before = self.batch.accounts.equity
        day = self.batch.step(self._action)
        traded = (day.fills.quantity * day.fills.price).abs().sum(-1)
        self.turnover = float((traded / before).mean())
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
        """Return an attribute of the batch, once per account asked for."""
        value = getattr(self.batch, attr_name, None)
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
        """Return False for each account asked for: nothing wraps them."""
        return [False for _ in self._chosen(indices)]

    def _chosen(self, indices: Any) -> Sequence[int]:
        """Return account numbers from SB3's way of naming them."""
        return list(self._get_indices(indices))


def _first(arrays: Arrays) -> Arrays:
    """Return the first account's part of batched arrays."""
    return {key: value[0] for key, value in arrays.items()}
