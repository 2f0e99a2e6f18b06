"""The loop on the device learns what stable-baselines3's learns, and nothing from noise."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from scipy import stats
from stable_baselines3.common.callbacks import CallbackList
from stable_baselines3.common.logger import Logger

from sb3_loop import batch_of, ppo_config, sb3_model, small_network
from walkforge.agents.algorithms.ppo.algorithm import DevicePPO
from walkforge.agents.distributions import distribution_of
from walkforge.market.market import Market
from worlds import market_of

SEEDS = range(8)
CONFIG = ppo_config(
    total_timesteps=16_384, n_envs=32, n_steps=16, batch_size=128, n_epochs=4,
    learning_rate=3e-3, episode_days=50,
)  # fmt: skip


def solvable(*, shuffled: bool) -> Market:
    """Four symbols whose next day's return shows in x0 today, or in no relation to it."""
    generator = np.random.default_rng(0)
    days = 400
    symbols = 4
    moves = generator.normal(0.0, 0.01, (days, symbols))
    close = 50.0 * np.exp(np.cumsum(moves, axis=0))
    hint = np.vstack([moves[1:], np.zeros((1, symbols))]) * 100.0
    hint += generator.normal(0.0, 1.0, hint.shape)
    if shuffled:
        hint = generator.permutation(hint)
    features = np.stack([hint, *generator.normal(size=(2, days, symbols))], axis=-1)
    opening = np.vstack([close[:1], close[:-1]])
    return market_of(opening, close, features, np.ones((days, symbols), dtype=bool))


def trained_network(market: Market, seed: int, *, ours: bool, **changes: Any) -> Any:
    config = replace(CONFIG, **changes)
    batch = batch_of(
        market, "weights", rows=range(22, 300), count=32, episode_days=50,
        generator=torch.Generator().manual_seed(seed),
    )  # fmt: skip
    make = lambda: small_network("weights", normalised=config.normalise_account)  # noqa: E731
    quiet = Logger(folder=None, output_formats=[])
    if ours:
        model = DevicePPO(batch, make, config=config, seed=seed)
        model.set_logger(quiet)
        model.learn(config.total_timesteps, callback=CallbackList([]))
        return model.network
    theirs = sb3_model(batch, make, config, seed=seed)
    theirs.set_logger(quiet)
    theirs.learn(config.total_timesteps)
    return theirs.policy.network


def excess(market: Market, network: Any) -> float:
    """The mean daily excess return, in basis points, on days that were not trained on."""
    test = batch_of(market, "weights", rows=range(300, 400), count=1, episode_days=99)
    paid = []
    for _ in range(99):
        with torch.no_grad():
            action = distribution_of(test.scheme.space(4), network(test.observation())).mode()
        paid.append(float(test.step(action.clamp(-5.0, 5.0)).reward[0]))
    return float(np.mean(paid)) * 1e4


def outcomes(*, ours: bool, shuffled: bool) -> np.ndarray:
    torch.set_num_threads(1)
    market = solvable(shuffled=shuffled)
    return np.array([excess(market, trained_network(market, s, ours=ours)) for s in SEEDS])


def test_what_can_be_learned_is_with_account_state_and_rewards_normalised() -> None:
    torch.set_num_threads(1)
    changes = {"normalise_account": True, "normalise_reward": True, "total_timesteps": 4_096}
    learned, nothing = (
        excess(market, trained_network(market, 0, ours=True, **changes))
        for market in (solvable(shuffled=False), solvable(shuffled=True))
    )
    assert learned > 10.0
    assert abs(nothing) < 2.0


@pytest.mark.slow
def test_both_loops_learn_the_same() -> None:
    ours, theirs = (outcomes(ours=each, shuffled=False) for each in (True, False))
    difference = ours - theirs
    low, high = stats.t.interval(
        0.95, len(SEEDS) - 1, loc=difference.mean(), scale=stats.sem(difference)
    )
    assert stats.ttest_1samp(ours, 0.0).statistic > 5.0
    assert stats.ttest_1samp(theirs, 0.0).statistic > 5.0
    assert max(abs(low), abs(high)) < 0.25 * theirs.mean()


@pytest.mark.slow
def test_nothing_is_learned_where_nothing_is_to_be_learned() -> None:
    found = outcomes(ours=True, shuffled=True)
    learned = outcomes(ours=True, shuffled=False)
    assert abs(found.mean()) < 0.2 * learned.mean()
