"""Baselines through the simulator: hand values, no look-ahead, symbols in any order, delistings."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import torch
import yaml

from walkforge.configuration.sections import schema_of
from walkforge.errors import InputError
from walkforge.evaluation.allocation import best_half
from walkforge.evaluation.baseline_context import BaselineConfig, BaselineContext
from walkforge.evaluation.baselines.by_history import inverse_volatility, momentum
from walkforge.evaluation.baselines.naive import buy_and_hold, equal_weight
from walkforge.evaluation.baselines.optimised import hierarchical_risk_parity, minimum_variance
from walkforge.evaluation.roll_baselines import baseline_of, roll_baselines
from walkforge.market.account import Observation
from walkforge.market.market import Market
from walkforge.market.regimes import REGIMES
from walkforge.market.rollout import Rollout
from walkforge.registry import baselines
from walkforge.splits.windows import Window
from worlds import market_of, money, random_walks

ROOT = Path(__file__).parents[2]
FREE = money()
COSTLY = money(commission_bps=10.0, spread_bps=2.0, slippage_bps=5.0)
IDLE = {"cash", "regime_hold", "regime_full_cash"}
DAILY = {"equal_weight", "ranker", *(f"regime_{name}" for name in REGIMES)}
FIRST = 300
STOP = 345
LENGTH = 360  # rows of the window, and of the market
NAMES = list(baselines())


def context_of(market: Market, **changes: int) -> BaselineContext:
    settings = {"lookback_days": 40, "rebalance_days": 10, **changes}
    return BaselineContext(
        market=market,
        window=Window(market.dates[FIRST], market.dates[STOP]),
        train=Window(market.dates[0], market.dates[280]),
        execution="open",
        config=BaselineConfig(baselines=NAMES, ranker_kappa=0.5, **settings),
    )


def rolled(name: str, market: Market, *, config=COSTLY, **changes: int) -> Rollout:
    given = [context_of(market, **changes)]
    return roll_baselines([name], given, config=config, warm_in_days=0)[name].windows[0]


@pytest.fixture(scope="module")
def market() -> Market:
    return random_walks(3, days=LENGTH, symbols=6)


@pytest.fixture(scope="module")
def usual(market: Market) -> Callable[[str], Rollout]:
    rolled = roll_baselines(NAMES, [context_of(market)], config=COSTLY, warm_in_days=0)
    return lambda name: rolled[name].windows[0]


def folds_of(market: Market) -> list[BaselineContext]:
    """The window in three parts, the train window of each a little longer."""
    cuts = [FIRST, FIRST + 15, FIRST + 30, STOP]
    return [
        replace(
            context_of(market),
            window=Window(market.dates[start], market.dates[stop]),
            train=Window(market.dates[0], market.dates[start - 10]),
        )
        for start, stop in pairwise(cuts)
    ]


def test_what_is_not_fitted_goes_on_over_the_borders_of_folds(market: Market):
    parts = roll_baselines(NAMES, folds_of(market), config=COSTLY, warm_in_days=20)
    whole = roll_baselines(NAMES, [context_of(market)], config=COSTLY, warm_in_days=20)
    for name in NAMES:
        (warm,), windows, _ = parts[name]
        assert warm.daily.height == 20
        ledger = pl.concat([each.ledger for each in windows])
        same = ledger.equals(whole[name].windows[0].ledger)
        assert same == (not baseline_of(name).fitted), name
        if name == "buy_and_hold":
            assert ledger.is_empty()


def test_after_a_gap_every_baseline_opens_again(market: Market):
    first, _, last = folds_of(market)
    both = roll_baselines(NAMES, [first, last], config=COSTLY, warm_in_days=5)
    alone = roll_baselines(NAMES, [last], config=COSTLY, warm_in_days=5)
    for name in NAMES:
        assert both[name].windows[1].daily.equals(alone[name].windows[0].daily), name


def test_equal_weight_leaves_what_cannot_be_traded_and_spreads_the_rest():
    weights = torch.tensor([[0.3, 0.1, 0.2, 0.4], [0.5, 0.5, 0.0, 0.0]], dtype=torch.float64)
    tradable = torch.tensor([[False, True, True], [False, False, False]])
    found = equal_weight(Observation(torch.zeros(2, 3, 1), weights, tradable))
    expected = [[0.3, 0.35, 0.35, 0.0], [0.5, 0.5, 0.0, 0.0]]
    np.testing.assert_allclose(found.numpy(), expected, atol=1e-15)
    kept = buy_and_hold()
    np.testing.assert_allclose(kept(Observation(torch.zeros(2, 3, 1), weights, tradable)), weights)


def orthogonal(deviations: list[float]) -> np.ndarray:
    """Uncorrelated daily returns [16, N] of mean 0 with these sample deviations."""
    signs = np.array([[1.0]])
    for _ in range(4):
        signs = np.block([[signs, signs], [signs, -signs]])
    columns = signs[:, 1 : 1 + len(deviations)]
    return columns * np.array(deviations) * np.sqrt(15 / 16)


def test_inverse_volatility_of_two_symbols_by_hand():
    shares = inverse_volatility(orthogonal([0.01, 0.03]))
    np.testing.assert_allclose(shares, [0.75, 0.25], rtol=1e-12)


def test_minimum_variance_of_uncorrelated_symbols_is_inverse_variance():
    shares = minimum_variance(orthogonal([0.01, 0.02, 0.04]))
    np.testing.assert_allclose(shares, np.array([16, 4, 1]) / 21, atol=1e-4)


def test_minimum_variance_of_two_correlated_symbols_by_hand():
    first, second = orthogonal([0.01, 0.01]).T
    returns = np.stack([first, 0.5 * first + 1.5 * second], axis=1)
    # Variances 1 and 2.5, covariance 0.5: (2.5 - 0.5) / (1 + 2.5 - 1) = 0.8.
    np.testing.assert_allclose(minimum_variance(returns), [0.8, 0.2], atol=1e-4)


@pytest.mark.parametrize("count", [2, 3, 7])
def test_risk_parity_is_a_portfolio_that_prefers_the_calm(count: int):
    shares = hierarchical_risk_parity(orthogonal([0.01 * (1 + k) for k in range(count)]))
    assert shares.sum() == pytest.approx(1.0, abs=1e-12)
    assert (shares >= 0.0).all()
    assert (shares.argmax(), shares.argmin()) == (0, count - 1)


def test_risk_parity_of_two_symbols_is_inverse_variance():
    shares = hierarchical_risk_parity(orthogonal([0.01, 0.02]))
    np.testing.assert_allclose(shares, [0.8, 0.2], rtol=1e-12)


def test_an_optimiser_that_fails_says_so():
    returns = orthogonal([0.01, 0.02, 0.03])
    returns[:, 1] = 0.0
    for allocate in (minimum_variance, hierarchical_risk_parity):
        with pytest.raises(ArithmeticError, match="failed: .*variance"):
            allocate(returns)


def test_momentum_picks_the_riser_and_ignores_the_last_month():
    returns = np.zeros((252, 4))
    returns[:200, 2] = 0.001
    returns[230, 1] = -0.3  # before the last 21 returns
    returns[231:, 0] = 0.05  # the last 21
    returns[10, 3] = 0.01
    np.testing.assert_allclose(momentum(returns), [0.0, 0.0, 0.5, 0.5])
    returns[230, 0] = 0.5
    np.testing.assert_allclose(momentum(returns), [0.5, 0.0, 0.5, 0.0])


def test_half_of_three_is_two_and_equals_share_alike():
    np.testing.assert_allclose(best_half(np.array([1.0, 3.0, 2.0])), [0.0, 0.5, 0.5])
    np.testing.assert_allclose(best_half(np.array([1.0, 1.0, 2.0, 1.0])), [0.25] * 4)
    np.testing.assert_allclose(best_half(np.array([7.0])), [1.0])


def test_allocations_read_exactly_the_lookback(market: Market):
    after_first_fill = rolled("inverse_volatility", market, config=FREE).weights
    close = market.close[FIRST - 41 : FIRST].numpy()  # 40 returns, up to the day of decision
    expected = 1.0 / (close[1:] / close[:-1]).std(axis=0, ddof=1)
    expected /= expected.sum()
    ordered = expected * 1_000.0 / market.close[FIRST - 1].numpy()  # units
    worth = ordered * market.close[FIRST].numpy()
    held = after_first_fill.filter(date=market.dates[FIRST])["weight"].to_numpy()
    assert worth.sum() > 0.0
    # Purchases that cash does not pay for are cut alike: shares among the symbols stay.
    np.testing.assert_allclose(held / held.sum(), worth / worth.sum(), rtol=1e-9)


@pytest.mark.parametrize("name", sorted(set(NAMES) - IDLE - DAILY - {"buy_and_hold"}))
def test_allocations_are_made_every_so_many_sessions_and_held_in_between(name: str, usual):
    turnover = usual(name).daily["turnover"].to_numpy()
    traded = np.flatnonzero(turnover)
    assert set(traded) <= {0, 10, 20, 30, 40}
    assert len(traded) >= 3


@pytest.mark.parametrize("name", NAMES)
def test_nothing_after_a_close_changes_what_was_held_up_to_it(name: str, market: Market, usual):
    cut = 322
    generator = np.random.default_rng(5)
    tensors = {}
    for field in ("features", "open", "close", "daily_value", "volatility", "momentum"):
        values = getattr(market, field).clone()
        noise = torch.from_numpy(np.exp(generator.normal(0, 0.1, values[cut + 1 :].shape)))
        values[cut + 1 :] = (values[cut + 1 :] * noise).to(values.dtype)
        tensors[field] = values
    tradable = market.tradable.clone()
    tradable[cut + 2 :, 1] = False
    other = rolled(name, replace(market, tradable=tradable, **tensors))
    for frame in ("daily", "weights"):
        before, after = (
            getattr(each, frame).filter(pl.col("date") <= market.dates[cut])
            for each in (usual(name), other)
        )
        assert before.equals(after)
    if name not in IDLE:
        assert not usual(name).daily.equals(other.daily)


@pytest.mark.parametrize("name", NAMES)
def test_the_order_of_symbols_does_not_matter(name: str, market: Market, usual):
    turned = [4, 2, 0, 5, 1, 3]
    fields = ("features", "open", "close", "daily_value", "volatility", "momentum", "tradable")
    tensors = {field: getattr(market, field)[:, turned] for field in fields}
    symbols = tuple(market.symbols[place] for place in turned)
    other = rolled(name, replace(market, symbols=symbols, **tensors))
    for column in ("equity", "turnover", "cash_weight"):
        np.testing.assert_allclose(other.daily[column], usual(name).daily[column], atol=1e-7)


@pytest.mark.parametrize("name", NAMES)
def test_twice_gives_the_same_bits(name: str, market: Market, usual):
    again = rolled(name, market)
    assert again.daily.equals(usual(name).daily)
    assert again.ledger.equals(usual(name).ledger)


@pytest.mark.parametrize("name", sorted(set(NAMES) - IDLE))
def test_costs_reduce_wealth(name: str, market: Market, usual):
    free = rolled(name, market, config=FREE)
    assert free.daily["turnover"].sum() > 0.0
    assert usual(name).daily["equity"][-1] < free.daily["equity"][-1]


def interrupted() -> Market:
    """Seven symbols: S00 is delisted, S01 halted for a while, S02 young, S03 never moves."""
    walks = random_walks(8, days=LENGTH, symbols=7)
    opening, close, tradable = (
        getattr(walks, field).numpy().copy() for field in ("open", "close", "tradable")
    )
    tradable[320:, 0] = False
    close[320:, 0] = opening[320:, 0] = close[319, 0]
    tradable[308:330, 1] = False
    close[308:330, 1] = opening[308:330, 1] = close[307, 1]
    tradable[:290, 2] = False
    close[:290, 2] = opening[:290, 2] = 1.0
    close[:, 3] = opening[:, 3] = 10.0
    delisted = np.zeros_like(tradable)
    delisted[320, 0] = True
    return market_of(opening, close, walks.features.numpy(), tradable, delisted=delisted)


@pytest.mark.parametrize("name", NAMES)
def test_what_cannot_be_traded_is_not_and_what_is_delisted_is_closed_out(name: str):
    market = interrupted()
    found = rolled(name, market)
    ledger = found.ledger.filter(pl.col("side") != "delisted")
    halted = ledger.filter(symbol="S01")["date"].to_list()
    assert not set(halted) & set(market.dates[308:331])  # decided at 330, filled at 331
    gone = found.weights.filter(pl.col("symbol") == "S00", pl.col("date") >= market.dates[320])
    assert gone.is_empty()
    assert found.daily["equity"].is_finite().all()
    assert (found.daily["cash_weight"] > -1e-9).all()


@pytest.mark.parametrize("name", ["inverse_volatility", "minimum_variance"])
def test_symbols_without_history_or_movement_get_nothing(name: str):
    market = interrupted()
    weights = rolled(name, market).weights
    assert set(weights["symbol"]) == {"S00", "S01", "S02", "S04", "S05", "S06"}
    # Tradable since row 290, it has 40 returns at row 339, the only decision after row 330.
    assert weights.filter(symbol="S02")["date"].min() == market.dates[340]


@pytest.mark.parametrize(
    "name", ["inverse_volatility", "minimum_variance", "hierarchical_risk_parity"]
)
def test_without_history_it_is_equal_weight_and_the_log_says_so(name, market, capsys):
    found = rolled(name, market, config=FREE, lookback_days=330)
    same = rolled("equal_weight", market, config=FREE)
    first = market.dates[FIRST]
    assert found.weights.filter(date=first).equals(same.weights.filter(date=first))
    assert f"{name}, {market.dates[FIRST - 1]}: equal weight, since" in capsys.readouterr().out


def test_momentum_looks_back_twelve_months_whatever_the_lookback(market: Market, usual):
    other = rolled("momentum_12_1", market, lookback_days=60)
    assert other.daily.equals(usual("momentum_12_1").daily)
    rise = market.close[FIRST - 1 - 21] / market.close[FIRST - 1 - 252]
    best = {market.symbols[int(place)] for place in rise.argsort(descending=True)[:3]}
    assert set(other.weights.filter(date=market.dates[FIRST])["symbol"]) == best


def test_the_configuration_offers_exactly_these_and_chooses_all_of_them():
    schema = schema_of(ROOT / "src")
    offered = schema["properties"]["evaluation"]["properties"]["baselines"]["items"]["enum"]
    chosen = yaml.safe_load((ROOT / "config.yaml").read_text())["evaluation"]["baselines"]
    assert offered == sorted(chosen) == NAMES
    assert len(NAMES) == 20
    assert {name for name in NAMES if name.startswith("regime_")} == {
        f"regime_{name}" for name in REGIMES
    }


def test_a_name_of_no_baseline_is_refused_with_those_that_are():
    with pytest.raises(ValueError, match="unknown baseline 'cahs': known are buy_and_hold, cash"):
        baseline_of("cahs")


def test_a_window_without_a_row_before_it_is_refused(market: Market):
    early = replace(context_of(market), window=Window(market.dates[0], market.dates[9]))
    for name in NAMES:
        with pytest.raises(InputError, match="needs a date before it"):
            roll_baselines([name], [early], config=FREE, warm_in_days=0)


@pytest.mark.parametrize(("apart", "year", "month"), [(1, 365, 30), (7, 52, 4), (1.45, 252, 21)])
def test_momentum_looks_back_a_year_of_the_markets_own_bars(
    apart: float, year: int, month: int
) -> None:
    first = date(2010, 1, 2)
    count = 420
    dates = tuple(first + timedelta(days=int(apart * day)) for day in range(count))
    market = replace(random_walks(5, days=count, symbols=6), dates=dates)
    window = Window(dates[400], dates[410])
    context = replace(context_of(market), window=window)
    roll = roll_baselines(["momentum_12_1"], [context], config=FREE, warm_in_days=0)
    close = market.close[399 - year : 400 - month].numpy()
    rose = close[-1] / close[0]
    best = {market.symbols[i] for i in np.argsort(rose)[3:]}
    held = (
        roll["momentum_12_1"]
        .windows[0]
        .weights.filter((pl.col("date") == dates[400]) & (pl.col("weight") > 1e-6))
    )
    assert set(held["symbol"]) == best
