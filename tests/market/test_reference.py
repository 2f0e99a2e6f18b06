"""The batched simulator against the plain account, on random markets, terms and orders."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from scalar_market import PlainAccount, plain_day, plain_draw, plain_rollout
from walkforge.market.account import Observation
from walkforge.market.config import LimitConfig, MarketConfig
from walkforge.market.execution_inputs import execution_table, slippage_draws
from walkforge.market.market import Market
from walkforge.market.rollout import rollout
from walkforge.market.simulator import Accounts, cost_parts, trade_day
from walkforge.splits.windows import Window
from worlds import market_of, money, random_walks

DAYS = 30
SYMBOLS = 3
many = settings(max_examples=40, deadline=None, derandomize=True)
few = settings(max_examples=15, deadline=None, derandomize=True)

terms = st.builds(
    lambda execution, impact, limits, costs: money(
        execution=execution, impact=impact, limits=limits, **costs
    ),
    st.sampled_from(["open", "close", "same_close"]),
    st.sampled_from(["none", "square_root", "simple"]),
    st.builds(
        LimitConfig,
        position_cap=st.sampled_from([None, 0.2, 0.5]),
        stop_loss=st.sampled_from([None, 0.02, 0.05]),
        take_profit=st.sampled_from([None, 0.03, 0.15]),
        max_trades=st.sampled_from([None, 1, 9]),
    ),
    st.fixed_dictionaries(
        {
            "commission_bps": st.sampled_from([0.0, 10.0, 500.0]),
            "stamp_duty_bps": st.sampled_from([0.0, 50.0]),
            "spread_bps": st.sampled_from([0.0, 2.0]),
            "slippage_bps": st.sampled_from([0.0, 5.0]),
            "slippage_seed": st.integers(0, 2**70),
            "impact_coefficient": st.sampled_from([0.01, 0.2, 1.0]),
        }
    ),
)


def gappy(seed: int) -> Market:
    """Walks where symbols list late, miss days, end, come back, and trade little."""
    market = random_walks(seed, days=DAYS, symbols=SYMBOLS)
    generator = np.random.default_rng(seed + 1)
    tradable = generator.random((DAYS, SYMBOLS)) > 0.2
    tradable[:5, 0] = False
    delisted = ~tradable & (generator.random((DAYS, SYMBOLS)) < 0.3)
    arrays = (market.open, market.close, market.features)
    made = market_of(*(array.numpy() for array in arrays), tradable, delisted=delisted)
    value = np.where(
        generator.random((DAYS, SYMBOLS)) < 0.1, 0.0, generator.uniform(1e2, 1e5, (DAYS, 3))
    )
    return replace(made, daily_value=torch.as_tensor(value))


def random_weights(seed: int) -> list[list[float]]:
    """A portfolio to order on each day."""
    return np.random.default_rng(seed).dirichlet([0.3] * (SYMBOLS + 1), DAYS).tolist()


@many
@given(seed=st.integers(0, 10_000), config=terms)
def test_a_rollout_equals_the_plain_account(seed: int, config: MarketConfig) -> None:
    market = gappy(seed)
    wanted = random_weights(seed)
    rows = range(1, DAYS - 1)
    plain = plain_rollout(lambda now, row: wanted[row], market, rows, config=config)
    days = iter(range(DAYS))

    def decide(seen: Observation) -> torch.Tensor:
        return torch.tensor([wanted[next(days)]], dtype=torch.float64)

    window = Window(market.dates[1], market.dates[-1])
    rolled = rollout(decide, market, window, config=config)
    equity = [account.equity / config.initial_cash for account in plain]
    np.testing.assert_allclose(rolled.daily["equity"], equity, rtol=1e-9, atol=1e-12)
    fills = [fill for account in plain for fill in account.fills]
    assert len(fills) == rolled.ledger.height
    costs = rolled.ledger.select("commission", "stamp_duty", "spread", "slippage", "impact")
    assert costs.sum_horizontal().sum() == pytest.approx(sum(f.cost for f in fills), rel=1e-9)
    assert rolled.ledger["value"].sum() == pytest.approx(
        sum(fill.units * fill.price for fill in fills), rel=1e-9
    )


@few
@given(seed=st.integers(0, 10_000), config=terms)
def test_a_day_of_random_accounts_equals_the_plain_one(seed: int, config: MarketConfig) -> None:
    market = gappy(seed)
    generator = np.random.default_rng(seed)
    held = generator.uniform(0, 9, (8, SYMBOLS)) * (generator.random((8, SYMBOLS)) < 0.6)
    paid = np.where(held > 0, generator.uniform(40, 60, held.shape), 0.0)
    cash = generator.uniform(0, 500, 8)
    rows = generator.integers(0, DAYS - 1, 8)
    equity = cash + (held * market.close.numpy()[rows]).sum(axis=1)
    trades = generator.integers(0, 10, 8)
    wanted = generator.dirichlet([0.3] * (SYMBOLS + 1), 8)
    before = Accounts(*(torch.as_tensor(x).double() for x in (cash, held, equity, paid, trades)))
    now = execution_table(market, config).on(torch.as_tensor(rows))
    traded = trade_day(before, torch.as_tensor(wanted), now, config=config)
    parts = torch.stack(cost_parts(before, traded.fills, now, config=config)).sum(0)
    torch.testing.assert_close(parts, traded.fills.cost, rtol=1e-9, atol=1e-12)
    for i in range(8):
        account = PlainAccount(
            float(cash[i]), held[i].tolist(), paid[i].tolist(), float(equity[i]), int(trades[i])
        )
        plain = plain_day(account, wanted[i].tolist(), market, int(rows[i]), config)
        after = Accounts(*(x[i] for x in traded.accounts))
        close = pytest.approx
        assert float(after.cash) == close(plain.cash, rel=1e-9, abs=1e-9)
        assert after.holdings.tolist() == close(plain.held, rel=1e-9, abs=1e-12)
        assert after.entry.tolist() == close(plain.paid, rel=1e-9)
        assert float(after.equity) == close(plain.equity, rel=1e-9)
        assert int(after.trades) == plain.trades
        assert float(traded.realised[i]) == close(plain.realised, rel=1e-9, abs=1e-8)


@few
@given(seed=st.integers(0, 10_000), config=terms)
def test_money_is_conserved_but_for_costs_and_haircuts(seed: int, config: MarketConfig) -> None:
    market = gappy(seed)
    wanted = random_weights(seed)
    days = iter(range(DAYS))
    window = Window(market.dates[1], market.dates[-1])
    rolled = rollout(
        lambda seen: torch.tensor([wanted[next(days)]], dtype=torch.float64),
        market,
        window,
        config=config,
    )
    assert rolled.daily["cash_weight"].min() > -1e-12
    assert (rolled.daily["cost"] >= 0.0).all()
    costs = rolled.ledger.select("commission", "stamp_duty", "spread", "slippage", "impact")
    assert costs.min_horizontal().min() >= 0.0


def test_draws_are_uniform_and_belong_to_date_and_symbol_alone() -> None:
    market = random_walks(0, days=400, symbols=5)
    draws = slippage_draws(7, market.dates, market.symbols)
    assert draws.shape == (400, 5)
    assert (draws >= 0).all()
    assert (draws < 1).all()
    assert abs(draws.mean() - 0.5) < 0.03
    assert abs(np.corrcoef(draws.T) - np.eye(5)).max() < 0.2
    np.testing.assert_array_equal(
        slippage_draws(7, market.dates[9:20], market.symbols[::-2]), draws[9:20, ::-2]
    )
    assert draws[3, 2] == plain_draw(7, market.dates[3].toordinal(), market.symbols[2])
    assert (slippage_draws(8, market.dates, market.symbols) != draws).all()
