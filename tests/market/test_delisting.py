"""What becomes of money in a symbol whose bars end: hand values, and the laws of money."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from walkforge.evaluation.baselines.naive import buy_and_hold, equal_weight
from walkforge.features.panel import build_panel
from walkforge.market.account import Observation
from walkforge.market.environment import AccountBatch
from walkforge.market.execution_inputs import ExecutionInputs, execution_table
from walkforge.market.market import Market
from walkforge.market.market import market_of as from_panel
from walkforge.market.rewards.log_return import Reward
from walkforge.market.rollout import Decide, rollout
from walkforge.market.schemes.weights import Scheme
from walkforge.market.simulator import (
    Accounts,
    close_out,
    marked,
    open_accounts,
    trade_day,
)
from walkforge.splits.windows import Window
from worlds import market_of, money, random_walks, weekdays

CONFIG = money(commission_bps=10.0)
few = settings(max_examples=25, deadline=None, derandomize=True)


def ending() -> Market:
    """Two symbols; the bars of the first end on row 2, at a close of 12."""
    close = np.array([[10, 20], [10, 20], [12, 20], [12, 20], [12, 22], [12, 22]], dtype=float)
    opening = np.array([[10, 20], [10, 20], [11, 20], [12, 20], [12, 21], [12, 22]], dtype=float)
    tradable = np.ones((6, 2), dtype=bool)
    tradable[3:, 0] = False
    delisted = np.zeros((6, 2), dtype=bool)
    delisted[3, 0] = True
    return market_of(opening, close, np.zeros((6, 2, 1)), tradable, delisted=delisted)


def whole(market: Market) -> Window:
    """The window of rows 1 to T - 2."""
    return Window(market.dates[1], market.dates[-1])


def two_fifths_each(seen: Observation) -> torch.Tensor:
    """40 % in each symbol for an account in cash, and no order ever after."""
    flat = seen.weights[:, -1:] == 1.0
    return torch.where(flat, torch.tensor([[0.4, 0.4, 0.2]], dtype=torch.float64), seen.weights)


def test_the_loss_lands_on_the_day_after_the_last_bar_by_hand() -> None:
    market = ending()
    rolled = rollout(two_fifths_each, market, whole(market), config=CONFIG)
    # 40 and 20 units bought for 800 and a commission of 0.8; 40 sold for 12 x 0.7 each.
    np.testing.assert_allclose(rolled.daily["equity"], [0.9992, 1.0792, 0.9352, 0.9752], rtol=1e-12)
    np.testing.assert_allclose(
        rolled.daily["cash_weight"],
        [199.2 / 999.2, 199.2 / 1079.2, 535.2 / 935.2, 535.2 / 975.2],
        rtol=1e-12,
    )
    assert rolled.daily["turnover"].to_list()[1:] == [0.0, 0.0, 0.0]
    assert rolled.daily["cost"].to_list()[1:] == [0.0, 0.0, 0.0]
    assert rolled.daily["gross_return"].to_list()[1:] == rolled.daily["net_return"].to_list()[1:]
    assert rolled.weights.filter(symbol="S00")["date"].to_list() == list(market.dates[1:3])
    exit_ = rolled.ledger.filter(side="delisted").to_dicts()
    assert len(rolled.ledger) == 3
    assert [(row["date"], row["symbol"]) for row in exit_] == [(market.dates[3], "S00")]
    expected = {
        "quantity": 40.0,
        "price": 8.4,
        "value": 336.0,
        "commission": 0.0,
        "cash_after": 535.2,
        "holding_after": 0.0,
    }
    for name, value in expected.items():
        assert exit_[0][name] == pytest.approx(value, rel=1e-12, abs=1e-12)


def test_without_a_haircut_the_last_close_is_paid_in_full() -> None:
    market = ending()
    config = replace(CONFIG, delisting_haircut=0.0)
    rolled = rollout(two_fifths_each, market, whole(market), config=config)
    np.testing.assert_allclose(rolled.daily["equity"], [0.9992, 1.0792, 1.0792, 1.1192], rtol=1e-12)
    assert rolled.ledger.filter(side="delisted")["price"].to_list() == [12.0]


def test_proceeds_of_an_exit_pay_for_the_purchases_of_that_open() -> None:
    market = ending()
    free = money()

    def into_the_second(seen: Observation) -> torch.Tensor:
        first = torch.tensor([[1.0, 0.0, 0.0]], dtype=torch.float64)
        other = torch.tensor([[0.0, 1.0, 0.0]], dtype=torch.float64)
        return first if float(seen.weights[0, -1]) == 1.0 else other

    rolled = rollout(into_the_second, market, Window(market.dates[2], market.dates[4]), config=free)
    # 100 units ordered at 10 and paid at 11: 90.9 units, sold at 8.4; 763.6 buys at 20.
    assert rolled.ledger["side"].to_list() == ["buy", "delisted", "buy"]
    np.testing.assert_allclose(
        rolled.ledger["cash_after"], [0.0, 8_400 / 11, 0.0], rtol=1e-12, atol=1e-9
    )
    np.testing.assert_allclose(rolled.ledger["holding_after"], [1_000 / 11, 0.0, 420 / 11])


def test_an_order_for_a_symbol_that_is_delisted_at_the_open_lapses() -> None:
    market = ending()
    accounts = open_accounts(1, 2, cash=500.0, device=torch.device("cpu"))
    open_to = replace(market, tradable=torch.ones_like(market.tradable))
    weights = torch.tensor([[1.0, 0.0, 0.0]], dtype=torch.float64)
    now = execution_table(open_to, CONFIG).on(torch.tensor([2]))
    traded = trade_day(accounts, weights, now, config=CONFIG)
    assert traded.accounts.holdings.tolist() == [[0.0, 0.0]]
    assert traded.accounts.cash.tolist() == [500.0]


def test_buy_and_hold_stays_in_cash_when_all_it_bought_is_gone() -> None:
    market = ending()
    tradable = market.tradable.clone()
    tradable[:3, 1] = False  # the second symbol lists on row 3
    late = replace(market, tradable=tradable)
    rolled = rollout(buy_and_hold(), late, whole(late), config=CONFIG)
    assert rolled.ledger["side"].to_list() == ["buy", "delisted"]
    assert rolled.daily["cash_weight"].to_list()[2:] == [1.0, 1.0]


def test_a_window_that_opens_after_the_end_holds_nothing_of_the_symbol() -> None:
    market = ending()
    window = Window(market.dates[3], market.dates[-1])
    rolled = rollout(equal_weight, market, window, config=CONFIG)
    assert set(rolled.ledger["symbol"]) == {"S01"}


def test_a_reward_takes_the_loss() -> None:
    market = ending()
    batch = AccountBatch(
        market,
        scheme=Scheme(kappa=1.0, cash_bias=0.0),
        reward=Reward(trade_penalty=0.0),
        config=money(),
        rows=range(1, 5),
        count=1,
        episode_days=3,
        generator=torch.Generator().manual_seed(0),
    )
    only_the_first = torch.tensor([[5.0, -5.0, -5.0]])
    batch.step(only_the_first)
    step = batch.step(only_the_first)
    assert float(step.reward[0]) == pytest.approx(np.log(0.7), abs=1e-3)
    assert not bool(step.fills.quantity[0, 0])


@pytest.mark.parametrize("policy", [buy_and_hold(), equal_weight])
def test_from_bars_to_money(policy: Decide) -> None:
    days = weekdays(40)
    rows = {"A": range(20), "B": range(40)}
    bars = pl.DataFrame(
        {
            "date": [days[row] for own in rows.values() for row in own],
            "symbol": [symbol for symbol, own in rows.items() for _ in own],
        }
    ).with_columns(open=8.0, close=8.0, volume=1e6, tradable=True, segment=0, cut=False)
    features = bars.select("date", "symbol", x=pl.lit(0.5))
    market = from_panel(build_panel(bars, features, kinds=("number",)), device=torch.device("cpu"))
    config = money()
    rolled = rollout(policy, market, whole(market), config=config)
    assert rolled.daily["equity"][:19].to_list() == pytest.approx([1.0] * 19, rel=1e-12)
    assert rolled.daily["equity"][19:].to_list() == pytest.approx([0.85] * 19, rel=1e-12)
    assert rolled.daily["date"][19] == days[20]
    gone = rolled.ledger.filter(side="delisted").row(0, named=True)
    assert (gone["date"], gone["price"], gone["value"]) == pytest.approx((days[20], 5.6, 350.0))


def random_accounts(seed: int, market: Market, *, count: int, day: torch.Tensor) -> Accounts:
    """Accounts with random cash and holdings, marked at their days' closes."""
    generator = torch.Generator().manual_seed(seed)
    cash = torch.rand(count, generator=generator, dtype=torch.float64) * 1e3
    holdings = torch.rand(count, len(market.symbols), generator=generator, dtype=torch.float64) * 9
    opened = open_accounts(count, len(market.symbols), cash=1.0, device=torch.device("cpu"))
    return marked(opened._replace(cash=cash, holdings=holdings), market.close[day])


def marked_at_random(seed: int) -> Market:
    """Random walks of which symbols are delisted at random, with no bar on that day."""
    market = random_walks(seed, days=12)
    delisted = np.random.default_rng(seed).random((12, 4)) < 0.3
    arrays = (market.open, market.close, market.features)
    return market_of(*(array.numpy() for array in arrays), ~delisted, delisted=delisted)


@few
@given(seed=st.integers(0, 10_000), haircut=st.floats(0.0, 1.0))
def test_an_exit_costs_the_haircut_and_touches_nothing_else(seed: int, haircut: float) -> None:
    market = marked_at_random(seed)
    day = torch.arange(8)
    before = random_accounts(seed, market, count=8, day=day)
    price = market.close[day]
    delisted = market.delisted[day]
    now = execution_table(market, CONFIG).on(day)
    now = now._replace(mark=price, exit=price * (1.0 - haircut), gone=delisted)
    after, exits, _ = close_out(before, now)
    lost = (before.holdings * price * delisted).sum(-1) * haircut
    torch.testing.assert_close(
        marked(after, price).equity, before.equity - lost, rtol=1e-12, atol=1e-9
    )
    assert not after.holdings[delisted].any()
    assert torch.equal(after.holdings[~delisted], before.holdings[~delisted])
    assert not exits.cost.any()


@few
@given(seed=st.integers(0, 10_000))
def test_a_batch_equals_its_accounts_one_by_one(seed: int) -> None:
    market = marked_at_random(seed)
    day = torch.arange(8)
    before = random_accounts(seed, market, count=8, day=day)
    weights = torch.softmax(
        torch.randn(8, 5, generator=torch.Generator().manual_seed(seed), dtype=torch.float64), -1
    )
    now = execution_table(market, CONFIG).on(day)
    together = trade_day(before, weights, now, config=CONFIG)
    torch.testing.assert_close(
        together.accounts.equity,
        together.accounts.cash + (together.accounts.holdings * market.close[day + 1]).sum(-1),
        rtol=1e-12,
        atol=1e-9,
    )
    for i in range(8):
        one = slice(i, i + 1)
        own_now = ExecutionInputs(*(x[one] for x in now))
        alone = trade_day(Accounts(*(x[one] for x in before)), weights[one], own_now, config=CONFIG)
        for own, shared in zip(alone[:3], together[:3], strict=True):
            for x, y in zip(own, shared, strict=True):
                torch.testing.assert_close(x, y[one], rtol=1e-12, atol=1e-9)
