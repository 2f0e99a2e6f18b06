"""Random policies: an agent's turnover and cash, no skill, and the same bits twice."""

import numpy as np
import polars as pl
import pytest
import torch

from walkforge.errors import InputError
from walkforge.evaluation.random_policies import (
    Course,
    Draw,
    Habits,
    RandomConfig,
    draw_of,
    habits_of,
    matched,
    random_returns,
)
from walkforge.frames import parquet_content
from walkforge.market.account import Observation
from walkforge.market.market import Market
from walkforge.market.plan import plan_days
from walkforge.market.rollout import Decide, Stretch, roll_record, rollout
from walkforge.market.schemes.scheme import with_cash
from walkforge.market.schemes.weights import Scheme
from walkforge.splits.windows import Window
from worlds import money, random_walks

COSTLY = money(commission_bps=10.0, spread_bps=2.0)
DRAW = Draw(60, 7)


def agent(kappa: float, seed: int = 0, cash_bias: float = -3.0) -> Decide:
    """What an agent with the scheme `weights` decides that acts at random."""
    scheme = Scheme(kappa=kappa, cash_bias=cash_bias)
    generator = torch.Generator().manual_seed(seed)

    def decide(seen: Observation) -> torch.Tensor:
        action = torch.randn(seen.weights.shape, generator=generator)
        return scheme.adjusted(scheme.targets(action, seen), seen)

    return decide


@pytest.fixture(scope="module")
def market() -> Market:
    return random_walks(4, days=300, symbols=8)


@pytest.fixture(scope="module")
def window(market: Market) -> Window:
    return Window(market.dates[30], market.dates[290])


def dailies_of(*policies: Decide, market: Market, window: Window) -> list[pl.DataFrame]:
    return [rollout(each, market, window, config=COSTLY).daily for each in policies]


def habits_in(dailies: list[pl.DataFrame], market: Market, window: Window) -> Habits:
    return habits_of(dailies, market, plan_days(market, [window], warm_in_days=0))


def course(market: Market, window: Window) -> Course:
    return Course(market, [window], 0)


@pytest.mark.parametrize("kappa", [0.03, 0.1, 0.6])
def test_turnover_and_cash_are_the_agents(kappa: float, market: Market, window: Window) -> None:
    dailies = dailies_of(agent(kappa, 1), agent(kappa, 2), market=market, window=window)
    habits = habits_in(dailies, market, window)
    wanted = np.mean([daily["turnover"].mean() for daily in dailies])
    assert habits.turnover == pytest.approx(wanted, rel=1e-12)
    policy, daily = matched(habits, course(market, window), config=COSTLY, draw=DRAW)
    assert float(daily.turnover.mean()) == pytest.approx(wanted, rel=0.02)
    assert 0.0 < policy.kappa <= 1.0
    cash = np.mean([daily["cash_weight"].to_numpy() for daily in dailies], axis=0)
    wanted_cash = habits.cash_weight.numpy()
    np.testing.assert_allclose(wanted_cash[1:], cash[:-1], atol=1e-12)
    np.testing.assert_allclose(daily.cash_weight.mean(1), wanted_cash, atol=0.01)


def test_a_hasty_agent_is_matched_by_concentrated_scores(market: Market, window: Window) -> None:
    def hasty(seen: Observation) -> torch.Tensor:
        place = int(seen.features[0, 0, 0].abs() * 1e4) % 8
        return with_cash(torch.eye(8, dtype=torch.float64)[place].unsqueeze(0) * 0.99)

    habits = habits_in(dailies_of(hasty, market=market, window=window), market, window)
    assert habits.turnover > 1.5
    policy, daily = matched(habits, course(market, window), config=COSTLY, draw=DRAW)
    assert policy.concentration > 1.0
    assert float(daily.turnover.mean()) == pytest.approx(habits.turnover, rel=0.02)


def test_an_agent_in_cash_is_matched_by_accounts_in_cash(market: Market, window: Window) -> None:
    def idle(seen: Observation) -> torch.Tensor:
        return seen.weights

    dailies = dailies_of(idle, market=market, window=window)
    (returns,) = random_returns(
        dailies, course(market, window), ["fold_1"], config=COSTLY, draw=DRAW
    ).values()
    assert not returns.drop("date", "kappa", "concentration").to_numpy().any()


def test_nothing_of_the_day_of_the_fill_is_known_at_its_decision(
    market: Market, window: Window
) -> None:
    dailies = dailies_of(agent(0.1, cash_bias=0.0), market=market, window=window)
    later = [
        each.with_columns(
            cash_weight=pl.when(pl.int_range(pl.len()) >= 100).then(0.9).otherwise("cash_weight")
        )
        for each in dailies
    ]
    one, two = (habits_in(each, market, window).cash_weight for each in (dailies, later))
    assert torch.equal(one[:101], two[:101])  # the decision for day 100 is taken at the close of 99
    assert not torch.equal(one[101:], two[101:])


def test_luck_earns_an_equal_weight_of_the_same_exposure_less_costs() -> None:
    market = random_walks(11, days=900, symbols=20)
    window = Window(market.dates[30], market.dates[890])
    habits = habits_in(dailies_of(agent(0.2), market=market, window=window), market, window)
    _, daily = matched(habits, course(market, window), config=COSTLY, draw=DRAW)
    invested = iter(1.0 - habits.cash_weight)

    def same_exposure(seen: Observation) -> torch.Tensor:
        return with_cash(torch.full((1, 20), float(next(invested)) / 20, dtype=torch.float64))

    gross = rollout(same_exposure, market, window, config=money()).daily["net_return"].to_numpy()
    paid = 11e-4 * daily.turnover.mean(1).numpy()  # commission and half the spread
    expected = (gross - paid).mean() / (gross - paid).std() * np.sqrt(252)
    random = daily.net_return.numpy()
    sharpes = random.mean(axis=0) / random.std(axis=0) * np.sqrt(252)
    error = sharpes.std(ddof=1) / np.sqrt(len(sharpes))
    assert sharpes.mean() == pytest.approx(expected, abs=4 * error + 0.05)
    assert sharpes.std() > 0.05  # they are a distribution


def test_the_same_bytes_twice_and_others_for_another_seed(market, window, tmp_path) -> None:
    dailies = dailies_of(agent(0.1), market=market, window=window)

    def content(seed: int) -> bytes:
        draw = draw_of(RandomConfig(random_policies=12, random_seed=seed))
        returns = random_returns(
            dailies, course(market, window), ["fold_1"], config=COSTLY, draw=draw
        )
        parquet_content(returns["fold_1"])(tmp_path / "returns.parquet")
        return (tmp_path / "returns.parquet").read_bytes()

    assert content(0) == content(0)
    assert content(0) != content(1)


def test_they_are_rolled_from_the_warm_in_over_the_borders_of_folds(market: Market) -> None:
    windows = [Window(market.dates[a], market.dates[b]) for a, b in [(90, 150), (150, 250)]]
    rolled = roll_record(
        [Stretch(each, decide, market) for decide in [agent(0.05)] for each in windows],
        config=COSTLY, warm_in_days=60,
    )  # fmt: skip
    daily = pl.concat([each.daily for each in [*rolled.warm_ins, *rolled.windows]])
    where = Course(market, windows, 60)
    returns = random_returns([daily], where, ["fold_1", "fold_2"], config=COSTLY, draw=Draw(40, 1))
    names = [
        "date",
        "turnover",
        "kappa",
        "concentration",
        *(f"random_{place:03d}" for place in range(40)),
    ]
    assert [each.columns for each in returns.values()] == [names, names]
    whole = pl.concat(returns.values())
    assert whole["date"].to_list() == list(market.dates[90:250])
    # Matched on the scored days alone, and no one buys the whole portfolio at a border.
    wanted = pl.concat([each.daily for each in rolled.windows])["turnover"]
    assert whole["turnover"].mean() == pytest.approx(wanted.mean(), rel=0.02)
    assert max(each["turnover"][0] for each in returns.values()) < 0.15


def test_symbols_that_cannot_be_traded_are_not(market: Market, window: Window) -> None:
    dailies = dailies_of(agent(0.1), market=market, window=window)
    market.tradable[100:150] = False
    try:
        habits = habits_in(dailies, market, window)
        _, daily = matched(habits, course(market, window), config=COSTLY, draw=DRAW)
    finally:
        market.tradable[100:150] = True
    assert not daily.turnover[70:120].any()
    assert daily.net_return.isfinite().all()


def test_frames_of_another_window_are_refused(market: Market, window: Window) -> None:
    dailies = dailies_of(agent(0.1), market=market, window=window)
    other = Window(market.dates[31], window.end)
    with pytest.raises(InputError, match="260 dates, .* has 259 .*rerun evaluate_agent"):
        random_returns(dailies, course(market, other), ["fold_1"], config=COSTLY, draw=DRAW)
