"""Arguments of PPO, as configured."""

from dataclasses import dataclass, replace
from typing import Literal, Self


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
    critic_learning_rate: float | None
    critic_epochs: int
    weight_decay: float
    betas: tuple[float, float]
    gamma: float
    gae_lambda: float
    clip_range: float
    value_clip_range: float | None
    target_kl: float | None
    entropy_coefficient: float
    final_entropy_coefficient: float | None
    value_coefficient: float
    max_gradient_norm: float
    normalise_account: bool
    normalise_reward: bool
    precision: Literal["fp32", "bf16", "fp16"]
    matmul: Literal["highest", "high", "medium"]
    compiled: bool
    cuda_graphs: bool
    gradient_checkpointing: bool
    checkpoint_every: int | None
    resume_from: str | None
    on_unfit: Literal["refuse", "restart"]
    nan_patience: int
    tensorboard: bool

    @property
    def rollout(self) -> int:
        """Return the environment steps of one roll-out."""
        return self.environments * self.rollout_steps

    def short(self, rollouts: int) -> Self:
        """The same for so many roll-outs, nothing kept nor compiled: what the audits repeat."""
        return replace(
            self,
            total_timesteps=rollouts * self.rollout,
            checkpoint_every=None,
            resume_from=None,
            compiled=False,
            cuda_graphs=False,
            tensorboard=False,
        )

    def entropy_at(self, share: float) -> float:
        """Return the entropy coefficient after a share of the training, from 0 to 1."""
        last = self.final_entropy_coefficient
        if last is None:
            return self.entropy_coefficient
        return self.entropy_coefficient + share * (last - self.entropy_coefficient)
