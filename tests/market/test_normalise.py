"""Running statistics equal NumPy's, freeze, and come back as they were."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from stable_baselines3.common.running_mean_std import RunningMeanStd as TheirMeanStd
from stable_baselines3.common.vec_env import VecNormalize

from schemes_and_rewards import SCHEMES
from walkforge.errors import InputError
from walkforge.market.adapters import AccountVecEnv
from walkforge.market.environment import AccountBatch
from walkforge.market.normalise import NormaliseConfig, NormalisedVecEnv
from walkforge.market.rewards.log_return import Reward
from walkforge.market.running import RunningMeanStd
from worlds import money, random_walks

BOTH = NormaliseConfig(account=True, reward=True, gamma=0.9, clip=10.0)


def accounts(count: int = 8) -> AccountVecEnv:
    batch = AccountBatch(
        random_walks(0),
        scheme=SCHEMES["weights"],
        reward=Reward(trade_penalty=0.0),
        config=money(commission_bps=10.0),
        rows=range(25, 55),
        count=count,
        episode_days=7,
        generator=torch.Generator().manual_seed(0),
    )
    return AccountVecEnv(batch)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(sizes=st.lists(st.integers(0, 9), min_size=1, max_size=6), seed=st.integers(0, 999))
def test_batches_give_the_mean_and_deviation_of_all_values_at_once(sizes, seed):
    generator = np.random.default_rng(seed)
    running = RunningMeanStd((3,))
    parts = [generator.normal(1e6, [1.0, 1e-3, 1e3], (size, 3)) for size in sizes]
    for part in parts:
        running.update(part)
    whole = np.concatenate(parts)
    if len(whole) > 1:
        np.testing.assert_allclose(running.mean, whole.mean(axis=0), rtol=1e-12)
        np.testing.assert_allclose(running.std, whole.std(axis=0), rtol=1e-6)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(sizes=st.lists(st.integers(0, 99), min_size=2, max_size=9), seed=st.integers(0, 999))
def test_tensors_in_parts_give_numpys_figures_of_all_at_once(sizes, seed):
    generator = np.random.default_rng(seed)
    running = RunningMeanStd((2,))
    parts = [generator.normal(0.3, [0.2, 5.0], (size, 2)) for size in sizes]
    for part in parts:
        running.update(torch.as_tensor(part))
    whole = np.concatenate(parts)
    if len(whole) > 1:
        np.testing.assert_allclose(running.mean, whole.mean(axis=0), rtol=1e-12, atol=1e-12)
        np.testing.assert_allclose(running.std, whole.std(axis=0), rtol=1e-12)


def test_what_never_changes_is_not_blown_up():
    running = RunningMeanStd(())
    assert float(running.std) == 1.0
    for size in (3, 7, 11):
        running.update(np.full(size, 0.1))  # whose mean is off by rounding
    assert float(running.std) == 1.0


def play(environment, steps: int, seed: int = 1) -> list[tuple[np.ndarray, np.ndarray]]:
    generator = np.random.default_rng(seed)
    environment.reset()
    made = []
    for _ in range(steps):
        action = generator.normal(size=(environment.num_envs, 5)).astype(np.float32)
        seen, rewards, _, _ = environment.step(action)
        made.append((seen["weights"], rewards))
    return made


def test_rewards_are_scaled_as_stable_baselines3_scales_them():
    ours = play(NormalisedVecEnv(accounts(), BOTH), 40)
    theirs = play(VecNormalize(accounts(), norm_obs=False, gamma=0.9, epsilon=0.0), 40)
    # Theirs starts from an invented 1e-4 of a value; after 240 values it hardly shows.
    for (_, own), (_, their) in zip(ours[30:], theirs[30:], strict=True):
        np.testing.assert_allclose(own, their, rtol=5e-3)
    assert TheirMeanStd().count == pytest.approx(1e-4)


def test_account_state_is_standardised_by_all_that_was_seen():
    plain = accounts()
    normalised = NormalisedVecEnv(accounts(), BOTH)
    seen = [plain.reset()["weights"]]
    actions = np.random.default_rng(2).normal(size=(20, 8, 5)).astype(np.float32)
    normalised.reset()
    for action in actions:
        raw = plain.step(action)[0]["weights"]
        seen.append(raw)
        found = normalised.step(action)[0]["weights"]
        whole = np.concatenate(seen).astype(np.float64)
        expected = (raw - whole.mean(axis=0)) / whole.std(axis=0)
        np.testing.assert_allclose(found, np.clip(expected, -10, 10), rtol=1e-4, atol=1e-5)


def test_frozen_statistics_learn_nothing_and_leave_rewards_alone():
    environment = NormalisedVecEnv(accounts(), BOTH)
    play(environment, 20)
    before = {name: x.clone() for name, x in environment.state().items()}
    environment.frozen = True
    rewards = [paid for _, paid in play(environment, 20, seed=3)]
    plain = [paid for _, paid in play(accounts(), 20, seed=3)]
    assert np.shape(rewards) == np.shape(plain)
    for name, x in environment.state().items():
        if name != "running":
            np.testing.assert_array_equal(x, before[name])


def test_saved_statistics_come_back_and_serve_other_accounts():
    environment = NormalisedVecEnv(accounts(), BOTH)
    play(environment, 20)
    again = NormalisedVecEnv(accounts(3), BOTH)
    again.load(environment.state())
    np.testing.assert_array_equal(again.account.mean, environment.account.mean)
    np.testing.assert_array_equal(again.returns.std, environment.returns.std)
    other = RunningMeanStd((2,))
    with pytest.raises(InputError, match=r"shape \(5,\) do not fit \(2,\)"):
        other.load(environment.account.state())
    broken = environment.account.state() | {"mean": torch.full((5,), torch.nan)}
    with pytest.raises(InputError, match="NaN or infinite"):
        RunningMeanStd((5,)).load(broken)


def test_the_last_observation_of_an_episode_is_standardised_too():
    environment = NormalisedVecEnv(accounts(), BOTH)
    environment.reset()
    for n in range(7):
        action = np.random.default_rng(n).normal(size=(8, 5)).astype(np.float32)
        _, _, done, infos = environment.step(action)
    assert done.all()
    last = infos[0]["terminal_observation"]["weights"]
    raw = last * environment.account.std.numpy() + environment.account.mean.numpy()
    assert raw.sum() == pytest.approx(1.0, abs=0.2)
