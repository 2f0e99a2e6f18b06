"""The laws of money, on whole rollouts."""

import numpy as np
import polars as pl
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from walkforge.errors import InputError
from walkforge.evaluation.baselines.naive import buy_and_hold, cash, equal_weight
from walkforge.market.account import Observation
from walkforge.market.market import Market
from walkforge.market.rollout import Rollout, rollout
from walkforge.market.schemes.weights import Scheme
from walkforge.market.simulator import CostParts
from walkforge.splits.windows import Window
from worlds import gappy_walks, market_of, money, random_walks

FREE = money()
COSTLY = money(
    commission_bps=10.0, stamp_duty_bps=50.0, spread_bps=2.0, slippage_bps=5.0,
    impact="square_root", impact_coefficient=1.0,
)  # fmt: skip


def whole(market: Market) -> Window:
    return Window(market.dates[1], market.dates[-1])


def random_orders(seed: int, scheme: Scheme):
    generator = torch.Generator().manual_seed(seed)

    def decide(seen: Observation) -> torch.Tensor:
        action = torch.randn(seen.weights.shape, generator=generator) * 3.0
        return scheme.adjusted(scheme.targets(action, seen), seen)

    return decide


def replay(rolled: Rollout, market: Market, initial_cash: float) -> list[float]:
    """The equity curve that ledger and bars alone give."""
    money = initial_cash
    held = dict.fromkeys(market.symbols, 0.0)
    curve = []
    for row, day in enumerate(market.dates):
        for fill in rolled.ledger.filter(date=day).iter_rows(named=True):
            sign = 1 if fill["side"] == "buy" else -1
            money -= sign * fill["value"] + sum(fill[name] for name in CostParts._fields)
            held[fill["symbol"]] += sign * fill["quantity"]
            k = market.symbols.index(fill["symbol"])
            gone, cut = (fill["side"] == side for side in ("delisted", "cut"))
            assert (gone, cut) == (bool(market.delisted[row, k]), bool(market.cut[row, k]))
            kept = 0.7 if gone else 1.0  # a cut takes no haircut
            expected = market.close[row, k] * kept if gone or cut else market.open[row, k]
            assert fill["price"] == pytest.approx(float(expected), rel=1e-15)
            assert fill["cash_after"] == pytest.approx(money, rel=1e-9, abs=1e-6)
            assert fill["holding_after"] == pytest.approx(held[fill["symbol"]], rel=1e-9, abs=1e-9)
        prices = dict(zip(market.symbols, market.close[row].tolist(), strict=True))
        curve.append((money + sum(held[s] * prices[s] for s in held)) / initial_cash)
    return curve


@settings(max_examples=10, deadline=None, derandomize=True)
@given(seed=st.integers(0, 10_000))
def test_ledger_and_bars_alone_reproduce_the_equity_curve(seed: int) -> None:
    market = gappy_walks(seed, symbols=3)
    decide = random_orders(seed, Scheme(kappa=0.5, cash_bias=0.0))
    rolled = rollout(decide, market, whole(market), config=COSTLY)
    curve = replay(rolled, market, COSTLY.initial_cash)[1:-1]
    np.testing.assert_allclose(rolled.daily["equity"].to_numpy(), curve, rtol=1e-9)


@settings(max_examples=10, deadline=None, derandomize=True)
@given(seed=st.integers(0, 10_000))
def test_no_account_borrows_and_weights_stay_a_portfolio(seed: int) -> None:
    market = gappy_walks(seed, symbols=3)
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
    market = random_walks(6)
    seen = []

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
        for one, two in zip(seen[t][:3], seen[count + t][:3], strict=True):
            assert torch.equal(one, two)
        for one, two in zip(seen[t].factors, seen[count + t].factors, strict=True):
            assert torch.equal(one, two)
    assert before.daily["equity"][8] == after.daily["equity"][8]
    assert before.daily["equity"][9] != after.daily["equity"][9]


def test_an_unlisted_symbol_is_never_bought() -> None:
    market = gappy_walks(7, symbols=3)
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
