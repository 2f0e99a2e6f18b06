"""Small things to train, and stable-baselines3's own loop around the same parts."""

from functools import partial
from typing import Any

import torch
from stable_baselines3 import PPO
from stable_baselines3.common.logger import Logger
from torch import nn

from schemes_and_rewards import SCHEMES
from walkforge.agents.account_scaler import standardise_account
from walkforge.agents.algorithms.ppo.algorithm import DevicePPO
from walkforge.agents.algorithms.ppo.config import Config
from walkforge.agents.networks.shared_mlp import Config as NetworkConfig
from walkforge.agents.networks.shared_mlp import Network
from walkforge.agents.sb3.policy import NetworkPolicy
from walkforge.agents.scaler import Scaled
from walkforge.market.adapters import AccountVecEnv
from walkforge.market.environment import AccountBatch
from walkforge.market.market import Market
from walkforge.market.rewards.excess_log_return import Reward
from worlds import money, random_walks


def ppo_config(**changes: Any) -> Config:
    """Arguments for a training of seconds."""
    plain: dict[str, Any] = {
        "total_timesteps": 256, "n_envs": 8, "n_steps": 16, "episode_days": 20,
        "batch_size": 64, "n_epochs": 2, "learning_rate": 3e-4, "critic_learning_rate": None,
        "critic_epochs": 0, "weight_decay": 0.0, "betas": (0.9, 0.999), "gamma": 0.5,
        "gae_lambda": 0.95, "clip_range": 0.2, "clip_range_vf": None, "target_kl": None,
        "ent_coef": 0.0, "vf_coef": 0.5,
        "max_grad_norm": 0.5, "normalise_account": False,
        "normalise_reward": False, "precision": "fp32", "matmul": "highest", "compiled": False,
        "cuda_graphs": False, "gradient_checkpointing": False, "resume_from": None,
        "nan_patience": 1,
    }  # fmt: skip
    return Config(**plain | changes)


def batch_of(market: Market, name: str, **other: Any) -> AccountBatch:
    """Accounts of a scheme in a market, free of cost."""
    settings: dict[str, Any] = {
        "reward": Reward(trade_penalty=0.0),
        "config": money(),
        "rows": range(22, len(market.dates)),
        "count": 8,
        "episode_days": 20,
        "generator": torch.Generator().manual_seed(0),
    }
    return AccountBatch(market, **{"scheme": SCHEMES[name]} | settings | other)


def small_batch(name: str, *, device: str = "cpu") -> AccountBatch:
    """Eight accounts in random walks."""
    return batch_of(random_walks(0).to(device), name)


def small_network(
    name: str, *, features: int = 3, separate: bool = False, normalised: bool = False
) -> nn.Module:
    """A small network of a scheme; normalised: with a layer for account state."""
    config = NetworkConfig(
        hidden=(16, 16), separate_critic=separate, score_gain=0.1, initial_std=1.0
    )
    network = Network(config, Scaled(features), SCHEMES[name].heads)
    if normalised:
        standardise_account(network)
    return network


def model_of(name: str = "weights", *, separate: bool = False, **changes: Any) -> DevicePPO:
    """Our own PPO over eight accounts, quiet; `separate` gives the critic an encoder."""
    config = ppo_config(**changes)
    batch = batch_of(random_walks(0), name, episode_days=config.episode_days, count=config.n_envs)
    normalised = config.normalise_account
    make = partial(small_network, name, separate=separate, normalised=normalised)
    model = DevicePPO(batch, make, config=config, seed=3)
    model.set_logger(Logger(folder=None, output_formats=[]))
    return model


def digest(model: DevicePPO) -> bytes:
    """The bits of a model's network."""
    return b"".join(x.detach().numpy().tobytes() for x in model.network.state_dict().values())


def rolled_out(model: DevicePPO) -> DevicePPO:
    """The model with its roll-out done and its update ahead."""
    with torch.no_grad():
        for _ in range(model.config.n_steps):
            model._one_day()
        model._finish()
    model._current_progress_remaining = 1.0
    return model


def sb3_model(batch: AccountBatch, network: Any, config: Config, *, seed: int) -> PPO:
    """Stable-baselines3's PPO over the same accounts, its own loop and buffer."""
    return PPO(
        NetworkPolicy,
        AccountVecEnv(batch),
        n_steps=config.n_steps,
        batch_size=config.batch_size,
        n_epochs=config.n_epochs,
        learning_rate=config.learning_rate,
        gamma=config.gamma,
        gae_lambda=config.gae_lambda,
        clip_range=config.clip_range,
        ent_coef=config.ent_coef,
        vf_coef=config.vf_coef,
        max_grad_norm=config.max_grad_norm,
        policy_kwargs={"make_network": network},
        seed=seed,
        device=batch.market.device,
        verbose=0,
    )
