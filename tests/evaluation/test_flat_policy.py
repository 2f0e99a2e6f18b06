"""The negative control of the control: a flat observation learns by heart what is planted."""

import numpy as np
import pytest
import torch
from stable_baselines3 import PPO
from torch import Tensor

from sb3_loop import batch_of
from walkforge.agents.scaler import fit_scaler, scaled_market
from walkforge.market.account import Observation
from walkforge.market.adapters import AccountVecEnv, to_arrays
from walkforge.market.rewards.excess_log_return import Reward
from walkforge.market.rollout import rollout
from walkforge.market.schemes.weights import Scheme
from walkforge.splits.windows import Window
from worlds import money, planted_momentum


@pytest.mark.slow
def test_a_flat_observation_finds_nothing_of_what_is_planted() -> None:
    market = planted_momentum(0)
    rows = range(22, 1_000)
    scaled = scaled_market(market, fit_scaler(market, rows), rows=range(2_000))
    scheme = Scheme(kappa=1.0, cash_bias=-3.0)
    batch = batch_of(
        scaled, "weights", scheme=scheme, reward=Reward(trade_penalty=0.0), config=money(cash=1e6),
        rows=rows, count=64, episode_days=252,
    )  # fmt: skip
    model = PPO(
        "MultiInputPolicy", AccountVecEnv(batch), n_steps=32, batch_size=512, n_epochs=2,
        learning_rate=3e-4, gamma=0.5, gae_lambda=0.95, seed=0, device="cpu",
    )  # fmt: skip
    model.learn(65_536)

    def decide(seen: Observation) -> Tensor:
        action, _ = model.predict(to_arrays(seen), deterministic=True)
        return scheme.adjusted(scheme.targets(torch.from_numpy(action), seen), seen)

    window = Window(market.dates[1_005], market.dates[1_999])
    e = rollout(decide, scaled, window, config=money(cash=1e6)).daily["selection"].to_numpy()
    z = e.mean() / e.std(ddof=1) * np.sqrt(len(e))
    assert abs(z) < 5.0, z
