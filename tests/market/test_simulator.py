"""The simulator against a plain Python account, and the laws of money."""

import numpy as np
import polars as pl
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from walkforge.errors import InputError
from walkforge.evaluation.baselines import buy_and_hold, cash, equal_weight
from walkforge.market.account import Observation
from walkforge.market.market import Market
from walkforge.market.rollout import Rollout, rollout
from walkforge.market.schemes.weights import Scheme
from walkforge.market.simulator import MarketConfig
from walkforge.splits.windows import Window
from worlds import market_of, random_walks

FREE = MarketConfig(
    initial_cash=1_000.0, commission_bps=0.0, ruin_fraction=0.05, delisting_haircut=0.3
)
COSTLY = MarketConfig(
    initial_cash=1_000.0, commission_bps=10.0, ruin_fraction=0.05, delisting_haircut=0.3
)


def whole(market: Market) -> Window:
    return Window(market.dates[1], market.dates[-1])


def gappy(seed: int) -> Market:
    """Return random walks where symbols list late, miss days, are delisted and come back."""
    market = random_walks(seed, days=30, symbols=3)
    chance = np.random.default_rng(seed + 1)
    tradable = chance.random((30, 3)) > 0.2
    tradable[:5, 0] = False
    delisted = ~tradable & (chance.random((30, 3)) < 0.3)
    arrays = (market.open, market.close, market.features)
    return market_of(*(array.numpy() for array in arrays), tradable, delisted=delisted)


def random_orders(seed: int, scheme: Scheme):
    chance = torch.Generator().manual_seed(seed)

    def decide(seen: Observation) -> torch.Tensor:
        action = torch.randn(seen.weights.shape, generator=chance) * 3.0
        return scheme.adjusted(scheme.targets(action, seen), seen)

    return decide


def plain_account(market: Market, decide, config: MarketConfig) -> list[float]:
    """Return the equity at each close of a plain account that knows no tensors of money."""
    opening, close, tradable = (
        tensor.tolist() for tensor in (market.open, market.close, market.tradable)
    )
    money, held, fee = config.initial_cash, [0.0] * len(market.symbols), config.commission_bps / 1e4
    paid, delisted = 1 - config.delisting_haircut, market.delisted.tolist()
    equity, curve = money, []
    for t in range(len(market.dates) - 2):
        owned = [h * c / equity for h, c in zip(held, close[t], strict=True)]
        seen = Observation(
            market.features[t : t + 1],
            torch.tensor([[*owned, money / equity]], dtype=torch.float64),
            market.tradable[t : t + 1],
        )
        wanted = decide(seen)[0].tolist()
        orders = {}
        for k, weight in enumerate(wanted[:-1]):
            if tradable[t][k] and tradable[t + 1][k]:
                orders[k] = weight * equity / close[t][k] - held[k]
        for k, gone in enumerate(delisted[t + 1]):
            if gone:
                money += held[k] * close[t + 1][k] * paid
                held[k] = 0.0
        for k, units in orders.items():
            if units < 0:
                sold = min(-units, held[k])
                money += sold * opening[t + 1][k] * (1 - fee)
                held[k] -= sold
        bill = sum(u * opening[t + 1][k] * (1 + fee) for k, u in orders.items() if u > 0)
        share = min(1.0, money / bill) if bill > 0 else 1.0
        for k, units in orders.items():
            if units > 0:
                money -= share * units * opening[t + 1][k] * (1 + fee)
                held[k] += share * units
        equity = money + sum(h * c for h, c in zip(held, close[t + 1], strict=True))
        curve.append(equity / config.initial_cash)
    return curve


@settings(max_examples=15, deadline=None, derandomize=True)
@given(seed=st.integers(0, 10_000), kappa=st.sampled_from([0.1, 1.0]))
def test_rollout_equals_a_plain_account_on_gappy_markets(seed: int, kappa: float) -> None:
    market, scheme = gappy(seed), Scheme(kappa=kappa, cash_bias=-1.0)
    rolled = rollout(random_orders(seed, scheme), market, whole(market), config=COSTLY)
    plain = plain_account(market, random_orders(seed, scheme), COSTLY)
    np.testing.assert_allclose(rolled.daily["equity"].to_numpy(), plain, rtol=1e-9)


def replay(rolled: Rollout, market: Market, initial_cash: float) -> list[float]:
    """Return the equity curve that ledger and bars alone give."""
    money, held = initial_cash, dict.fromkeys(market.symbols, 0.0)
    curve = []
    for row, day in enumerate(market.dates):
        for fill in rolled.ledger.filter(date=day).iter_rows(named=True):
            sign = 1 if fill["side"] == "buy" else -1
            money -= sign * fill["value"] + fill["commission"]
            held[fill["symbol"]] += sign * fill["quantity"]
            k = market.symbols.index(fill["symbol"])
            gone = fill["side"] == "delisted"
            assert gone == bool(market.delisted[row, k])
            expected = market.close[row, k] * 0.7 if gone else market.open[row, k]
            assert fill["price"] == pytest.approx(float(expected), rel=1e-15)
            assert fill["cash_after"] == pytest.approx(money, rel=1e-9, abs=1e-6)
            assert fill["holding_after"] == pytest.approx(held[fill["symbol"]], rel=1e-9, abs=1e-9)
        prices = dict(zip(market.symbols, market.close[row].tolist(), strict=True))
        curve.append((money + sum(held[s] * prices[s] for s in held)) / initial_cash)
    return curve


@settings(max_examples=10, deadline=None, derandomize=True)
@given(seed=st.integers(0, 10_000))
def test_ledger_and_bars_alone_reproduce_the_equity_curve(seed: int) -> None:
    market = gappy(seed)
    decide = random_orders(seed, Scheme(kappa=0.5, cash_bias=0.0))
    rolled = rollout(decide, market, whole(market), config=COSTLY)
    curve = replay(rolled, market, COSTLY.initial_cash)[1:-1]
    np.testing.assert_allclose(rolled.daily["equity"].to_numpy(), curve, rtol=1e-9)


@settings(max_examples=10, deadline=None, derandomize=True)
@given(seed=st.integers(0, 10_000))
def test_no_account_borrows_and_weights_stay_a_portfolio(seed: int) -> None:
    market = gappy(seed)
    decide = random_orders(seed, Scheme(kappa=1.0, cash_bias=-5.0))
    rolled = rollout(decide, market, whole(market), config=COSTLY)
    assert rolled.daily["cash_weight"].min() > -1e-12
    assert rolled.weights["weight"].min() > 0.0
    invested = rolled.weights.group_by("date").agg(total=pl.col("weight").sum())
    joined = rolled.daily.join(invested, on="date", how="left").fill_null(0.0)
    np.testing.assert_allclose(joined["total"] + joined["cash_weight"], 1.0, rtol=1e-12)


def test_costs_reduce_wealth_by_what_the_ledger_says_and_only_when_something_is_traded() -> None:
    market = random_walks(3)
    window = whole(market)
    free = rollout(equal_weight, market, window, config=FREE)
    costly = rollout(equal_weight, market, window, config=COSTLY)
    assert costly.daily["equity"][-1] < free.daily["equity"][-1]
    assert costly.ledger["commission"].sum() == pytest.approx(
        1e-3 * costly.ledger["value"].sum(), rel=1e-12
    )
    idle = rollout(cash, market, window, config=COSTLY)
    assert idle.daily["equity"].to_list() == [1.0] * len(idle.daily)
    assert len(idle.ledger) == 0


def test_buy_and_hold_trades_once_and_never_again() -> None:
    market = random_walks(4)
    held = rollout(buy_and_hold(), market, whole(market), config=COSTLY)
    assert held.ledger["date"].unique().to_list() == [market.dates[1]]
    assert (held.daily["turnover"][1:] == 0.0).all()


def test_equal_weight_without_costs_and_gaps_earns_the_mean_return() -> None:
    market = random_walks(5)
    flat_open = market_of(
        np.vstack([market.close[:1], market.close[:-1]]),
        market.close.numpy(),
        market.features.numpy(),
        market.tradable.numpy(),
    )
    rolled = rollout(equal_weight, flat_open, whole(market), config=FREE)
    expected = (market.close[1:] / market.close[:-1] - 1).mean(dim=1)[:-1]
    np.testing.assert_allclose(rolled.daily["net_return"], expected, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(
        rolled.daily["net_return"], flat_open.equal_weight_returns()[1:-1], atol=1e-12
    )


def test_the_bar_of_execution_changes_the_equity_and_not_the_order() -> None:
    market, seen = random_walks(6), []

    def watched(observation: Observation) -> torch.Tensor:
        seen.append(observation)
        return equal_weight(observation)

    opening = market.open.clone()
    opening[10] *= 1.1
    other = market_of(
        opening.numpy(), market.close.numpy(), market.features.numpy(), market.tradable.numpy()
    )
    before = rollout(watched, market, whole(market), config=FREE)
    count = len(seen)
    after = rollout(watched, other, whole(market), config=FREE)
    for t in range(10):  # decisions at the closes of rows 0 to 9
        for one, two in zip(seen[t], seen[count + t], strict=True):
            assert torch.equal(one, two)
    assert before.daily["equity"][8] == after.daily["equity"][8]
    assert before.daily["equity"][9] != after.daily["equity"][9]


def test_an_unlisted_symbol_is_never_bought() -> None:
    market = gappy(7)
    rolled = rollout(equal_weight, market, whole(market), config=FREE)
    first = rolled.ledger.filter(symbol="S00")["date"].min()
    assert first > market.dates[5]


def test_a_window_without_a_date_before_it_is_refused() -> None:
    market = random_walks(1)
    with pytest.raises(InputError, match="needs a date before it"):
        rollout(cash, market, Window(market.dates[0], market.dates[5]), config=FREE)


def test_until_hides_every_later_bar() -> None:
    market = random_walks(1)
    cut = market.until(market.dates[9])
    assert cut.dates[-1] == market.dates[9]
    assert len(cut.close) == len(cut.features) == len(cut.tradable) == len(cut.open) == 10
    assert len(cut.delisted) == 10
