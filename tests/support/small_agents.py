"""Agents with small roll-outs, for tests that train or roll them."""

from pathlib import Path
from typing import Any

import yaml

from schemes_and_rewards import SCHEMES
from walkforge.configuration.slices import agent_slice

SMALL = {"n_envs": 8, "n_steps": 8, "episode_days": 20, "batch_size": 32}


def agent_of(scheme: str, **changes: Any) -> dict[str, dict[str, Any]]:
    """The default agent with another scheme, small roll-outs and other changes."""
    config = yaml.safe_load((Path(__file__).parents[2] / "config.yaml").read_text())
    agent = agent_slice(config, "ppo_weights")
    chosen = SCHEMES[scheme]
    fields = {key: getattr(chosen, key) for key in getattr(chosen, "__slots__", ())}
    return agent | {
        "algorithm": agent["algorithm"] | SMALL | changes,
        "scheme": {"name": scheme} | fields,
    }
