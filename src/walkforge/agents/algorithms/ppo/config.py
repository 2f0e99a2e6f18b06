"""Arguments of PPO, as configured."""

from dataclasses import dataclass, replace
from typing import Annotated, Literal, Self

from walkforge.settings import Bounds, Scheduled, Size

Beta = Annotated[float, Bounds(at_least=0, below=1)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """Proximal policy optimisation."""

    total_timesteps: Annotated[
        int,
        Bounds(at_least=1, at_most=1_000_000_000_000),
        "environment steps in all, over all environments",
    ]
    n_envs: Annotated[int, Bounds(at_least=1, at_most=1_000_000), "accounts stepped side by side"]
    n_steps: Annotated[
        int, Bounds(at_least=1, at_most=100_000), "steps of each environment between two updates"
    ]
    episode_days: Annotated[
        int, Bounds(at_least=1, at_most=100_000), "sessions of the longest episode"
    ]
    batch_size: Annotated[
        int,
        Bounds(at_least=2, at_most=100_000_000),
        "transitions for each gradient step; advantages are normalised within it",
    ]
    n_epochs: Annotated[int, Bounds(at_least=1, at_most=1_000), "passes over each rollout"]
    learning_rate: Annotated[
        float | str, Bounds(above=0, at_most=1), Scheduled(plateau=True), "of AdamW"
    ]
    critic_learning_rate: Annotated[
        float | str | None,
        Bounds(above=0, at_most=1),
        Scheduled(plateau=True),
        "of an optimiser of the critic's own; null: one for all",
    ]
    critic_epochs: Annotated[
        int,
        Bounds(at_least=0, at_most=1_000),
        "further passes over each rollout for the critic alone",
    ]
    weight_decay: Annotated[float, Bounds(at_least=0, at_most=1), "of weight matrices"]
    betas: Annotated[tuple[Beta, Beta], "of AdamW: decay of its two moments"]
    gamma: Annotated[float, Bounds(at_least=0, at_most=1), "discount of a day"]
    gae_lambda: Annotated[
        float, Bounds(at_least=0, at_most=1), "of generalised advantage estimation"
    ]
    clip_range: Annotated[
        float | str, Bounds(above=0, at_most=1), Scheduled(), "of the probability ratio"
    ]
    clip_range_vf: Annotated[
        float | None,
        Bounds(above=0, at_most=1_000_000),
        "how far a value may move from the old one; null: any way",
    ]
    target_kl: Annotated[
        float | None,
        Bounds(above=0, at_most=1_000),
        "an update ends once the policy has moved 1.5 times this far; null: never",
    ]
    ent_coef: Annotated[
        float | str,
        Bounds(at_least=0, at_most=1_000),
        Scheduled(),
        "weight of the entropy bonus",
    ]
    vf_coef: Annotated[float, Bounds(at_least=0, at_most=1_000_000), "weight of the value loss"]
    max_grad_norm: Annotated[
        float, Bounds(above=0, at_most=1_000_000_000), "norm that gradients are clipped to"
    ]
    normalise_account: Annotated[
        bool,
        "whether to standardise the weights held by what roll-outs showed; frozen in the policy",
    ]
    normalise_reward: Annotated[
        bool, "whether to divide rewards by the standard deviation of their discounted sum so far"
    ]
    precision: Annotated[Literal["fp32", "bf16", "fp16"], "of the passes through the network"]
    matmul: Annotated[Literal["highest", "high", "medium"], "precision of float32 products"]
    compiled: Annotated[
        bool, "whether torch.compile fuses the losses of gradient steps: pays in long trainings"
    ]
    cuda_graphs: Annotated[
        bool, "whether updates are replayed as CUDA graphs, compiled; without effect on a CPU"
    ]
    gradient_checkpointing: Annotated[
        bool, "whether to compute activations again instead of keeping them"
    ]
    resume_from: Annotated[
        str | None, Size(1, 4_096), "folder of a checkpoint to go on from; null: start anew"
    ]
    nan_patience: Annotated[
        int,
        Bounds(at_least=1, at_most=1_000_000),
        "stop at so many gradient steps with NaN or infinity",
    ]

    @property
    def rollout(self) -> int:
        """The environment steps of one roll-out."""
        return self.n_envs * self.n_steps

    def short(self, rollouts: int) -> Self:
        """The same for so many roll-outs, from the start, not compiled: what the audits repeat."""
        return replace(
            self,
            total_timesteps=rollouts * self.rollout,
            resume_from=None,
            compiled=False,
            cuda_graphs=False,
        )
