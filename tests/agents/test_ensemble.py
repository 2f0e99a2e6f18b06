"""The consensus of seeds is a policy: rolled as any other, and what the ranking says."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from rankable import (
    SCHEMES,
    TERMS,
    WARM_IN,
    data_of,
    ensemble_of,
    fold_of,
    history_at_the_end,
    policy_of,
)
from walkforge.agents.ensemble import EnsemblePolicy
from walkforge.errors import InputError
from walkforge.evaluation.policies import Training, consensus_of, roll_policies
from walkforge.market.rollout import rollout
from walkforge.ranking.changes import flat_seen
from walkforge.ranking.rank import rank_symbols
from worlds import random_walks

MARKET = random_walks(0, days=130)
WINDOW = fold_of(MARKET, 0).test
EVERY = pytest.mark.parametrize("scheme", SCHEMES)


def members(scheme: str, count: int = 3) -> EnsemblePolicy:
    return EnsemblePolicy(
        members=tuple(policy_of(MARKET, scheme=scheme, seed=seed) for seed in range(count))
    )


def record(policy: object):
    rolled = roll_policies([policy], MARKET, [WINDOW], config=TERMS.money, warm_in_days=WARM_IN)
    return rolled.windows[0]


@EVERY
def test_one_policy_is_its_own_consensus(scheme: str) -> None:
    alone = policy_of(MARKET, scheme=scheme)
    for one, two in zip(record(EnsemblePolicy(members=(alone,))), record(alone), strict=True):
        assert one.equals(two)


@EVERY
def test_what_is_rolled_is_the_mean_of_what_members_order(scheme: str) -> None:
    ensemble = members(scheme)

    def decide(seen):
        return torch.stack([each.orders(seen) for each in ensemble.members]).mean(0)

    single = ensemble.scheme.single_symbol
    by_hand = rollout(decide, MARKET, WINDOW, config=TERMS.money, single_symbol=single)
    rolled = rollout(ensemble.orders, MARKET, WINDOW, config=TERMS.money, single_symbol=single)
    one, two = (each.daily["equity"].to_numpy() for each in (by_hand, rolled))
    assert one == pytest.approx(two, rel=1e-9)
    apart = record(ensemble.members[0]).daily["equity"].to_list()
    assert record(ensemble).daily["equity"].to_list() != apart


@EVERY
def test_a_ranking_says_what_the_consensus_wants_of_a_flat_account(scheme: str) -> None:
    ensemble = ensemble_of(MARKET, scheme=scheme, seeds=3)
    history = history_at_the_end(MARKET, scheme=scheme, seeds=3)
    day = MARKET.dates[-1]
    found = rank_symbols(ensemble, data_of(MARKET), day, history=history, terms=TERMS).ranking
    said = found.sort("symbol")
    seen = flat_seen(ensemble.members[0].policy, MARKET)
    share = 1.0 / len(MARKET.symbols) if ensemble.policy.scheme.single_symbol else 1.0
    targets = ensemble.policy.targets(seen)
    torch.testing.assert_close(targets.sum(-1), torch.ones(len(targets)).double())
    wanted = (targets[:, :-1] * share).flatten().tolist()
    scores = ensemble.policy.scores(seen).flatten().tolist()
    # A ranking asks sleeves one by one: their last bits depend on how many are asked at once.
    exact = 0.0 if share == 1.0 else 1e-6
    assert said["target_weight"].to_list() == pytest.approx(wanted, abs=exact, rel=exact)
    assert said["score"].to_list() == pytest.approx(scores, abs=exact, rel=exact)


@given(st.lists(st.floats(-1.0, 1.0), min_size=1, max_size=7), st.integers(2, 4))
def test_members_are_added_up_in_their_order(values: list[float], width: int) -> None:
    alone = policy_of(MARKET)
    said = [torch.full((width,), value, dtype=torch.float64) / 3.0 for value in values]
    found = EnsemblePolicy(members=(alone,) * len(said)).mean(said)
    assert found.tolist() == np.mean([each.numpy() for each in said], axis=0).tolist()


def test_a_mean_is_of_all_members() -> None:
    with pytest.raises(ValueError, match="1 say something, of 3 members"):
        members("weights").mean([torch.zeros(2)])


def test_the_seeds_of_each_fold_are_one_policy_in_the_order_of_their_numbers() -> None:
    one = {
        Training("ppo", fold, seed): policy_of(MARKET, seed=seed)
        for fold in ("fold_2", "fold_1")
        for seed in (10, 9)
    }
    found = consensus_of(one)
    assert sorted(found) == ["fold_1", "fold_2"]
    assert found["fold_1"].members == tuple(one[Training("ppo", "fold_1", s)] for s in (9, 10))


def test_policies_that_differ_in_more_than_their_seed_are_no_ensemble() -> None:
    one, other = (policy_of(MARKET, scheme=scheme) for scheme in ("weights", "signals3"))
    with pytest.raises(InputError, match="2 policies with 2 different schemes"):
        EnsemblePolicy(members=(one, other))
    with pytest.raises(InputError, match="0 policies"):
        EnsemblePolicy(members=())
