"""Many terms at once: each account's figures are those of a rollout of its own on those terms."""

from dataclasses import replace
from functools import partial

import numpy as np
import polars as pl
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from walkforge.errors import InputError
from walkforge.evaluation.baselines.naive import buy_and_hold, equal_weight
from walkforge.market.account import Observation
from walkforge.market.market import Market
from walkforge.market.regimes import regime_targets
from walkforge.market.rollout import Stretch, roll_record, rollout
from walkforge.market.rollout_terms import Deciding, Terms, rollout_terms
from walkforge.splits.windows import Window
from worlds import delisting_walks, market_of, money, random_walks

FREE = money()
COSTLY = money(
    commission_bps=10.0, stamp_duty_bps=3.0, spread_bps=2.0, slippage_bps=5.0,
    impact="square_root", impact_coefficient=1.0,
)  # fmt: skip
KINDS = [
    Terms(FREE, (1e3,) * 3, (0.0, 5.0, 50.0)),
    Terms(COSTLY, (1e3, 1e6, 1e9), (0.0,) * 3),
    Terms(replace(COSTLY, execution="same_close"), (1e6,), (0.0,)),
    Terms(replace(COSTLY, execution="close"), (1e6,), (0.0,)),
    Terms(COSTLY, (1e6, 1e5), (0.0, 7.0), delay=1),
]


class Late:
    """A policy that is told of the market a session late, and knows what it holds."""

    def __init__(self, decide) -> None:
        self.decide = decide
        self.before = None

    def __call__(self, seen: Observation) -> torch.Tensor:
        before = self.before
        self.before = seen
        if before is None:
            return seen.weights
        return self.decide(before._replace(weights=seen.weights))


@pytest.fixture(scope="module")
def market() -> Market:
    """Four symbols: the first is delisted on row 40, the third misses three days."""
    walks = delisting_walks()
    tradable = walks.tradable.clone()
    tradable[30:33, 2] = False
    features = torch.where(tradable.unsqueeze(-1), walks.features, 0.0)
    return replace(walks, tradable=tradable, features=features)


def window_of(market: Market) -> Window:
    return Window(market.dates[27], market.dates[45])


def rolled(decides, market, window, **options):
    """Roll one window whose account opens in cash."""
    return rollout_terms([Deciding(window, decides, market)], warm_in_days=0, **options)


def by_features(seen: Observation) -> torch.Tensor:
    """The way that an agent goes: a tenth of the way to a softmax of the features."""
    logits = seen.features.double().sum(-1).masked_fill(~seen.tradable, -torch.inf)
    cash = torch.zeros(len(logits), 1, dtype=torch.float64)
    return seen.weights + 0.1 * (torch.softmax(torch.cat([logits, cash], 1), 1) - seen.weights)


def in_sleeves(seen: Observation) -> torch.Tensor:
    """All or nothing of one symbol, by its first feature."""
    assert seen.weights.shape[1] == 2
    into = (seen.features[:, 0, :1].double() > 0.0).double()
    return torch.cat([into, 1.0 - into], dim=1)


@pytest.mark.parametrize("sleeves", [False, True], ids=["universe", "sleeves"])
def test_figures_are_those_of_a_rollout_for_each_policy_on_each_of_the_terms(market, sleeves):
    makers = {
        False: [lambda: equal_weight, buy_and_hold, lambda: by_features,
                lambda: partial(regime_targets, "momentum")],
        True: [lambda: in_sleeves],
    }[sleeves]  # fmt: skip
    window = window_of(market)
    found = rolled([make() for make in makers], market, window, terms=KINDS, single_symbol=sleeves)
    for kind, figures in zip(KINDS, found, strict=True):
        assert figures.net_return.shape == (18, len(makers), len(kind.cash))
        for s, make in enumerate(makers):
            for n, (cash, more) in enumerate(zip(kind.cash, kind.commission_bps, strict=True)):
                costs = kind.config.costs
                costs = replace(costs, commission_bps=costs.commission_bps + more)
                config = replace(kind.config, initial_cash=cash, costs=costs)
                decide = Late(make()) if kind.delay else make()
                daily = rollout(decide, market, window, config=config, single_symbol=sleeves).daily
                for name in figures._fields:
                    np.testing.assert_allclose(
                        getattr(figures, name)[:, s, n], daily[name], rtol=1e-9, atol=1e-12
                    )


def test_figures_are_those_of_one_account_over_windows_their_gaps_and_a_warm_in(market):
    windows = [Window(market.dates[a], market.dates[b]) for a, b in ((12, 20), (20, 27), (38, 45))]
    regimes = ("momentum", "equal_weight", "quality")

    def towards(name):
        return lambda seen: seen.weights + 0.3 * (regime_targets(name, seen) - seen.weights)

    decides = [towards(name) for name in regimes]
    stretches = [Deciding(w, [own], market) for w, own in zip(windows, decides, strict=True)]
    found = rollout_terms(stretches, terms=KINDS[1:4], warm_in_days=5)
    for kind, figures in zip(KINDS[1:4], found, strict=True):
        config = replace(kind.config, initial_cash=kind.cash[-1])
        record = roll_record(
            [Stretch(w, own, market) for w, own in zip(windows, decides, strict=True)],
            config=config, warm_in_days=5,
        )  # fmt: skip
        daily = pl.concat(each.daily for each in record.windows)
        for name in figures._fields:
            np.testing.assert_allclose(
                getattr(figures, name)[:, 0, -1], daily[name], rtol=1e-9, atol=1e-12
            )


def test_what_goes_out_late_over_a_border_was_decided_by_the_policy_before_it(market):
    asked = {"old": [], "new": []}

    def named(name):
        def decide(seen: Observation) -> torch.Tensor:
            asked[name].append(seen.features)
            return seen.weights

        return decide

    windows = Window(market.dates[20], market.dates[24]), Window(market.dates[24], market.dates[28])
    kinds = [Terms(FREE, (1.0,), (0.0,)), Terms(FREE, (1.0,), (0.0,), delay=1)]
    stretches = [Deciding(w, [named(n)], market) for w, n in zip(windows, asked, strict=True)]
    rollout_terms(stretches, terms=kinds, warm_in_days=2)
    # The warm-in, 4 decisions for both, then one more for the late account alone.
    assert [len(each) for each in asked["old"]] == [2] * 6 + [1]
    assert [len(each) for each in asked["new"]] == [1] + [2] * 3
    assert torch.equal(asked["old"][-1][0], market.features[22])
    assert torch.equal(asked["new"][0][0], market.features[23])
    assert torch.equal(asked["new"][1], market.features[[24, 23]])


def test_a_late_order_fills_at_the_open_two_sessions_after_its_decision():
    close = np.array([[10.0], [11.0], [12.0], [15.0], [18.0]])
    opening = np.array([[10.0], [10.5], [11.5], [12.5], [16.0]])
    market = market_of(opening, close, np.zeros((5, 1, 1)), np.ones((5, 1), dtype=bool))
    window = Window(market.dates[1], market.dates[4])
    (timely, late) = rolled(
        [lambda seen: torch.tensor([[0.5, 0.5]]).double().expand(len(seen.weights), 2)],
        market, window,
        terms=[Terms(FREE, (1_000.0,), (0.0,)), Terms(FREE, (1_000.0,), (0.0,), delay=1)],
    )  # fmt: skip
    # Timely: 500 / 10 units at the open of 10.5. Late: nothing on the first day, then 500 / 11
    # units at the open of 11.5, marked at 12.
    assert float(timely.net_return[0, 0, 0]) == pytest.approx(50 * (11.0 - 10.5) / 1_000)
    assert float(late.net_return[0, 0, 0]) == 0.0
    assert float(late.turnover[0, 0, 0]) == 0.0
    assert float(late.net_return[1, 0, 0]) == pytest.approx(500 / 11 * (12.0 - 11.5) / 1_000)
    assert float(late.turnover[1, 0, 0]) == pytest.approx(500 / 11 * 11.5 / 1_000)


def test_late_orders_of_who_holds_on_are_none(market):
    (late,) = rolled([buy_and_hold()], market, window_of(market), terms=KINDS[-1:])
    traded = late.turnover[:, 0, 0].numpy()
    assert traded[0] == 0.0
    assert traded[1] > 0.9
    assert traded[2:].max() == 0.0


def test_late_decisions_read_the_session_before_alone(market):
    told = []

    def decide(seen: Observation) -> torch.Tensor:
        told.append(seen)
        return seen.weights

    kinds = [Terms(FREE, (1.0,), (0.0,)), Terms(FREE, (1.0,), (0.0,), delay=1)]
    rolled([decide], market, window_of(market), terms=kinds)
    for row, seen in zip(range(26, 44), told, strict=True):
        rows = [row, row - 1]
        assert torch.equal(seen.features, market.features[rows])
        assert torch.equal(seen.tradable, market.tradable[rows])
        assert torch.equal(seen.factors.momentum, market.momentum[rows])


@settings(derandomize=True, deadline=None, max_examples=10)
@given(st.integers(0, 1000), st.lists(st.floats(0.0, 200.0), min_size=2, max_size=5))
def test_costs_never_raise_the_wealth_of_decided_weights(seed, rates):
    generator = np.random.default_rng(seed)
    market = random_walks(seed, days=30, symbols=3)
    ordered = generator.dirichlet(np.ones(4), size=30)
    days = iter(ordered)

    def decide(seen: Observation) -> torch.Tensor:
        return torch.as_tensor(next(days)).expand(len(seen.weights), 4)

    rates = sorted(rates)
    window = Window(market.dates[2], market.dates[28])
    terms = [Terms(FREE, (1e3,) * len(rates), tuple(rates))]
    (found,) = rolled([decide], market, window, terms=terms)
    equity = (1.0 + found.net_return[:, 0]).cumprod(0).numpy()
    assert (np.diff(equity, axis=1) <= 1e-12).all()


def test_a_weight_that_is_no_number_is_named_by_its_symbol(market):
    def decide(seen: Observation) -> torch.Tensor:
        weights = seen.weights.clone()
        weights[market.symbols.index("S02") :: 4, 0] = torch.nan
        return weights

    with pytest.raises(ValueError, match="S02"):
        rolled(
            [decide], market, window_of(market), terms=KINDS[1:2], single_symbol=True
        )  # fmt: skip


def test_a_window_without_a_row_before_it_is_refused(market):
    early = Window(market.dates[0], market.dates[9])
    with pytest.raises(InputError, match="needs a date before it"):
        rolled([equal_weight], market, early, terms=KINDS)
