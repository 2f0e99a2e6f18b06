"""A small training: `python tests/support/resumable.py FOLDER` prints its digest.

A second argument is JSON of what differs in its algorithm, and of `every`.
"""

import hashlib
import json
import sys
from pathlib import Path
from typing import Any

from torch import nn

from sb3_loop import ppo_config
from walkforge.agents.training.train import Places, train
from walkforge.splits.windows import Fold, Window
from worlds import money, random_walks

MARKET = random_walks(0)
MONEY = money()
_START = Window(MARKET.dates[0], MARKET.dates[50])
FOLD = Fold("fold_1", _START, Window(MARKET.dates[50], MARKET.dates[50]), None)
EVERY = 128  # steps between checkpoints
_CONFIG = ppo_config(total_timesteps=1_280)
AGENT: dict[str, dict[str, Any]] = {
    "algorithm": {"name": "ppo"} | {key: getattr(_CONFIG, key) for key in _CONFIG.__slots__},
    "network": {
        "name": "shared_mlp", "hidden": [8, 8], "separate_critic": False, "score_gain": 0.1,
        "initial_std": 1.0,
    },
    "scheme": {"name": "weights", "kappa": 0.5, "cash_bias": -1.0},
    "reward": {"name": "differential_sharpe", "eta": 0.01, "burn_in_days": 3, "trade_penalty": 0.0},
}  # fmt: skip


def network_digest(network: nn.Module) -> str:
    """The hash of a network's tensors."""
    data = b"".join(x.detach().numpy().tobytes() for x in network.state_dict().values())
    return hashlib.sha256(data).hexdigest()


def train_here(
    places: Places,
    *,
    every: int | None = EVERY,
    on_unfit: str = "refuse",
    **changes: dict[str, Any],
) -> str:
    """The digest of the network and the curve of a small training."""
    places = places._replace(checkpoint_every=every, on_unfit=on_unfit)
    agent = {kind: values | changes.get(kind, {}) for kind, values in AGENT.items()}
    trained = train(agent, MARKET, FOLD, config=MONEY, seed=1, places=places)
    curve = trained.curve.write_csv().encode()
    return network_digest(trained.policy.network) + hashlib.sha256(curve).hexdigest()


if __name__ == "__main__":
    changes = json.loads(sys.argv[2]) if len(sys.argv) > 2 else {}
    every = changes.pop("every", EVERY)
    print(train_here(Places(Path(sys.argv[1]), None), every=every, algorithm=changes))  # noqa: T201
