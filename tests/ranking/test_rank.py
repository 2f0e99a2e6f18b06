"""Rankings know nothing after their date, and say how far the seeds agree."""

from datetime import date
from typing import Any

import numpy as np
import pytest
import torch

from walkforge.agents.policy import Policy, make_network, make_scheme
from walkforge.agents.scaler import Scaler
from walkforge.errors import InputError
from walkforge.market.market import Market
from walkforge.ranking.rank import RankingConfig, rank_symbols
from worlds import market_of, random_walks

CONFIG = RankingConfig(agent="ppo", action_band=0.1)
AGENT: dict[str, dict[str, Any]] = {
    "network": {
        "name": "shared_mlp",
        "hidden": [8],
        "separate_critic": False,
        "score_gain": 2.0,
        "initial_std": 1.0,
    },
    "scheme": {"name": "weights", "kappa": 0.1, "cash_bias": -3.0},
}


def policies(count: int, features: int = 3) -> list[Policy]:
    made = []
    for seed in range(count):
        torch.manual_seed(seed)
        made.append(
            Policy(
                agent=AGENT,
                network=make_network(AGENT, Scaler(features)),
                scheme=make_scheme(AGENT),
                feature_names=tuple(f"x{f}" for f in range(features)),
                kinds=("number",) * features,
            )
        )
    return made


def test_ranks_are_complete_sorted_by_score_and_actions_follow_the_weights() -> None:
    market = random_walks(0, symbols=6)
    ranking = rank_symbols(policies(3), market, as_of=market.dates[50], config=CONFIG)
    assert ranking["rank"].to_list() == [1, 2, 3, 4, 5, 6]
    assert sorted(ranking["symbol"]) == sorted(market.symbols)
    assert ranking["score"].to_list() == sorted(ranking["score"], reverse=True)
    for row in ranking.iter_rows(named=True):
        ratio = row["target_weight"] * 6
        expected = "buy" if ratio > 1.1 else "sell" if ratio < 0.9 else "hold"
        assert row["action"] == expected
        assert row["score"] == pytest.approx(row["target_weight"] - 1 / 6)
        assert row["agreement"] in (0.0, pytest.approx(1 / 3), pytest.approx(2 / 3), 1.0)
    assert set(ranking["as_of"]) == set(ranking["last_bar"]) == {market.dates[50]}


def test_one_seed_agrees_with_itself() -> None:
    market = random_walks(0)
    ranking = rank_symbols(policies(1), market, as_of=market.dates[50], config=CONFIG)
    assert set(ranking["agreement"]) == {1.0}


def test_later_bars_change_nothing() -> None:
    market = random_walks(1)
    arrays = [
        tensor.numpy().copy()
        for tensor in (market.open, market.close, market.features, market.tradable)
    ]
    for array in arrays[:3]:
        array[51:] = array[51:] * 7.0 + 1.0
    arrays[3][51:] = False
    other = market_of(*arrays)
    one, two = (
        rank_symbols(policies(2), data, as_of=market.dates[50], config=CONFIG)
        for data in (market, other)
    )
    assert one.equals(two)


def test_a_symbol_without_a_bar_comes_last_on_hold_with_its_own_last_bar() -> None:
    market = random_walks(2)
    tradable = np.ones((60, 4), dtype=bool)
    tradable[48:, 1] = False
    tradable[:, 3] = False
    gappy = market_of(market.open, market.close, market.features, tradable)
    ranking = rank_symbols(policies(2), gappy, as_of=market.dates[50], config=CONFIG)
    late = ranking.tail(2).sort("symbol")
    assert late["symbol"].to_list() == ["S01", "S03"]
    assert late["action"].to_list() == ["hold", "hold"]
    assert late["last_bar"].to_list() == [market.dates[47], None]


def test_ties_break_by_symbol() -> None:
    market = random_walks(3)
    same = market_of(market.open, market.close, np.zeros(market.features.shape), market.tradable)
    ranking = rank_symbols(policies(1), same, as_of=market.dates[50], config=CONFIG)
    assert ranking["symbol"].to_list() == sorted(market.symbols)


def test_a_date_without_bars_and_other_features_are_told() -> None:
    market: Market = random_walks(4)
    with pytest.raises(InputError, match="no bars on 2010-01-09: the last session .* 2010-01-08"):
        rank_symbols(policies(1), market, as_of=date(2010, 1, 9), config=CONFIG)
    with pytest.raises(InputError, match="lack x3"):
        rank_symbols(policies(1, features=4), market, as_of=market.dates[9], config=CONFIG)
