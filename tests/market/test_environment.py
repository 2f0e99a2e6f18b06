"""The batched accounts and their gymnasium and stable-baselines3 faces."""

import gymnasium
import numpy as np
import pytest
import torch
from gymnasium.utils.env_checker import check_env as check_gymnasium
from stable_baselines3.common.env_checker import check_env as check_sb3

from walkforge.market.adapters import AccountEnv, AccountVecEnv
from walkforge.market.environment import AccountBatch
from walkforge.market.market import Market
from walkforge.market.rewards.excess_log_return import Reward as ExcessLogReturn
from walkforge.market.rewards.log_return import Reward as LogReturn
from walkforge.market.schemes.weights import Scheme
from worlds import market_of, money, random_walks

CONFIG = money(commission_bps=10.0)


def batch(market: Market, count: int, *, reward=None, seed: int = 0, episode: int = 20):
    return AccountBatch(
        market,
        scheme=Scheme(kappa=1.0, cash_bias=-3.0),
        reward=reward or LogReturn(trade_penalty=0.0),
        config=CONFIG,
        rows=range(2, 50),
        count=count,
        episode_days=episode,
        generator=torch.Generator().manual_seed(seed),
    )


@pytest.mark.filterwarnings("ignore:.*Box observation space.*", "ignore:.*infinity.*")
def test_both_environment_checks_pass() -> None:
    check_gymnasium(AccountEnv(batch(random_walks(0), 1)), skip_render_check=True)
    check_sb3(AccountEnv(batch(random_walks(0), 1)))


def test_an_account_in_a_batch_fares_as_it_would_alone() -> None:
    market = random_walks(1)
    together = batch(market, 5)
    together.reset()
    starts = together.day.clone()
    actions = torch.randn(20, 5, 5, generator=torch.Generator().manual_seed(1))
    rewards = torch.stack([together.step(action).reward for action in actions])
    for i in range(5):
        alone = batch(market, 1)
        alone.start_at(starts[i : i + 1])
        own = torch.stack([alone.step(action[i : i + 1]).reward for action in actions])
        torch.testing.assert_close(own[:, 0], rewards[:, i], rtol=1e-6, atol=1e-8)


def test_episodes_stay_inside_their_rows_and_end_as_truncated() -> None:
    vec = AccountVecEnv(batch(random_walks(2), 8))
    vec.reset()
    ends = 0
    for _ in range(60):
        assert int(vec.batch.day.min()) >= 2
        assert int(vec.batch.day.max()) < 49
        _, _, done, infos = vec.step(np.zeros((8, 5), dtype=np.float32))
        for i in np.flatnonzero(done):
            ends += 1
            assert infos[i]["TimeLimit.truncated"]
            assert infos[i]["terminal_observation"]["weights"].shape == (5,)
    assert ends == 8 * 3
    assert vec.batch.accounts.equity.isfinite().all()


def test_ruin_terminates_and_is_not_called_the_end_of_the_window() -> None:
    market = random_walks(3, symbols=1)
    close = market.close.numpy().copy()
    close[10:] = close[9] * 0.01
    crashed = market_of(close, close, market.features.numpy(), market.tradable.numpy())
    accounts = batch(crashed, 1, episode=46)
    accounts.reset()
    for _ in range(8):
        day = accounts.step(torch.tensor([[5.0, -5.0]]))
        if bool(day.terminated[0]):
            break
    assert bool(day.terminated[0])
    assert not bool(day.truncated[0])


def test_rewards_equal_hand_values() -> None:
    market = random_walks(4)
    for reward in (LogReturn(trade_penalty=0.0), ExcessLogReturn(trade_penalty=0.0)):
        accounts = batch(market, 3, reward=reward)
        accounts.reset()
        row = accounts.day.clone()
        before = accounts.accounts.equity.clone()
        day = accounts.step(torch.zeros(3, 5))
        net = np.log((accounts.accounts.equity / before).numpy())
        if isinstance(reward, ExcessLogReturn):
            mean = (market.close[row + 1] / market.close[row] - 1).mean(dim=1).numpy()
            net = net - np.log1p(mean)
        np.testing.assert_allclose(day.reward.numpy(), net, rtol=1e-5, atol=1e-8)


def test_a_seed_fixes_the_start_of_an_episode() -> None:
    environment = AccountEnv(batch(random_walks(5), 1))
    first, _ = environment.reset(seed=7)
    again, _ = environment.reset(seed=7)
    np.testing.assert_array_equal(first["features"], again["features"])
    assert isinstance(environment, gymnasium.Env)


def test_an_action_that_is_not_finite_is_an_error_that_names_the_account() -> None:
    accounts = batch(random_walks(6), 3)
    accounts.reset()
    action = torch.zeros(3, 5)
    action[1, 2] = torch.nan
    with pytest.raises(ValueError, match="account 1"):
        accounts.step(action)


def test_an_account_at_the_end_of_its_episode_must_be_restarted() -> None:
    accounts = batch(random_walks(6), 2, episode=3)
    accounts.reset()
    for _ in range(3):
        day = accounts.step(torch.zeros(2, 5))
    assert bool(day.truncated.all())
    with pytest.raises(ValueError, match="account 0 is past"):
        accounts.step(torch.zeros(2, 5))


def test_episodes_never_touch_what_is_left_out() -> None:
    accounts = AccountBatch(
        random_walks(2),
        scheme=Scheme(kappa=1.0, cash_bias=-3.0),
        reward=LogReturn(trade_penalty=0.0),
        config=CONFIG,
        rows=range(2, 50),
        count=16,
        episode_days=20,
        generator=torch.Generator().manual_seed(0),
        left_out=[range(14, 19), range(31, 40)],
    )
    assert accounts.episode_days == 5  # half of the shortest stretch, rows 40 to 49
    seen = set()
    marked = set()
    for _ in range(300):
        days = accounts.day.tolist()
        step = accounts.step_with_reset(torch.zeros(16, 5))
        seen |= set(days)
        marked |= {day + 1 for day in days}
        assert bool(torch.isfinite(step.reward).all())
    assert seen | marked == {*range(2, 14), *range(19, 31), *range(40, 50)}
    for day in (9, 12, 15, 30):
        with pytest.raises(ValueError, match="episodes start"):
            accounts.start_at(torch.full((16,), day))
    accounts.start_at(torch.full((16,), 8))


def test_what_leaves_no_day_to_trade_is_refused() -> None:
    with pytest.raises(ValueError, match="leaves a single row"):
        AccountBatch(
            random_walks(2), scheme=Scheme(kappa=1.0, cash_bias=-3.0),
            reward=LogReturn(trade_penalty=0.0), config=CONFIG, rows=range(2, 50), count=1,
            episode_days=20, generator=torch.Generator().manual_seed(0), left_out=[range(3, 30)],
        )  # fmt: skip
