"""What moved a score adds up to its change, and is told of the features that did it."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
import torch

from rankable import TERMS, data_of, ensemble_of
from walkforge.market.market import Market
from walkforge.ranking.changes import flat_seen, moved_scores
from walkforge.ranking.rank import rank_symbols
from worlds import random_walks

MARKET = random_walks(3, days=140, symbols=4, features=5)
DAY = MARKET.dates[130]
PARTS = ["moved_1", "moved_2", "moved_3", "other_features", "universe"]


def changes(market: Market = MARKET, *, scheme: str = "weights", seeds: int = 1) -> pl.DataFrame:
    ensemble = ensemble_of(market, scheme=scheme, seeds=seeds)
    return rank_symbols(ensemble, data_of(market), DAY, terms=TERMS).changes


def only_moved(*features: int) -> Market:
    """A market on whose 131st day these features alone differ from the day before."""
    values = MARKET.features.clone()
    kept = [f for f in range(5) if f not in features]
    values[130, :, kept] = values[129, :, kept]
    return replace(MARKET, features=values)


@pytest.mark.parametrize("scheme", ["weights", "continuous1", "regimes12", "signals3"])
def test_the_parts_sum_to_the_change_of_the_score(scheme: str) -> None:
    data = data_of(MARKET)
    ensemble = ensemble_of(MARKET, scheme=scheme)
    today, yesterday = (
        rank_symbols(ensemble, data, day, terms=TERMS) for day in (DAY, MARKET.dates[129])
    )
    found = today.changes
    now, before = (each.ranking.sort("symbol") for each in (today, yesterday))
    by_symbol = found.sort("symbol")
    expected = (now["score"] - before["score"]).to_list()
    assert by_symbol["score_change"].to_list() == pytest.approx(expected, abs=1e-12)
    won = (before["rank"] - now["rank"]).to_list()
    assert by_symbol["rank_change"].to_list() == won
    assert by_symbol.select(pl.sum_horizontal(PARTS)).to_series().to_list() == pytest.approx(
        expected, abs=1e-12
    )
    if "regimes" not in scheme:  # all symbols can be traded on both days
        assert found["universe"].abs().max() < 1e-6
    assert found["score_change"].abs().to_list() == sorted(
        found["score_change"].abs(), reverse=True
    )


def test_one_feature_that_moved_is_the_whole_cause() -> None:
    found = changes(only_moved(2))
    assert set(found["feature_1"]) == {"x2"}
    assert found["moved_1"].to_list() == pytest.approx(found["score_change"].to_list(), abs=1e-6)
    assert found.select(pl.col("moved_2", "moved_3", "other_features").abs().max()).row(0) == (
        pytest.approx((0.0, 0.0, 0.0), abs=1e-6)
    )


def test_two_features_share_what_they_did_together_evenly() -> None:
    market = only_moved(1, 4).until(DAY)
    policy = ensemble_of(MARKET).members[0].policy
    seen = flat_seen(policy, market)

    def score(*turned: int) -> np.ndarray:
        features = market.features[129].clone()
        for feature in turned:
            features[:, feature] = market.features[130, :, feature]
        return policy.scores(seen._replace(features=features.unsqueeze(0)))[0].numpy()

    first = (score(1) - score() + score(1, 4) - score(4)) / 2
    second = (score(4) - score() + score(1, 4) - score(1)) / 2
    moved = moved_scores(policy, market).numpy()
    assert moved[1] == pytest.approx(first, abs=1e-6)
    assert moved[4] == pytest.approx(second, abs=1e-6)
    assert np.abs(moved[[0, 2, 3]]).max() < 1e-6
    assert np.abs(first).max() > 1e-3


def test_factors_of_regimes_are_no_feature() -> None:
    found = changes(only_moved(), scheme="regimes12")
    assert found["universe"].to_list() == found["score_change"].to_list()
    assert found["score_change"].abs().max() > 0.0


def test_a_symbol_that_was_not_there_has_no_change() -> None:
    listed = np.ones((140, 4), dtype=bool)
    listed[:130, 2] = False
    tradable = MARKET.tradable & torch.from_numpy(listed)
    market = replace(MARKET, tradable=tradable)
    data = data_of(market, listed=listed)
    found = rank_symbols(ensemble_of(MARKET), data, DAY, terms=TERMS).changes
    last = found.row(-1, named=True)
    assert last["symbol"] == "S02"
    assert {last[name] for name in ("score_change", "rank_change", "feature_1", "moved_1")} == {
        None
    }
    assert found["universe"].head(3).abs().max() > 1e-4  # the others make room for it
