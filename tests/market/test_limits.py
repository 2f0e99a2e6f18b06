"""The limits on what is ordered hold for every account, price and order."""

from typing import NamedTuple

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from walkforge.market.config import LimitConfig
from walkforge.market.simulator import Accounts, limited_weights

SHARES = st.sampled_from([None, 0.01, 0.1, 0.3, 0.5])


class Position(NamedTuple):
    """Of one symbol: weight asked for (before scaling), units held, price paid, close over it."""

    asked: float
    units: float
    paid: float
    move: float


POSITION = st.builds(
    Position,
    st.floats(0.0, 1.0),
    st.one_of(st.just(0.0), st.floats(1e-3, 1e3)),
    st.floats(0.5, 500.0),
    # at limits too: 0.9 and 1.1 are those of a tenth
    st.one_of(st.sampled_from([0.5, 0.7, 0.9, 0.99, 1.0, 1.01, 1.1, 1.3]), st.floats(0.2, 3.0)),
)
LIMITS = st.builds(
    LimitConfig,
    position_cap=st.sampled_from([None, 0.05, 0.2, 1.0]),
    stop_loss=SHARES,
    take_profit=SHARES,
    max_trades=st.sampled_from([None, 1, 5]),
)


def closed_out(position: Position, price: float, limits: LimitConfig) -> bool:
    """Whether what is held has fallen or risen so far that all of it goes."""
    if position.units <= 0.0:
        return False
    fallen = limits.stop_loss is not None and price <= position.paid * (1.0 - limits.stop_loss)
    risen = limits.take_profit is not None and price >= position.paid * (1.0 + limits.take_profit)
    return fallen or risen


@settings(max_examples=300, deadline=None, derandomize=True)
@given(
    positions=st.lists(POSITION, min_size=1, max_size=5),
    cash=st.floats(0.0, 1e4),
    trades=st.integers(0, 6),
    limits=LIMITS,
)
def test_what_is_ordered_is_within_the_limits(
    positions: list[Position], cash: float, trades: int, limits: LimitConfig
) -> None:
    asked = [each.asked / max(sum(p.asked for p in positions), 1.0) for each in positions]
    close = [each.paid * each.move for each in positions]
    equity = cash + sum(p.units * price for p, price in zip(positions, close, strict=True))
    entry = [each.paid if each.units > 0.0 else 0.0 for each in positions]
    one = [[cash], [[p.units for p in positions]], [equity], [entry], [trades]]
    accounts = Accounts(*(torch.tensor(x, dtype=torch.float64) for x in one))
    given_ = torch.tensor([[*asked, 1.0 - sum(asked)]], dtype=torch.float64)
    prices = torch.tensor([close], dtype=torch.float64)
    ordered = limited_weights(accounts, given_, prices, limits=limits)[0].tolist()
    assert sum(ordered) == pytest.approx(1.0, abs=1e-12)
    assert ordered[-1] >= given_[0, -1].item() - 1e-12  # what is cut is cash
    spent = limits.max_trades is not None and trades >= limits.max_trades
    for position, weight, want, price in zip(positions, ordered[:-1], asked, close, strict=True):
        free = want
        if limits.position_cap is not None:
            assert weight <= limits.position_cap
            free = min(free, limits.position_cap)
        if closed_out(position, price, limits):
            assert weight == 0.0
            continue
        owned = position.units * price / equity if equity > 0.0 else 0.0
        assert weight == pytest.approx(min(free, owned) if spent else free, rel=1e-12, abs=1e-12)


def test_a_limit_that_is_just_reached_is_passed() -> None:
    limits = LimitConfig(position_cap=None, stop_loss=0.1, take_profit=0.25, max_trades=None)
    close = torch.tensor([[90.0, 90.01, 124.99, 125.0]], dtype=torch.float64)
    held = torch.ones_like(close)
    cash = torch.tensor([500.0], dtype=torch.float64)
    entry = torch.full_like(close, 100.0)
    accounts = Accounts(cash, held, cash + close.sum(-1), entry, torch.zeros_like(cash))
    asked = torch.tensor([[0.2, 0.2, 0.2, 0.2, 0.2]], dtype=torch.float64)
    ordered = limited_weights(accounts, asked, close, limits=limits)[0]
    assert ordered.tolist() == pytest.approx([0.0, 0.2, 0.2, 0.0, 0.6])
