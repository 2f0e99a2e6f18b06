"""Sixty-five thousand accounts side by side: each is the plain account that it would be alone."""

from typing import Any

import numpy as np
import pytest
import torch

from scalar_market import PlainAccount, plain_day
from walkforge.market.config import LimitConfig
from walkforge.market.environment import AccountBatch
from walkforge.market.rewards.excess_log_return import Reward
from walkforge.market.schemes.weights import Scheme
from worlds import gappy_walks, money

ACCOUNTS = 65_536
SAMPLED = 50
DAYS = 6
SYMBOLS = 3
TERMS = money(
    commission_bps=10.0, stamp_duty_bps=50.0, spread_bps=2.0, slippage_bps=5.0, slippage_seed=3,
    impact="square_root", impact_coefficient=0.5,
    limits=LimitConfig(position_cap=0.4, stop_loss=0.03, take_profit=0.05, max_trades=12),
)  # fmt: skip


def assert_alike(batch: AccountBatch, place: int, plain: PlainAccount) -> None:
    close: Any = pytest.approx
    cash, held, equity, paid, trades = (values[place].tolist() for values in batch.accounts)
    assert cash == close(plain.cash, rel=1e-9, abs=1e-9)
    assert held == close(plain.held, rel=1e-9, abs=1e-12)
    assert equity == close(plain.equity, rel=1e-9)
    assert paid == close(plain.paid, rel=1e-9)
    assert trades == plain.trades


def test_each_of_many_accounts_is_the_plain_account_that_it_would_be_alone() -> None:
    market = gappy_walks(2, symbols=SYMBOLS)
    generator = torch.Generator().manual_seed(0)
    assert bool(market.delisted.any())
    batch = AccountBatch(
        market, scheme=Scheme(kappa=1.0, cash_bias=-1.0), reward=Reward(trade_penalty=0.0),
        config=TERMS, rows=range(3, 30), count=ACCOUNTS, episode_days=DAYS, generator=generator,
    )  # fmt: skip
    places = np.random.default_rng(0).choice(ACCOUNTS, SAMPLED, replace=False).tolist()
    cash = TERMS.initial_cash
    plain = {i: PlainAccount(cash, [0.0] * SYMBOLS, [0.0] * SYMBOLS, cash) for i in places}
    fills = 0
    rows = set()
    for _ in range(DAYS):
        seen = batch.observation()
        day = batch.day.tolist()
        action = torch.randn(ACCOUNTS, SYMBOLS + 1, generator=generator) * 3.0
        wanted = batch.scheme.adjusted(batch.scheme.targets(action, seen), seen)
        step = batch.step(action)
        for i in places:
            before = plain[i]
            plain[i] = plain_day(before, wanted[i].tolist(), market, day[i], TERMS)
            assert_alike(batch, i, plain[i])
            log_return = np.log(plain[i].equity / before.equity)
            mean = float(market.equal_weight_returns()[day[i] + 1])
            assert float(step.reward[i]) == pytest.approx(log_return - np.log1p(mean), abs=1e-6)
            fills += len(plain[i].fills)
            rows.add(day[i])
    assert fills > SAMPLED * DAYS / 2
    assert len(rows) > 15
