"""The consensus of seeds is rolled once more by the audit: another record in its place is found."""

from pathlib import Path
from types import SimpleNamespace

import polars as pl

from rankable import TERMS, WARM_IN, record_of, rolled_record
from walkforge.evaluation.leaks import check_chain, found_frame
from walkforge.evaluation.policies import Training, consensus_of, roll_policies
from walkforge.evaluation.record import record_frames
from walkforge.evaluation.record_audit import Terms
from walkforge.evaluation.results_audit import _consensus
from walkforge.market.rollout import Rolled
from worlds import random_walks

MARKET = random_walks(0, days=130)
RECORD = record_of(MARKET, seeds=2)
WINDOWS = {each.fold.name: each.fold.test for each in RECORD if each.fold and each.fold.test}
ROLLED = {
    Training("ppo", each.fold.name, seed): member.policy
    for each in RECORD
    if each.fold
    for seed, member in enumerate(each.members)
}
ON_TERMS = Terms(WINDOWS, TERMS.money, WARM_IN)


def written(rolled: Rolled | None) -> dict[Path, pl.DataFrame]:
    """The frames of a record, where those of a consensus lie."""
    frames = {} if rolled is None else record_frames(rolled, [*WINDOWS])
    place = Path("results/evaluation/ppo")
    return {place / fold / f"consensus/{name}.parquet": each
            for (fold, name), each in frames.items()}  # fmt: skip


def leaking(rolled: Rolled | None, *, seeds: int = 2) -> set[tuple[str, str]]:
    known = {of: policy for of, policy in ROLLED.items() if of.seed < seeds}
    found = found_frame(
        _consensus(SimpleNamespace(consensus=written(rolled), rolled=known), MARKET, ON_TERMS)
    )
    return {*found.filter(pl.col("leaks") > 0).select("fold", "check").rows()}


def together() -> Rolled:
    policies = consensus_of(ROLLED)
    return roll_policies(
        [policies[fold] for fold in WINDOWS], MARKET, [*WINDOWS.values()],
        config=TERMS.money, warm_in_days=WARM_IN,
    )  # fmt: skip


def test_a_consensus_that_is_what_the_policies_do_together_passes() -> None:
    assert leaking(together()) == set()
    found = found_frame(
        _consensus(SimpleNamespace(consensus=written(together()), rolled=ROLLED), MARKET, ON_TERMS)
    )
    assert check_chain(found)["check"].unique().sort().to_list() == [
        "consensus, own rows", "consensus, rolled again",
    ]  # fmt: skip
    assert found["compared"].min() > 0


def test_the_record_of_one_seed_in_its_place_is_found() -> None:
    alone = rolled_record(MARKET, RECORD, seed=0)
    assert leaking(alone) == {(fold, "consensus, rolled again") for fold in WINDOWS}


def test_a_consensus_that_is_missing_is_found_and_one_seed_has_none() -> None:
    assert leaking(None) != set()
    assert leaking(None, seeds=1) == set()
    assert leaking(together(), seeds=1) != set()
