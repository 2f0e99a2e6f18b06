"""Cost by regime: the ledger's sums of each regime rolled alone."""

from functools import partial

import pytest
import torch

from walkforge.evaluation.regime_costs import regime_costs
from walkforge.market.regimes import REGIMES, regime_targets
from walkforge.market.rollout import Stretch, roll_record
from walkforge.market.simulator import CostParts
from walkforge.reporting.pages.costs import costs_html
from walkforge.splits.windows import Window
from worlds import money, random_walks

CONFIG = money(
    commission_bps=10.0, stamp_duty_bps=5.0, spread_bps=2.0, slippage_bps=5.0,
    impact="square_root", impact_coefficient=1.0,
)  # fmt: skip


@pytest.fixture(scope="module")
def market():
    return random_walks(1, days=60, symbols=5)


def windows_of(market) -> list[Window]:
    return [Window(market.dates[first], market.dates[stop]) for first, stop in ((22, 40), (40, 58))]


@pytest.mark.parametrize("regime", REGIMES)
def test_costs_are_those_of_the_regime_rolled_alone(market, regime):
    windows = windows_of(market)
    (row,) = (
        regime_costs(market, windows, config=CONFIG, warm_in_days=5)
        .filter(regime=regime)
        .rows(named=True)
    )
    alone = partial(regime_targets, regime)
    stretches = [Stretch(window, alone, market) for window in windows]
    rolled = roll_record(stretches, config=CONFIG, warm_in_days=5).windows
    days = 36
    turnover = sum(each.daily["turnover"].sum() for each in rolled)
    assert row["turnover"] == pytest.approx(turnover * 252 / days, rel=1e-9)
    cost = sum(each.daily["cost"].sum() for each in rolled)
    assert row["cost"] == pytest.approx(cost * 252 / days, rel=1e-9)
    assert row["cost"] == pytest.approx(sum(row[name] for name in CostParts._fields))
    growth = rolled[-1].daily["equity"][-1]
    assert 1 + row["net_return"] == pytest.approx(growth ** (252 / days))


def test_cash_costs_nothing_and_the_page_names_every_regime(market):
    costs = regime_costs(market, windows_of(market), config=CONFIG, warm_in_days=5)
    idle = costs.filter(costs["regime"].is_in(["hold", "full_cash"]))
    assert idle["cost"].to_list() == [0.0, 0.0]
    assert costs["cost"].max() > 0.01
    html = costs_html(costs, execution="open")
    for words in (*REGIMES, "stamp duty", "12 regimes"):
        assert words in html
    assert torch.isfinite(torch.tensor(costs["net_return"].to_list())).all()
