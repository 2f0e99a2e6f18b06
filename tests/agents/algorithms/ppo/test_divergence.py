"""A training whose numbers are none any more ends in words that name the last good checkpoint."""

import re
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from sb3_loop import batch_of, ppo_config, small_network
from walkforge.agents.algorithms.ppo.algorithm import Algorithm
from walkforge.agents.api import Output
from walkforge.agents.training.checkpoints import saved_places
from walkforge.agents.training.loop import Makes, learn
from walkforge.agents.training.ownership import Places
from walkforge.errors import InputError
from walkforge.market.environment import AccountBatch
from walkforge.market.rewards.day import Day
from walkforge.market.rewards.excess_log_return import Reward
from worlds import random_walks

ROLLOUT = 8 * 16


class Breaking(nn.Module):
    """A network whose value is NaN from its n-th pass with gradients on."""

    def __init__(self, sound: int) -> None:
        super().__init__()
        self.inner = small_network("weights")
        self.left = sound

    def forward(self, seen: Any) -> Output:
        output = self.inner(seen)
        self.left -= torch.is_grad_enabled()
        return output if self.left >= 0 else output._replace(value=output.value * torch.nan)


class Cheating:
    """A reward that is NaN for one account from its n-th day on."""

    initial = Reward(trade_penalty=0.0).initial

    def __init__(self, sound: int) -> None:
        self.inner = Reward(trade_penalty=0.0)
        self.left = sound

    def __call__(self, day: Day, memory: Tensor) -> tuple[Tensor, Tensor]:
        paid, memory = self.inner(day, memory)
        self.left -= 1
        if self.left < 0:
            paid = paid.index_fill(0, torch.tensor([5]), torch.nan)
        return paid, memory


def run(
    workdir: Path | None, *, passes: int = 10_000, days: int = 10_000, steps: int = 10 * ROLLOUT
) -> None:
    """Train until the network has so many sound passes, or the reward so many sound days, behind.

    A roll-out is 16 days, and its update four passes.
    """
    config = ppo_config(total_timesteps=steps)

    def make_batch(count: int, episode_days: int) -> AccountBatch:
        reward = Cheating(days)
        return batch_of(
            random_walks(0), "weights", count=count, episode_days=episode_days, reward=reward
        )

    makes = Makes(Algorithm, make_batch, lambda: Breaking(passes))
    places = Places(workdir, None, checkpoint_every=ROLLOUT)
    learn(makes, config, seed=1, identity={}, places=places)


@pytest.mark.parametrize(
    ("broken", "told"),
    [
        ({"passes": 14}, "loss or gradients are NaN or infinite in 1 gradient step"),
        ({"days": 60}, r"account 5 has a reward that is not a number \(step \d+, 2010-"),
    ],
    ids=["loss", "reward"],
)
def test_the_last_good_checkpoint_is_named(
    tmp_path: Path, broken: dict[str, int], told: str
) -> None:
    with pytest.raises(InputError) as caught:
        run(tmp_path, **broken)
    last = saved_places(tmp_path)[-1]
    assert int(last.name) == 3 * ROLLOUT
    assert re.search(
        rf"training diverged after \d+ steps: {told}.*; "
        rf"the last good checkpoint is {re.escape(str(last))}: lower learning_rate",
        str(caught.value),
    )


def test_the_checkpoint_that_a_training_began_with_is_good_too(tmp_path: Path) -> None:
    run(tmp_path, steps=2 * ROLLOUT)
    place = saved_places(tmp_path)[-1]
    with pytest.raises(InputError, match=re.escape(f"the last good checkpoint is {place}:")):
        run(tmp_path, passes=0)


@pytest.mark.parametrize("broken", [{"passes": 14}, {"days": 60}], ids=["loss", "reward"])
def test_without_a_checkpoint_none_is_named(broken: dict[str, int]) -> None:
    with pytest.raises(InputError, match="; there is no checkpoint: lower learning_rate"):
        run(None, **broken)
