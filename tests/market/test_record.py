"""One account through contiguous windows: policies change at a border, holdings stay."""

import numpy as np
import polars as pl
import pytest
import torch
from polars.testing import assert_frame_equal
from torch import Tensor

from walkforge.errors import InputError
from walkforge.evaluation.baselines.naive import buy_and_hold, equal_weight
from walkforge.market.account import Observation
from walkforge.market.market import Market
from walkforge.market.plan import plan_days
from walkforge.market.regimes import regime_targets
from walkforge.market.rollout import (
    Decide,
    Rolled,
    Stretch,
    roll_record,
    rolled_accounts,
    rollout,
)
from walkforge.market.rollout_many import rollout_many
from walkforge.market.schemes.weights import Scheme
from walkforge.splits.windows import Window
from worlds import money, random_walks

COSTLY = money(
    commission_bps=10.0, spread_bps=2.0, slippage_bps=5.0, impact="square_root",
    impact_coefficient=1.0,
)  # fmt: skip
WARM_IN = 10
MARKET = random_walks(5, days=90)


def window(first: int, stop: int, market: Market = MARKET) -> Window:
    return Window(market.dates[first], market.dates[stop])


ONE = window(30, 45)
TWO = window(45, 60)
LATER = window(75, 85)


def towards(name: str, *, kappa: float = 0.3) -> Decide:
    """A policy that goes a part of the way to a regime's portfolio."""

    def decide(seen: Observation) -> Tensor:
        return seen.weights + kappa * (regime_targets(name, seen) - seen.weights)

    return decide


def rolled(*stretches: tuple[Window, Decide], days: int = WARM_IN, **options) -> Rolled:
    given = [Stretch(span, decide, MARKET) for span, decide in stretches]
    return roll_record(given, config=COSTLY, warm_in_days=days, **options)


def joined(record: Rolled, frame: str) -> pl.DataFrame:
    return pl.concat([getattr(each, frame) for each in record.windows])


@pytest.mark.parametrize("scheme", ["universe", "sleeves"])
def test_two_windows_of_one_policy_are_one_long_window_to_the_bit(scheme: str) -> None:
    sleeves = scheme == "sleeves"

    def decide(seen: Observation) -> Tensor:
        half = torch.full_like(seen.weights, 0.5 / (seen.weights.shape[1] - 1))
        half[:, -1] = 0.5
        return seen.weights + 0.3 * (half - seen.weights)

    parts = rolled((ONE, decide), (TWO, decide), single_symbol=sleeves)
    whole = rolled((Window(ONE.start, TWO.end), decide), single_symbol=sleeves)
    for frame in ("daily", "weights", "ledger"):
        assert_frame_equal(joined(parts, frame), joined(whole, frame), check_exact=True)
        warm, same = (getattr(each.warm_ins[0], frame) for each in (parts, whole))
        assert_frame_equal(warm, same, check_exact=True)
    assert all(map(torch.equal, parts.closing, whole.closing))


def test_at_a_border_the_policy_changes_and_the_holdings_stay() -> None:
    held = buy_and_hold()
    still = rolled((ONE, held), (TWO, held))
    assert still.warm_ins[0].ledger.height == 4
    assert joined(still, "ledger").is_empty()
    other = rolled((ONE, towards("momentum")), (TWO, towards("full_cash")))
    before, after = (each.daily["cash_weight"] for each in other.windows)
    assert before[-1] < 0.1 < after[0] < 0.5
    assert after[-1] > 0.95
    one, two = (each.daily["equity"] for each in other.windows)
    growth = 1.0 + other.windows[1].daily["net_return"][0]
    assert two[0] == pytest.approx(one[-1] * growth, rel=1e-12)


def test_the_warm_in_is_rolled_by_the_first_policy_and_is_not_scored() -> None:
    record = rolled((ONE, towards("momentum")), (TWO, towards("low_volatility")))
    (warm,) = record.warm_ins
    alone = rollout(towards("momentum"), MARKET, window(20, 30), config=COSTLY)
    assert_frame_equal(warm.daily, alone.daily, check_exact=True)
    daily = record.windows[0].daily
    assert daily["date"][0] == ONE.start
    assert daily["equity"][0] == pytest.approx(1.0 + daily["net_return"][0], rel=1e-12)


def test_a_gap_opens_the_account_again() -> None:
    policies = (towards("momentum"), towards("low_volatility"))
    record = rolled((ONE, policies[0]), (LATER, policies[1]))
    alone = rolled((LATER, policies[1]))
    assert [each.daily["date"][0] for each in record.warm_ins] == [
        MARKET.dates[20], MARKET.dates[65]
    ]  # fmt: skip
    assert_frame_equal(record.warm_ins[1].daily, alone.warm_ins[0].daily, check_exact=True)
    assert_frame_equal(record.windows[1].daily, alone.windows[0].daily, check_exact=True)


def test_an_account_is_carried_on() -> None:
    one = (ONE, towards("momentum"))
    two = (TWO, towards("low_volatility"))
    whole = rolled(one, two)
    first = rolled(one)
    second = rolled(two, accounts=first.closing)
    assert second.warm_ins == []
    assert_frame_equal(second.windows[0].ledger, whole.windows[1].ledger, check_exact=True)
    closing = rolled_accounts(
        [Stretch(*two, MARKET)], config=COSTLY, warm_in_days=WARM_IN, accounts=first.closing
    )
    assert all(map(torch.equal, closing, whole.closing))


def test_without_a_warm_in_its_frames_are_empty() -> None:
    record = rolled((ONE, towards("momentum")), days=0)
    (warm,) = record.warm_ins
    for frame in warm._fields:
        assert getattr(warm, frame).is_empty()
        assert getattr(warm, frame).schema == getattr(record.windows[0], frame).schema


def test_too_few_sessions_before_a_window_name_the_first_that_would_do() -> None:
    early = window(WARM_IN, 30)
    with pytest.raises(InputError, match=f"start it on {MARKET.dates[WARM_IN + 1]} or later"):
        rolled((early, equal_weight))
    assert rolled((window(WARM_IN + 1, 30), equal_weight)).warm_ins[0].daily.height == WARM_IN
    with pytest.raises(InputError, match=r"lower evaluation\.warm_in_days"):
        rolled((ONE, equal_weight), days=250)
    with pytest.raises(ValueError, match="overlaps"):
        plan_days(MARKET, [ONE, window(44, 60)], warm_in_days=0)


def test_many_accounts_go_the_same_way() -> None:
    windows = [ONE, TWO, LATER]
    decide = towards("safe_momentum")
    many = rollout_many(
        decide, MARKET, windows, config=COSTLY, count=3, warm_in_days=WARM_IN
    )  # fmt: skip
    record = rolled(*((each, decide) for each in windows))
    planned = plan_days(MARKET, windows, warm_in_days=WARM_IN)
    scored = torch.tensor([day.scored for day in planned])
    for name in many._fields:
        found = getattr(many, name)[scored, 1].numpy()
        np.testing.assert_allclose(found, joined(record, "daily")[name], rtol=1e-9, atol=1e-12)
    assert len(planned) == len(many.net_return) == 2 * WARM_IN + 15 + 15 + 10


@pytest.mark.parametrize("kappa", [1.0, 0.1])
def test_equal_weight_by_the_weights_scheme_is_the_baseline(kappa: float) -> None:
    """With kappa 1 it is the baseline; with 0.1 it lags behind by the drift since it last traded.

    Where every window opened in cash, its first days alone would differ by more than 0.1 a day.
    """
    scheme = Scheme(kappa=kappa, cash_bias=-60.0)

    def decide(seen: Observation) -> Tensor:
        output = torch.zeros_like(seen.weights)
        return scheme.adjusted(scheme.targets(output, seen), seen)

    market = random_walks(8, days=160)
    free = money()
    spans = [window(70, 100, market), window(100, 130, market), window(130, 150, market)]
    agent, baseline = (
        roll_record([Stretch(each, of, market) for each in spans], config=free, warm_in_days=60)
        for of in (decide, equal_weight)
    )
    x = joined(agent, "daily")["net_return"] - joined(baseline, "daily")["net_return"]
    assert len(x) == 80
    if kappa == 1.0:
        assert x.abs().max() < 1e-9
    else:
        assert x.abs().max() < 0.003
        assert float(joined(agent, "daily")["cash_weight"].abs().max()) < 0.002
