"""The supervised ranker: finds a planted signal, and knows nothing after its train window."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
import torch
from scipy.stats import spearmanr

from walkforge.evaluation.baseline_context import BaselineConfig, BaselineContext
from walkforge.evaluation.baselines.ranker import labels_of, predictions, ranker, thinned
from walkforge.evaluation.roll_baselines import roll_baselines
from walkforge.market.market import Market
from walkforge.market.rollout import rollout
from walkforge.splits.windows import Window
from worlds import market_of, money, planted_momentum, random_walks

TRAIN_STOP = 1_000
FIRST = 1_010
STOP = 1_999


def context_of(market: Market, *, kappa: float = 1.0) -> BaselineContext:
    return BaselineContext(
        market=market,
        window=Window(market.dates[FIRST], market.dates[STOP]),
        train=Window(market.dates[0], market.dates[TRAIN_STOP]),
        execution="open",
        config=BaselineConfig(
            baselines=["ranker"], lookback_days=252, rebalance_days=21, ranker_kappa=kappa
        ),
    )


@pytest.fixture(scope="module")
def planted() -> Market:
    return planted_momentum(0)


def dailies_of(context: BaselineContext) -> list[pl.DataFrame]:
    names = ["ranker", "equal_weight"]
    rolled = roll_baselines(names, [context], config=money(), warm_in_days=0)
    return [rolled[name].windows[0].daily for name in names]


def z_against_equal_weight(context: BaselineContext) -> float:
    ranked, equal = dailies_of(context)
    excess = ranked["net_return"] - equal["net_return"]
    values = excess.to_numpy()
    return float(values.mean() / values.std(ddof=1) * np.sqrt(len(values)))


def test_it_finds_planted_momentum_and_nothing_in_noise(planted: Market):
    assert z_against_equal_weight(context_of(planted)) > 5.0
    assert abs(z_against_equal_weight(context_of(planted_momentum(0, phi=0.0)))) < 3.0


def test_predictions_rank_the_planted_cause(planted: Market):
    context = context_of(planted)
    rows = context.decisions
    today = planted.features[rows.start : rows.stop, :, 0].numpy()
    found = spearmanr(predictions(context).ravel(), today.ravel()).statistic
    assert found > 0.6


def test_rows_after_the_train_window_change_nothing_in_the_fit(planted: Market):
    usual = predictions(context_of(planted))
    later = {name: getattr(planted, name).clone() for name in ("features", "open", "close")}
    for values in later.values():
        values[TRAIN_STOP : FIRST - 1] *= 3.0
    later["open"][TRAIN_STOP:] *= 0.5
    later["close"][TRAIN_STOP:] *= 7.0
    tradable = planted.tradable.clone()
    tradable[TRAIN_STOP : FIRST - 1, ::2] = False
    changed = predictions(context_of(replace(planted, tradable=tradable, **later)))
    assert np.array_equal(usual, changed)
    inside = planted.open.clone()
    inside[TRAIN_STOP - 1] *= torch.linspace(0.5, 2.0, 30)
    assert not np.array_equal(usual, predictions(context_of(replace(planted, open=inside))))


def prices() -> Market:
    """Two symbols over six days: opens 1, 2, 4, ... and always 1; closes 3 x and 5 x."""
    opening = np.stack([2.0 ** np.arange(6), np.ones(6)], axis=1)
    close = np.stack([3.0 ** np.arange(6), 5.0 ** np.arange(6)], axis=1)
    return market_of(opening, close, np.zeros((6, 2, 1)), np.ones((6, 2), dtype=bool))


@pytest.mark.parametrize(
    ("execution", "last", "label"),
    [("open", 2, 0.5), ("close", 2, -1.0), ("same_close", 3, -1.0)],
)
def test_labels_are_what_a_decision_earns_until_the_next_by_hand(execution, last, label):
    # Opens double or stay: + 100 % and 0, less their mean. Closes grow three- or fivefold.
    labels = labels_of(prices(), range(1, 5), execution=execution, order=[0, 1])
    assert labels.row.tolist() == [row for row in range(1, last + 1) for _ in range(2)]
    assert labels.column.tolist() == [0, 1] * last
    np.testing.assert_allclose(labels.label, [label, -label] * last)


def test_labels_need_every_day_they_read():
    market = prices()
    tradable = market.tradable.clone()
    tradable[3, 0] = False
    labels = labels_of(replace(market, tradable=tradable), range(6), execution="open", order=[0, 1])
    assert labels.row.tolist() == [0, 0, 1, 2, 3]
    np.testing.assert_allclose(labels.label, [0.5, -0.5, 0.0, 0.0, 0.0])


def test_thinning_draws_evenly_and_from_every_symbol():
    market = random_walks(0, days=500, symbols=10)
    labels = labels_of(market, range(500), execution="open", order=list(range(10)))
    few = thinned(labels, most=498)  # one in ten: a fixed stride would always hit one symbol
    assert len(few.label) == 498
    assert (np.diff(few.row) >= 0).all()
    assert np.bincount(few.row // 100).tolist() == pytest.approx([100] * 5, abs=2)
    assert np.bincount(few.column, minlength=10).min() > 25
    assert all(np.array_equal(a, b) for a, b in zip(few, thinned(labels, most=498), strict=True))
    assert thinned(labels, most=10**6) is labels


def test_it_goes_kappa_of_the_way_to_the_better_half(planted: Market):
    context = context_of(planted, kappa=0.25)
    short = replace(context, window=Window(planted.dates[FIRST], planted.dates[FIRST + 1]))
    rolled = rollout(ranker(short), planted, short.window, config=money())
    scores = predictions(short)[0]
    best = np.flatnonzero(scores >= np.sort(scores)[15])  # equal predictions share alike
    assert 15 <= len(best) < 20
    assert rolled.ledger["symbol"].to_list() == [planted.symbols[place] for place in best]
    assert rolled.daily["turnover"].to_list() == pytest.approx([0.25], rel=1e-9)


def test_a_train_window_without_tradable_symbols_gives_equal_weight(capsys):
    market = random_walks(1, days=80, symbols=4)
    tradable = market.tradable.clone()
    tradable[:40] = False
    context = replace(
        context_of(planted_momentum(0)),
        market=replace(market, tradable=tradable),
        window=Window(market.dates[50], market.dates[70]),
        train=Window(market.dates[0], market.dates[40]),
    )
    ranked, equal = dailies_of(context)
    assert ranked.equals(equal)
    assert "no label" in capsys.readouterr().out
