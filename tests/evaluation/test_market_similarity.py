"""What is the market in disguise is named so."""

import math

import numpy as np
import pytest

from walkforge.evaluation.market_similarity import action_entropy, correlation, market_similarity

T = 400
MARKET = np.random.default_rng(0).normal(0.0, 0.01, T)
NOTHING = np.zeros(T)


def named(returns, *, turnover=0.0, held=0.0, bought=NOTHING, sold=NOTHING):
    return market_similarity(
        returns, equal_weight=MARKET, buy_and_hold=MARKET,
        turnover=(252 * turnover, 252 * held),
        entropy=action_entropy(bought, sold),
    ).name  # fmt: skip


def test_who_moves_with_the_market_and_never_trades_buys_and_holds():
    assert named(0.9 * MARKET) == "buys and holds"


def test_who_moves_with_the_market_and_trades_is_no_holder():
    assert named(MARKET, turnover=0.05) == "moves with the market"
    busy = np.full(T, 1.0 / 3.0)
    assert named(MARKET, bought=busy, sold=busy) == "moves with the market"


def test_who_moves_otherwise_goes_its_own_way():
    assert named(np.random.default_rng(1).normal(0.0, 0.01, T)) == "goes its own way"


def test_who_is_always_in_cash_never_moves():
    assert named(NOTHING) == "never moves"


def test_what_buy_and_hold_buys_itself_in_every_window_is_no_trading():
    assert named(MARKET, turnover=0.01, held=0.008) == "buys and holds"
    assert named(MARKET, turnover=0.01) == "moves with the market"


def test_correlation_of_what_never_moves_is_undefined():
    assert math.isnan(correlation(MARKET, NOTHING))
    assert correlation(MARKET, -2.0 * MARKET) == pytest.approx(-1.0)


def test_entropy_runs_from_one_choice_to_all_equally_often():
    third = np.full(T, 1.0 / 3.0)
    assert action_entropy(NOTHING, NOTHING) == 0.0
    assert action_entropy(NOTHING + 1.0, NOTHING) == 0.0
    assert action_entropy(third, third) == pytest.approx(1.0)
    half = math.log(2.0) / math.log(3.0)
    assert action_entropy(NOTHING + 0.5, NOTHING) == pytest.approx(half)
