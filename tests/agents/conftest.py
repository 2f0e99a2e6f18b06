"""A small agent that trains in a second, and a training to compare others with."""

from typing import Any

import pytest

from resumable import train_here
from walkforge.agents.training.train import NOWHERE

Agent = dict[str, dict[str, Any]]


@pytest.fixture
def agent() -> Agent:
    return small_agent()


def small_agent() -> Agent:
    """An agent that trains in a second."""
    return {
        "algorithm": {
            "name": "ppo",
            "total_timesteps": 512,
            "n_envs": 8,
            "n_steps": 16,
            "episode_days": 20,
            "batch_size": 64,
            "n_epochs": 2,
            "learning_rate": 3e-4,
            "gamma": 0.5,
            "gae_lambda": 0.95,
            "clip_range": 0.2,
            "ent_coef": 0.0,
            "vf_coef": 0.5,
            "max_grad_norm": 0.5,
            "normalise_account": False,
            "normalise_reward": False,
            "critic_learning_rate": None,
            "critic_epochs": 0,
            "weight_decay": 0.0,
            "betas": [0.9, 0.999],
            "clip_range_vf": None,
            "target_kl": None,
            "precision": "fp32",
            "matmul": "highest",
            "compiled": False,
            "cuda_graphs": False,
            "gradient_checkpointing": False,
            "resume_from": None,
            "nan_patience": 1,
        },
        "network": {
            "name": "shared_mlp",
            "hidden": [8, 8],
            "separate_critic": False,
            "score_gain": 0.01,
            "initial_std": 1.0,
        },
        "scheme": {"name": "weights", "kappa": 1.0, "cash_bias": -3.0},
        "reward": {"name": "excess_log_return", "trade_penalty": 0.0},
    }


@pytest.fixture(scope="session")
def whole() -> str:
    """The digest of the training that nothing interrupts and that saves nothing."""
    return train_here(NOWHERE)
