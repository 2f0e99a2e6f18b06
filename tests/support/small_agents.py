"""Agents with small roll-outs, for tests that train or roll them."""

from pathlib import Path
from typing import Any

import yaml

from schemes_and_rewards import SCHEMES
from walkforge.configuration.slices import agent_slice
from walkforge.splits.windows import Fold, Window
from worlds import random_walks

MARKET = random_walks(0, days=90)
DATES = MARKET.dates
FOLD = Fold(
    "fold_1",
    Window(DATES[5], DATES[45]),
    Window(DATES[47], DATES[55]),
    Window(DATES[57], DATES[80]),
)
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
