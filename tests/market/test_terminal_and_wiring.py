"""Rewards are paid on what truly happened, once at the end; what is wrong is refused by name."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from scalar_market import open_plain, plain_day
from schemes_and_rewards import PENALTY, REWARDS, SCHEMES, accounts_of, random_actions
from walkforge.market.adapters import AccountVecEnv
from walkforge.market.environment import AccountBatch
from walkforge.market.market import Market
from walkforge.market.rollout import rollout
from walkforge.splits.windows import Window
from worlds import market_of, money, random_walks

COSTLY = money(commission_bps=30.0, spread_bps=8.0, slippage_bps=5.0, stamp_duty_bps=10.0)


def batch(market: Market, name: str = "weights", count: int = 3, **other) -> AccountBatch:
    settings = {"config": COSTLY, "rows": range(22, 58)} | other
    return accounts_of(market, SCHEMES[name], count, **settings)


def crashing(row: int = 38) -> Market:
    market = random_walks(3, symbols=1)
    close = market.close.numpy().copy()
    close[row:] = close[row - 1] * 0.01
    close[row + 2 :] *= 90.0  # and a rebound
    return market_of(close, close, market.features.numpy(), market.tradable.numpy())


@pytest.mark.parametrize("name", REWARDS)
def test_every_reward_is_paid_on_the_plain_account_of_the_day(name: str) -> None:
    market, (reward, plain) = random_walks(4), REWARDS[name]
    accounts = batch(market, reward=reward)
    scheme = SCHEMES["weights"]
    start = accounts.day.clone()
    earned = market.close[1:] / market.close[:-1] - 1.0
    found = []
    chosen = []
    for n in range(20):
        action = random_actions(scheme, 4, 3, n)
        seen = accounts.observation()
        chosen.append(scheme.adjusted(scheme.targets(action, seen), seen).tolist())
        found.append(accounts.step(action).reward.tolist())
    for i in range(3):
        account = open_plain(4, COSTLY.initial_cash)
        days = []
        for n in range(20):
            row = int(start[i]) + n
            before = account.equity
            account = plain_day(account, chosen[n][i], market, row, COSTLY)
            traded = sum(abs(fill.units) * fill.price for fill in account.fills)
            days.append(
                {
                    "before": before,
                    "after": account.equity,
                    "market": float(earned[row].mean()),
                    "realised": account.realised,
                    "cost": sum(fill.cost for fill in account.fills),
                    "turnover": traded / before,
                }
            )
        expected = np.array(plain(days)) - PENALTY * np.array([day["turnover"] for day in days])
        own = [rewards[i] for rewards in found]
        np.testing.assert_allclose(own, expected, rtol=1e-4, atol=1e-6)


def test_ruin_is_paid_once_and_the_account_must_be_restarted() -> None:
    accounts = batch(crashing(), count=1, rows=range(25, 58), episode_days=32)
    everything = torch.tensor([[5.0, -5.0]])
    paid = []
    while True:
        step = accounts.step(everything)
        paid.append(float(step.reward[0]))
        if bool(step.terminated[0]):
            break
    assert not bool(step.truncated[0])
    assert paid[-1] < -2.0
    with pytest.raises(ValueError, match="account 0 is past its episode's end"):
        accounts.step(everything)
    accounts.restart(torch.tensor([True]))
    accounts.step(everything)


def test_ruin_reaches_the_vector_environment_as_termination() -> None:
    environment = AccountVecEnv(batch(crashing(), count=4, rows=range(25, 58), episode_days=32))
    environment.reset()
    for _ in range(20):
        _, _, done, infos = environment.step(np.tile([5.0, -5.0], (4, 1)).astype(np.float32))
        if done.any():
            break
    assert done.any()
    assert not any(infos[i]["TimeLimit.truncated"] for i in np.flatnonzero(done))


def test_a_total_loss_is_ruin_with_a_finite_reward_and_finite_frames() -> None:
    market = random_walks(5, symbols=1)
    gone = torch.zeros_like(market.tradable)
    gone[40] = True
    tradable = market.tradable.clone()
    tradable[40:] = False
    market = replace(market, delisted=gone, tradable=tradable)
    config = replace(COSTLY, delisting_haircut=1.0, ruin_fraction=0.0)
    accounts = batch(market, count=1, rows=range(30, 58), episode_days=27, config=config)
    while not bool((step := accounts.step(torch.tensor([[5.0, -50.0]]))).terminated[0]):
        assert int(accounts.day[0]) < 45 or float(accounts.accounts.equity[0]) > 0.0
        if bool(step.truncated[0]):
            break
    assert bool(torch.isfinite(step.reward).all())
    everything = torch.tensor([[1.0, 0.0]], dtype=torch.float64)
    window = Window(market.dates[30], market.dates[50])
    daily = rollout(lambda seen: everything, market, window, config=config).daily
    assert (
        daily.select(daily.columns[1:]).to_numpy().size
        == np.isfinite(daily.select(daily.columns[1:]).to_numpy()).sum()
    )


def test_a_seed_of_the_vector_environment_fixes_its_episodes() -> None:
    environment = AccountVecEnv(batch(random_walks(6), count=5))
    environment.seed(5)
    one = environment.reset()
    other = environment.reset()
    environment.seed(5)
    again = environment.reset()
    np.testing.assert_array_equal(one["features"], again["features"])
    assert not np.array_equal(one["features"], other["features"])
    assert not environment.has_attr("action_masks")


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_an_order_that_is_no_number_stops_a_roll_out_by_name(value: float) -> None:
    market = random_walks(7)
    wrong = torch.tensor([[0.5, value, 0.0, 0.0, 0.5]], dtype=torch.float64)
    window = Window(market.dates[25], market.dates[30])
    with pytest.raises(ValueError, match=rf"'S01' at the close of {market.dates[24]}"):
        rollout(lambda seen: wrong, market, window, config=COSTLY)


def test_wrong_actions_and_places_are_refused_by_name() -> None:
    market = random_walks(8)
    portfolio = batch(market)
    action = torch.zeros(3, 5)
    action[1, 2] = torch.nan
    with pytest.raises(ValueError, match=r"account 1 acts outside its space \(step 0, .*'S02'\)"):
        portfolio.step(action)
    for name, bad in (
        ("regimes12", torch.tensor([0, 12, 1])),
        ("regimes_dynamic", torch.tensor([0, -1, 1])),
        ("discrete9", torch.tensor([0, 9, 1])),
    ):
        with pytest.raises(ValueError, match="account 1 acts outside its space"):
            batch(market, name).step(bad)
    for name, bad in (
        ("discrete9", torch.zeros(3, 1, dtype=torch.int64)),
        ("discrete9", torch.tensor([0.0, 1.0, 2.0])),
        ("signals3", torch.zeros(3, 1, dtype=torch.int64)),
        ("continuous1", torch.zeros(3, 2)),
    ):
        with pytest.raises(ValueError, match="are needed"):
            batch(market, name).step(bad)
    sleeve = batch(market, "discrete9")
    with pytest.raises(ValueError, match="columns are from 0 to 3"):
        sleeve.start_at(torch.tensor([26, 26, 26]), torch.tensor([0, 4, 1]))
    with pytest.raises(ValueError, match="at least 1"):
        batch(market, episode_days=0)
    with pytest.raises(ValueError, match="holds no day"):
        batch(market, rows=range(22, 90))


@given(seed=st.integers(0, 10_000), cost=st.floats(0.0, 200.0))
def test_costs_only_ever_take_and_without_them_money_is_conserved(seed: int, cost: float) -> None:
    market = random_walks(seed % 50)
    flat = market.close[:1].expand_as(market.close).contiguous()
    still = replace(market, open=flat, close=flat)
    generator = torch.Generator().manual_seed(seed)

    def decide(seen):
        return torch.softmax(
            torch.randn(1, 5, generator=generator, dtype=torch.float64) * 3, dim=-1
        )

    window = Window(market.dates[25], market.dates[45])
    config = money(commission_bps=cost, spread_bps=cost / 3, slippage_bps=cost / 5)
    rolled = rollout(decide, still, window, config=config)
    costs = rolled.ledger.select("commission", "stamp_duty", "spread", "slippage", "impact")
    paid = float(costs.sum_horizontal().sum()) / config.initial_cash
    assert rolled.daily["equity"][-1] == pytest.approx(1.0 - paid, rel=1e-9)
    assert (np.diff(rolled.daily["equity"], prepend=1.0) <= 1e-12).all()


def test_a_purchase_before_an_exit_at_the_same_close_holds_what_it_bought() -> None:
    market = random_walks(9, symbols=1)
    gone = torch.zeros_like(market.tradable)
    tradable = market.tradable.clone()
    gone[40], tradable[40:] = True, False
    market = replace(market, delisted=gone, tradable=tradable)
    everything = torch.tensor([[1.0, 0.0]], dtype=torch.float64)
    window = Window(market.dates[40], market.dates[44])
    config = money(execution="same_close")
    ledger = rollout(lambda seen: everything, market, window, config=config).ledger
    assert ledger["side"].to_list() == ["buy", "delisted"]
    assert ledger["holding_after"][0] == pytest.approx(ledger["quantity"][0])
    assert ledger["holding_after"][1] == 0.0
