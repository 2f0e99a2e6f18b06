"""Many accounts at once: each one's figures are those of a rollout of its own."""

from functools import partial

import numpy as np
import pytest
import torch

from walkforge.errors import InputError
from walkforge.evaluation.baselines.naive import equal_weight
from walkforge.market.account import Observation
from walkforge.market.market import Market
from walkforge.market.regimes import REGIMES, regime_targets
from walkforge.market.rollout import rollout
from walkforge.market.rollout_many import DailyMany, rollout_many
from walkforge.splits.windows import Window
from worlds import delisting_walks, money

COSTLY = money(
    commission_bps=10.0, spread_bps=2.0, slippage_bps=5.0, impact="square_root",
    impact_coefficient=1.0,
)  # fmt: skip


@pytest.fixture(scope="module")
def market() -> Market:
    """Four symbols, the first of which is delisted on row 40."""
    return delisting_walks()


def window_of(market: Market) -> Window:
    return Window(market.dates[22], market.dates[58])


def assert_same(many: DailyMany, account: int, daily) -> None:
    for name in DailyMany._fields:
        figures = getattr(many, name)[:, account].numpy()
        np.testing.assert_allclose(figures, daily[name].to_numpy(), rtol=1e-9, atol=1e-12)


def test_equal_deciders_have_the_figures_of_one_rollout(market: Market) -> None:
    many = rollout_many(
        equal_weight, market, [window_of(market)], config=COSTLY, count=5, warm_in_days=0
    )
    daily = rollout(equal_weight, market, window_of(market), config=COSTLY).daily
    assert all(figure.shape == (36, 5) for figure in many)
    for account in range(5):
        assert_same(many, account, daily)


def test_accounts_that_decide_differently_do_not_touch_each_other(market: Market) -> None:
    def each_its_own(seen: Observation) -> torch.Tensor:
        rows = [regime_targets(name, seen)[i] for i, name in enumerate(REGIMES)]
        return torch.stack(rows)

    window = window_of(market)
    count = len(REGIMES)
    many = rollout_many(each_its_own, market, [window], config=COSTLY, count=count, warm_in_days=0)
    for account, name in enumerate(REGIMES):
        alone = rollout(partial(regime_targets, name), market, window, config=COSTLY)
        assert_same(many, account, alone.daily)


def test_accounts_see_the_features_of_their_day(market: Market) -> None:
    told = []

    def decide(seen: Observation) -> torch.Tensor:
        told.append(seen.features.clone())
        return seen.weights

    rollout_many(decide, market, [window_of(market)], config=COSTLY, count=2, warm_in_days=0)
    for features, row in zip(told, range(21, 57), strict=True):
        assert torch.equal(features, market.features[[row, row]])


def test_a_window_without_a_row_before_it_is_refused(market: Market) -> None:
    early = Window(market.dates[0], market.dates[9])
    with pytest.raises(InputError, match="needs a date before it"):
        rollout_many(equal_weight, market, [early], config=COSTLY, count=2, warm_in_days=0)
