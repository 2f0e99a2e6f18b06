"""Algorithm `ppo`: stable-baselines3's PPO on the batched portfolio market."""

from collections.abc import Callable
from dataclasses import dataclass

import polars as pl
from stable_baselines3 import PPO
from stable_baselines3.common.callbacks import BaseCallback
from torch import nn

from walkforge.agents.sb3_policy import NetworkPolicy
from walkforge.console import log_line
from walkforge.market.adapters import AccountVecEnv
from walkforge.market.environment import AccountBatch

CURVE = {  # column of the training curve: SB3's name of the figure
    "policy_loss": "train/policy_gradient_loss",
    "value_loss": "train/value_loss",
    "entropy_loss": "train/entropy_loss",
    "approx_kl": "train/approx_kl",
    "clip_fraction": "train/clip_fraction",
    "explained_variance": "train/explained_variance",
}
PROGRESS_LINES = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """PPO's arguments, each explained in config.yaml."""

    total_timesteps: int
    environments: int
    rollout_steps: int
    episode_days: int
    minibatch: int
    epochs: int
    learning_rate: float
    gamma: float
    gae_lambda: float
    clip_range: float
    entropy_coefficient: float
    value_coefficient: float
    max_gradient_norm: float


class _Curve(BaseCallback):
    """One row of figures per rollout, and about ten lines of progress in the log."""

    def __init__(self, total: int) -> None:
        super().__init__()
        self.total, self.rows = total, list[dict[str, float]]()
        self._rewards, self._turnover = list[float](), list[float]()

    def _on_step(self) -> bool:
        environment = self.training_env
        assert isinstance(environment, AccountVecEnv)  # noqa: S101 (tells the type checker)
        self._rewards.append(float(self.locals["rewards"].mean()))
        self._turnover.append(environment.turnover)
        return True

    def _on_rollout_start(self) -> None:
        """Complete the row of the rollout before with the figures of its update."""
        if self.rows:
            figures = self.model.logger.name_to_value
            self.rows[-1] |= {name: float(figures[key]) for name, key in CURVE.items()}

    def _on_rollout_end(self) -> None:
        network = self.model.policy.network
        self.rows.append(
            {
                "timesteps": self.num_timesteps,
                "reward": sum(self._rewards) / len(self._rewards),
                "turnover": sum(self._turnover) / len(self._turnover),
                "action_std": float(network.log_std.detach().exp()),  # type: ignore[union-attr,operator]
            }
        )
        self._rewards.clear()
        self._turnover.clear()
        self._tell()

    def _on_training_end(self) -> None:
        self._on_rollout_start()

    def _tell(self) -> None:
        """Print a line of progress, about ten times in a training."""
        row, every = self.rows[-1], max(self.total // PROGRESS_LINES, 1)
        step = row["timesteps"] / len(self.rows)
        if row["timesteps"] // every > (row["timesteps"] - step) // every:
            log_line(
                f"{row['timesteps']:.0f}/{self.total} steps, mean reward {row['reward']:.3e}, "
                f"turnover {row['turnover']:.4f}, action std {row['action_std']:.3f}"
            )


def train(
    config: Config,
    make_batch: Callable[[int, int], AccountBatch],
    make_network: Callable[[], nn.Module],
    *,
    seed: int,
) -> tuple[nn.Module, pl.DataFrame]:
    """Return the trained network (last checkpoint) and its training curve, a row per rollout.

    Args:
        config: PPO's arguments.
        make_batch: gives the training accounts, from their number and their longest episode.
        make_network: gives a fresh network that maps observations to (mean action, value).
        seed: of initialisation, actions, minibatches.
    """
    environment = AccountVecEnv(make_batch(config.environments, config.episode_days))
    model = PPO(
        NetworkPolicy,
        environment,
        n_steps=config.rollout_steps,
        batch_size=config.minibatch,
        n_epochs=config.epochs,
        learning_rate=config.learning_rate,
        gamma=config.gamma,
        gae_lambda=config.gae_lambda,
        clip_range=config.clip_range,
        ent_coef=config.entropy_coefficient,
        vf_coef=config.value_coefficient,
        max_grad_norm=config.max_gradient_norm,
        policy_kwargs={"make_network": make_network},
        seed=seed,
        device=environment.batch.market.device,
        verbose=0,
    )
    curve = _Curve(config.total_timesteps)
    model.learn(config.total_timesteps, callback=curve)
    network: nn.Module = model.policy.network  # type: ignore[assignment]
    return network.eval(), pl.DataFrame(curve.rows)
