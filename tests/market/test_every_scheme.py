"""Every scheme and reward through the batched environment, against the plain account."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from gymnasium.utils.env_checker import check_env as check_gymnasium
from stable_baselines3.common.env_checker import check_env as check_sb3

from scalar_market import open_plain, plain_day
from schemes_and_rewards import REWARDS, SCHEMES, accounts_of, random_actions, weights_environment
from walkforge.errors import InputError
from walkforge.market.adapters import AccountEnv, AccountVecEnv, WindowEnv, in_processes
from walkforge.market.config import LimitConfig
from walkforge.market.environment import AccountBatch
from walkforge.market.market import Market
from walkforge.market.rollout import rollout
from walkforge.market.schemes.scheme import Scheme
from walkforge.splits.windows import Window
from worlds import money, random_walks

COSTLY = money(
    commission_bps=10.0, stamp_duty_bps=50.0, spread_bps=2.0, slippage_bps=5.0,
    impact="square_root", impact_coefficient=1.0,
    limits=LimitConfig(position_cap=0.4, stop_loss=0.05, take_profit=0.15, max_trades=60),
)  # fmt: skip
SINGLE = [name for name, scheme in SCHEMES.items() if scheme.single_symbol]


def batch(scheme: Scheme, market: Market, count: int, **other) -> AccountBatch:
    return accounts_of(market, scheme, count, **{"config": COSTLY} | other)


@pytest.mark.parametrize("name", SCHEMES)
def test_an_episode_equals_that_of_plain_accounts(name: str) -> None:
    market = random_walks(1)
    scheme = SCHEMES[name]
    accounts = batch(scheme, market, 4)
    start = accounts.day.clone()
    symbols = accounts.symbol
    chosen = []
    paid = []
    for n in range(20):
        seen = accounts.observation()
        action = random_actions(scheme, accounts.symbols, 4, n)
        chosen.append(scheme.adjusted(scheme.targets(action, seen), seen).tolist())
        paid.append(accounts.step(action).reward.tolist())
    for i in range(4):
        own = market if symbols is None else market.of_columns([int(symbols[i])])
        account = open_plain(len(own.symbols), COSTLY.initial_cash)
        for n in range(20):
            before = account.equity
            account = plain_day(account, chosen[n][i], own, int(start[i]) + n, COSTLY)
            assert np.log(account.equity / before) == pytest.approx(paid[n][i], rel=1e-5, abs=1e-7)
        assert float(accounts.accounts.equity[i]) == pytest.approx(account.equity, rel=1e-9)


@pytest.mark.parametrize("name", REWARDS)
def test_an_account_in_a_batch_is_paid_as_it_would_be_alone(name: str) -> None:
    market = random_walks(2)
    reward = REWARDS[name][0]
    scheme = SCHEMES["discrete9"]
    together = batch(scheme, market, 5, reward=reward)
    start = together.day.clone()
    symbols = together.symbol
    actions = [random_actions(scheme, 1, 5, n) for n in range(20)]
    rewards = torch.stack([together.step(action).reward for action in actions])
    for i in range(5):
        alone = batch(scheme, market, 1, reward=reward)
        alone.start_at(start[[i]], symbols[[i]])
        own = torch.stack([alone.step(action[[i]]).reward for action in actions])
        torch.testing.assert_close(own[:, 0], rewards[:, i], rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("name", REWARDS)
def test_a_restart_forgets_what_the_reward_remembered(name: str) -> None:
    accounts = batch(SCHEMES["weights"], random_walks(3), 3, reward=REWARDS[name][0])
    for n in range(5):
        accounts.step(random_actions(SCHEMES["weights"], 4, 3, n))
    accounts.restart(torch.tensor([True, False, True]))
    initial = torch.tensor(REWARDS[name][0].initial, dtype=torch.float64)
    assert torch.equal(accounts.state.reward_state[0], initial)
    assert torch.equal(accounts.state.reward_state[2], initial)
    assert accounts.accounts.holdings[0].sum() == 0.0
    assert accounts.accounts.holdings[1].sum() > 0.0


@pytest.mark.parametrize("name", SCHEMES)
@pytest.mark.filterwarnings("ignore:.*space.*", "ignore:.*infinity.*", "ignore:.*unconventional.*")
def test_both_environment_checks_pass(name: str) -> None:
    environment = AccountEnv(batch(SCHEMES[name], random_walks(0), 1))
    check_gymnasium(environment, skip_render_check=True)
    check_sb3(environment)


@pytest.mark.parametrize("name", SINGLE)
@pytest.mark.parametrize("window", [1, 260])
@pytest.mark.filterwarnings("ignore:.*space.*", "ignore:.*infinity.*", "ignore:.*unconventional.*")
def test_both_checks_pass_with_a_window(name: str, window: int) -> None:
    environment = WindowEnv(batch(SCHEMES[name], random_walks(0), 1), window=window)
    check_gymnasium(environment, skip_render_check=True)
    check_sb3(environment)


def test_a_window_is_of_260_bars_unless_told_otherwise() -> None:
    environment = WindowEnv(batch(SCHEMES["discrete9"], random_walks(4), 1))
    assert environment.observation_space.shape == (260, len(random_walks(4).feature_names) + 1)
    seen, _ = environment.reset(seed=0)
    assert seen.shape == environment.observation_space.shape


def test_a_window_holds_the_last_bars_of_its_symbol_and_nothing_before_the_data() -> None:
    market = random_walks(4)
    environment = WindowEnv(batch(SCHEMES["discrete9"], market, 1), window=40)
    seen, info = environment.reset(seed=3)
    day = int(environment.batch.day[0])
    column = market.symbols.index(info["symbol"])
    known = min(day + 1, 40)
    features = market.features[day + 1 - known : day + 1, column].numpy()
    np.testing.assert_array_equal(seen[40 - known :, :-1], features)
    assert not seen[: 40 - known].any()
    seen, *_ = environment.step(np.int64(4))
    assert seen[0, -1] == seen[-1, -1] > 0.3
    with pytest.raises(ValueError, match="one account that trades one symbol"):
        WindowEnv(batch(SCHEMES["weights"], market, 1))


def test_windows_of_portfolios_hold_all_symbols() -> None:
    market = random_walks(4)
    accounts = batch(SCHEMES["weights"], market, 3)
    windows = accounts.windows(5)
    assert windows.shape == (3, 5, 4 * 3)
    day = int(accounts.day[1])
    torch.testing.assert_close(windows[1, -1], market.features[day].flatten())
    torch.testing.assert_close(windows[1, 0], market.features[day - 4].flatten())
    given = torch.empty(3, 5 * 4 * 3)
    assert accounts.windows(5, out=given).data_ptr() == given.data_ptr()
    torch.testing.assert_close(given.reshape(windows.shape), windows)


def test_episodes_of_single_symbols_start_where_the_symbol_can_be_traded() -> None:
    market = random_walks(5)
    tradable = market.tradable.clone()
    tradable[:32, 1] = False
    tradable[:, 2] = False
    accounts = batch(SCHEMES["continuous1"], replace(market, tradable=tradable), 400)
    assert set(accounts.symbol.tolist()) == {0, 1, 3}
    assert int(accounts.day[accounts.symbol == 1].min()) >= 32
    assert int(accounts.day.max()) + 20 <= 54
    nothing = replace(market, tradable=torch.zeros_like(tradable))
    with pytest.raises(ValueError, match="no tradable symbol in rows 25 to"):
        batch(SCHEMES["discrete9"], nothing, 2)


def test_sleeves_are_rolled_side_by_side_and_never_share_cash() -> None:
    market = random_walks(6)
    scheme = SCHEMES["discrete9"]
    actions = torch.randint(9, (60, 4), generator=torch.Generator().manual_seed(1))
    window = Window(market.dates[5], market.dates[50])
    days = iter(range(60))
    rolled = rollout(
        lambda seen: scheme.targets(actions[next(days)], seen),
        market,
        window,
        config=COSTLY,
        single_symbol=True,
    )
    total = np.zeros(45)
    for k in range(4):
        own = market.of_columns([k])
        days = iter(range(60))
        alone = rollout(
            lambda seen, k=k, days=days: scheme.targets(actions[next(days)][[k]], seen),
            own,
            window,
            config=replace(COSTLY, initial_cash=COSTLY.initial_cash / 4),
        )
        total += alone.daily["equity"].to_numpy() / 4
    np.testing.assert_allclose(rolled.daily["equity"], total, rtol=1e-12)
    assert set(rolled.ledger["symbol"]) == set(market.symbols)


@pytest.mark.parametrize("name", ["discrete9", "signals3", "regimes_dynamic"])
def test_the_vector_environment_takes_discrete_actions(name: str) -> None:
    scheme = SCHEMES[name]
    environment = AccountVecEnv(batch(scheme, random_walks(7), 6))
    environment.reset()
    for n in range(45):
        action = random_actions(scheme, environment.batch.symbols, 6, n).numpy()
        _, rewards, done, _ = environment.step(action)
        assert np.isfinite(rewards).all()
        assert done.all() == ((n + 1) % 20 == 0)


def test_environments_in_processes_have_seeds_of_their_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tests = Path(__file__).parents[1]
    monkeypatch.setenv("PYTHONPATH", f"{tests.parent / 'src'}:{tests}")
    environments = in_processes(weights_environment, [1, 2])
    try:
        seen = environments.reset()
        assert not np.array_equal(seen["features"][0], seen["features"][1])
    finally:
        environments.close()
    with pytest.raises(ValueError, match=r"seeds \[1, 1\] are not all different"):
        in_processes(weights_environment, [1, 1])


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_what_is_no_number_is_named_with_account_day_and_symbol(value: float) -> None:
    market = random_walks(9)
    accounts = batch(SCHEMES["continuous1"], market, 3)
    action = torch.zeros(3, 1)
    action[1, 0] = value
    day = market.dates[int(accounts.day[1])]
    symbol = market.symbols[int(accounts.symbol[1])]
    with pytest.raises(
        ValueError, match=rf"account 1 acts outside its space \(step 0, {day}, '{symbol}'\)"
    ):
        accounts.step(action)

    class Broken:
        initial = ()

        def __call__(self, day, state):
            return torch.tensor([0.0, 0.0, value], dtype=torch.float64), state

    broken = batch(SCHEMES["weights"], market, 3, reward=Broken())
    with pytest.raises(
        ValueError, match=r"account 2 has a reward that is not a number \(step 1, 20"
    ):
        broken.step(torch.zeros(3, 5))
    close = market.close.clone()
    close[30, 2] = value
    with pytest.raises(InputError, match=rf"close of 'S02' on {market.dates[30]} is"):
        batch(SCHEMES["weights"], replace(market, close=close), 3)


def test_limits_hold_at_every_decision() -> None:
    market = random_walks(10, days=80)
    config = money(limits=LimitConfig(position_cap=0.2, stop_loss=None, take_profit=None,
                                      max_trades=None))  # fmt: skip

    def greedy(seen):
        return torch.tensor([[0.9, 0.1, 0.0, 0.0, 0.0]], dtype=torch.float64)

    window = Window(market.dates[1], market.dates[-1])
    rolled = rollout(greedy, market, window, config=config)
    # Prices move between decision and close: a weight may pass the cap by that, and no more.
    assert rolled.weights.filter(symbol="S00")["weight"].max() < 0.2 * 1.12
    assert rolled.daily["cash_weight"].min() > 0.65


def test_a_stop_sells_at_the_next_open_however_far_it_gapped() -> None:
    market = random_walks(11, days=10, symbols=1)
    close = torch.tensor([[10.0], [10.0], [10.0], [9.4], [7.0], [7.0], [7.0], [7.0], [7.0], [7.0]])
    opening = torch.tensor(
        [[10.0], [10.0], [10.0], [9.9], [8.0], [7.0], [7.0], [7.0], [7.0], [7.0]]
    )
    falling = replace(market, close=close.double(), open=opening.double())
    config = money(limits=LimitConfig(position_cap=None, stop_loss=0.05, take_profit=None,
                                      max_trades=1))  # fmt: skip
    whole = torch.tensor([[1.0, 0.0]], dtype=torch.float64)
    window = Window(market.dates[2], market.dates[8])
    rolled = rollout(lambda seen: whole, falling, window, config=config)
    # Bought at 10, below 9.5 at the close of row 3, sold at row 4's open of 8; no trade is left.
    assert rolled.ledger.select("side", "price").rows() == [("buy", 10.0), ("sell", 8.0)]
    assert rolled.daily["equity"][-1] == pytest.approx(0.8)


def test_a_target_takes_its_profit() -> None:
    market = random_walks(12, days=8, symbols=1)
    close = torch.tensor([[10.0], [10.0], [10.0], [11.6], [12.0], [12.0], [12.0], [12.0]]).double()
    rising = replace(market, close=close, open=close)
    config = money(limits=LimitConfig(position_cap=None, stop_loss=None, take_profit=0.15,
                                      max_trades=1))  # fmt: skip
    whole = torch.tensor([[1.0, 0.0]], dtype=torch.float64)
    rolled = rollout(lambda seen: whole, rising, Window(market.dates[2], market.dates[7]),
                     config=config)  # fmt: skip
    assert rolled.ledger.select("side", "price").rows() == [("buy", 10.0), ("sell", 12.0)]


@pytest.mark.parametrize(("impact", "coefficient"), [("square_root", 1.0), ("simple", 0.01)])
def test_four_times_the_size_costs_eight_times_the_impact(impact: str, coefficient: float) -> None:
    market = random_walks(13, days=30)
    config = money(cash=1e6, impact=impact, impact_coefficient=coefficient)

    def impact_of(weight: float) -> float:
        wanted = torch.tensor([[weight, 0.0, 0.0, 0.0, 1 - weight]], dtype=torch.float64)
        window = Window(market.dates[25], market.dates[26])
        return float(
            rollout(lambda seen: wanted, market, window, config=config).ledger["impact"][0]
        )

    assert impact_of(0.4) == pytest.approx(8 * impact_of(0.1), rel=1e-9)


def test_stamp_duty_is_paid_by_buyers_alone() -> None:
    market = random_walks(14)
    turns = iter([1.0, 0.0] * 40)

    def in_and_out(seen):
        weight = next(turns)
        return torch.tensor([[weight, 0.0, 0.0, 0.0, 1 - weight]], dtype=torch.float64)

    window = Window(market.dates[1], market.dates[-1])
    ledger = rollout(in_and_out, market, window, config=money(stamp_duty_bps=50.0)).ledger
    bought = ledger.filter(side="buy")
    assert ledger.filter(side="sell")["stamp_duty"].sum() == 0.0
    np.testing.assert_allclose(bought["stamp_duty"], 50e-4 * bought["value"], rtol=1e-12)


def test_execution_decides_price_and_date_of_a_fill() -> None:
    market = random_walks(15)
    whole = torch.tensor([[1.0, 0.0, 0.0, 0.0, 0.0]], dtype=torch.float64)
    window = Window(market.dates[10], market.dates[20])
    expected = {
        "open": (10, market.open[10, 0]),
        "close": (10, market.close[10, 0]),
        "same_close": (9, market.close[9, 0]),
    }
    for execution, (row, price) in expected.items():
        ledger = rollout(
            lambda seen: whole, market, window, config=money(execution=execution)
        ).ledger
        assert ledger.row(0, named=True)["date"] == market.dates[row]
        assert ledger["price"][0] == float(price)
