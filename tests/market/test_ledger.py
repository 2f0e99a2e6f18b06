"""What a day earned by choosing symbols, and how spread it was, against plain loops and laws."""

import numpy as np
import polars as pl
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from walkforge.evaluation.baselines.naive import buy_and_hold, cash, equal_weight
from walkforge.market.account import Observation
from walkforge.market.config import MarketConfig
from walkforge.market.market import Market
from walkforge.market.rollout import Decide, Rollout, rollout
from walkforge.splits.windows import Window
from worlds import gappy_walks, market_of, money, random_walks

EXECUTIONS = ["open", "close", "same_close"]


def whole(market: Market) -> Window:
    return Window(market.dates[1], market.dates[-1])


def random_orders(seed: int) -> Decide:
    generator = torch.Generator().manual_seed(seed)

    def decide(seen: Observation) -> torch.Tensor:
        shape = (len(seen.weights), seen.weights.shape[1])
        return torch.softmax(2.0 * torch.randn(shape, generator=generator).double(), dim=-1)

    return decide


def by_hand(rolled: Rollout, market: Market, config: MarketConfig) -> list[float]:
    """Selection from ledger, daily equity and bars alone, one symbol at a time."""
    count = len(market.symbols)
    found = []
    held = [0.0] * count
    fills_left = rolled.ledger.to_dicts()
    equity = [1.0, *rolled.daily["equity"]]
    for day, date in enumerate(rolled.daily["date"]):
        t = market.dates.index(date)
        fill_date = market.dates[t - 1] if config.execution == "same_close" else date
        fills = [f for f in fills_left if f["date"] == fill_date and f["side"] in {"buy", "sell"}]
        was = list(held)
        cut = [bool(x) for x in market.cut[t]]
        gone = [bool(x) or c for x, c in zip(market.delisted[t], cut, strict=True)]
        for k in range(count):
            if gone[k] and config.execution != "same_close":
                held[k] = 0.0
        for fill in fills:
            sign = 1.0 if fill["side"] == "buy" else -1.0
            held[market.symbols.index(fill["symbol"])] += sign * fill["quantity"]
        filled = list(held)
        for k in range(count):
            if gone[k]:
                held[k] = 0.0
        closes = [float(x) for x in market.close[t]]
        before = [float(x) for x in market.close[t - 1]]
        opens = [float(x) for x in market.open[t]]
        lost = [g and not c for g, c in zip(gone, cut, strict=True)]
        out = [c * 0.7 if g else c for c, g in zip(closes, lost, strict=True)]
        first = [k for k in range(count) if market.tradable[t - 1, k]]
        second = [k for k in first if not gone[k]]
        if config.execution == "open":
            night = [c if g else o for c, o, g in zip(out, opens, gone, strict=True)]
            legs = [(was, before, night, first), (filled, opens, closes, second)]
        elif config.execution == "close":
            legs = [(was, before, out, first)]
        else:
            legs = [(filled, before, out, first)]
        money_before = equity[day] * config.initial_cash
        found.append(sum(excess(*leg) for leg in legs) / money_before)
    return found


def excess(held: list[float], start: list[float], end: list[float], choice: list[int]) -> float:
    if not choice:
        return 0.0
    mean = sum(end[k] / start[k] - 1.0 for k in choice) / len(choice)
    return sum(q * (e - s) - q * s * mean for q, s, e in zip(held, start, end, strict=True))


@settings(max_examples=8, deadline=None, derandomize=True)
@given(seed=st.integers(0, 10_000), execution=st.sampled_from(EXECUTIONS), single=st.booleans())
def test_selection_equals_a_plain_loop_over_ledger_and_bars(
    *, seed: int, execution: str, single: bool
) -> None:
    market = gappy_walks(seed, symbols=4)
    config = money(execution=execution, commission_bps=10.0)
    rolled = rollout(
        random_orders(seed), market, whole(market), config=config, single_symbol=single
    )
    expected = by_hand(rolled, market, config)
    np.testing.assert_allclose(rolled.daily["selection"], expected, rtol=1e-8, atol=1e-12)
    assert rolled.daily["selection"].abs().max() > 1e-4


def two_days() -> Market:
    """Two symbols over four days, opens apart from the closes before."""
    close = np.array([[10, 10], [12, 10], [12, 11], [12, 11]], dtype=float)
    opening = np.array([[10, 10], [11, 10], [15, 11], [12, 11]], dtype=float)
    return market_of(opening, close, np.zeros((4, 2, 1)), np.ones((4, 2), dtype=bool))


def all_in_the_first(seen: Observation) -> torch.Tensor:
    flat = seen.weights[:, -1:] == 1.0
    half = torch.tensor([[0.5, 0.0, 0.5]], dtype=torch.float64)
    return torch.where(flat, half, seen.weights)


@pytest.mark.parametrize(
    ("execution", "first", "second"),
    [
        # 50 units bought at 11 for 550 of 1,000 and worth 600 at the close, equity 1,050.
        # Day 1: 550 x (1/11 - mean(1/11, 0)) = 25. Day 2, night: 600 x (0.25 - (0.25 + 0.1) / 2)
        # = 45; day: 750 x (-0.2 - (-0.2 + 0) / 2) = -75.
        ("open", 25 / 1_000, (45 - 75) / 1_050),
        # 50 units bought at 12: nothing held before, then 600 x (0 - (0 + 0.1) / 2).
        ("close", 0.0, -30 / 1_000),
        # 50 units bought at 10: 500 x (0.2 - 0.2 / 2), then 600 x (0 - 0.1 / 2).
        ("same_close", 50 / 1_000, -30 / 1_100),
    ],
)
def test_selection_of_two_days_equals_hand_values(
    execution: str, first: float, second: float
) -> None:
    config = money(execution=execution)
    rolled = rollout(all_in_the_first, two_days(), whole(two_days()), config=config)
    assert rolled.daily["selection"].to_list() == pytest.approx([first, second], abs=1e-15)


@pytest.mark.parametrize("execution", EXECUTIONS)
def test_what_every_symbol_earns_alike_is_nobodys_choice(execution: str) -> None:
    # All symbols share one path, and every open jumps 3 % up from the close before.
    walk = random_walks(2, symbols=1)
    close = np.repeat(walk.close.numpy(), 3, axis=1) * [1.0, 2.0, 7.0]
    opening = np.vstack([close[:1], 1.03 * close[:-1]])
    market = market_of(opening, close, np.zeros((60, 3, 1)), np.ones((60, 3), dtype=bool))
    config = money(execution=execution, commission_bps=20.0)
    rolled = rollout(random_orders(1), market, whole(market), config=config)
    np.testing.assert_allclose(rolled.daily["selection"], 0.0, atol=1e-13)
    assert rolled.daily["gross_return"].abs().mean() > 0.001


@pytest.mark.parametrize("execution", EXECUTIONS)
def test_cash_and_equal_weight_choose_nothing(execution: str) -> None:
    market = random_walks(5, days=80)
    config = money(execution=execution)
    nothing = rollout(cash, market, whole(market), config=config)
    assert nothing.daily["selection"].to_list() == [0.0] * 78
    assert nothing.daily["effective_names"].to_list() == [0.0] * 78
    alike = rollout(equal_weight, market, whole(market), config=config).daily["selection"]
    chosen = rollout(random_orders(1), market, whole(market), config=config).daily["selection"]
    # Weights drift between fills, which is little beside a choice.
    assert alike.std() < chosen.std() / 10


def test_selection_and_the_matched_market_add_up_to_the_gross_return() -> None:
    market = random_walks(8)
    config = money(commission_bps=30.0)
    rolled = rollout(random_orders(3), market, whole(market), config=config)
    opening = market.open.numpy()
    close = market.close.numpy()
    equity = np.append(1.0, rolled.daily["equity"])
    invested = np.append(0.0, 1.0 - rolled.daily["cash_weight"].to_numpy())
    bought = rolled.ledger.with_columns(
        signed=pl.when(pl.col("side") == "buy").then(pl.col("quantity")).otherwise(
            -pl.col("quantity")
        )
    )  # fmt: skip
    held = np.zeros(4)
    for day, date in enumerate(rolled.daily["date"]):
        t = market.dates.index(date)
        night = invested[day] * (opening[t] / close[t - 1] - 1.0).mean()
        for fill in bought.filter(date=date).iter_rows(named=True):
            held[market.symbols.index(fill["symbol"])] += fill["signed"]
        after = (held * opening[t]).sum() / config.initial_cash / equity[day]
        matched = night + after * (close[t] / opening[t] - 1.0).mean()
        row = rolled.daily.row(day, named=True)
        assert row["selection"] + matched == pytest.approx(row["gross_return"], abs=1e-12)


def test_random_choices_on_random_walks_earn_no_selection() -> None:
    scores = []
    for seed in range(12):
        market = random_walks(seed, days=250, symbols=6)
        daily = rollout(random_orders(seed), market, whole(market), config=money()).daily
        scores.append(daily["selection"].mean() / daily["selection"].std() * np.sqrt(len(daily)))
    assert abs(np.mean(scores)) < 3.0 / np.sqrt(12)
    assert 0.5 < np.std(scores) < 1.7


def test_effective_names_equal_those_of_the_weights_at_each_close() -> None:
    market = gappy_walks(3, symbols=4)
    rolled = rollout(random_orders(4), market, whole(market), config=money())
    share = pl.col("weight") / pl.col("weight").sum()
    expected = rolled.weights.group_by("date").agg(names=1.0 / (share**2).sum())
    joined = rolled.daily.join(expected, on="date", how="left").fill_null(0.0)
    np.testing.assert_allclose(joined["effective_names"], joined["names"], rtol=1e-12)


def test_equal_positions_count_in_full_and_cash_does_not() -> None:
    level = market_of(
        np.full((5, 4), 10.0), np.full((5, 4), 10.0), np.zeros((5, 4, 1)), np.ones((5, 4)) > 0
    )
    rolled = rollout(buy_and_hold(), level, whole(level), config=money())
    assert rolled.daily["effective_names"].to_list() == pytest.approx([4.0] * 3)
    one = rollout(all_in_the_first, two_days(), whole(two_days()), config=money())
    assert one.daily["effective_names"].to_list() == pytest.approx([1.0, 1.0])
