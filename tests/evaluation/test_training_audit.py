"""Audit of trainings: one that reads a row after its train window is found, others pass."""

from typing import Any

import pytest
import torch

from schemes_and_rewards import SCHEMES
from small_agents import DATES, FOLD, MARKET, agent_of
from walkforge.agents.policy import Policy, make_network
from walkforge.agents.scaler import fit_scaler
from walkforge.errors import InputError
from walkforge.evaluation.leaks import check_chain, found_frame
from walkforge.evaluation.training_audit import (
    ROLLOUTS,
    Lesson,
    audit_trainings,
    lesson_of,
    shortened,
    some_columns,
)
from walkforge.market.market import Market
from walkforge.splits.windows import Fold, Split, Window
from worlds import money


def policy_of(scheme: str, **changes: Any) -> Policy:
    agent = agent_of(scheme, **changes)
    return Policy(
        agent=agent,
        network=make_network(agent, fit_scaler(MARKET, range(5, 45))),
        scheme=SCHEMES[scheme],
        feature_names=MARKET.feature_names,
        kinds=MARKET.kinds,
    )


def lesson(scheme: str = "weights", fold: Fold | Split = FOLD, **changes: Any) -> Lesson:
    policy = policy_of(scheme, **changes)
    return lesson_of("an<i>agent", fold, policy, config=money(cash=1e6), seed=1)


NORMALISED = {"normalise_account": True, "normalise_reward": True}


@pytest.mark.parametrize("changes", [{}, NORMALISED], ids=["plain", "normalised"])
@pytest.mark.parametrize("scheme", ["weights", "discrete9"])
def test_trainings_that_read_their_fold_alone_pass(scheme: str, changes: dict[str, bool]) -> None:
    found = check_chain(found_frame(audit_trainings([lesson(scheme, **changes)], MARKET)))
    (row,) = found.rows(named=True)
    assert (row["fold"], row["stage"], row["check"]) == ("fold_1", "training", "changed future")
    assert row["compared"] > 2 * len(MARKET.feature_names)


def scaler_of(rows: range):
    def learn(market: Market, fold: Fold):
        scaler = fit_scaler(market, rows)
        return {"scaler.mean": scaler.mean, "scaler.scale": scaler.scale}

    return learn


def in_test_too(market: Market, fold: Fold):
    longer = fold._replace(train=Window(fold.train.start, fold.test.end))
    return lesson().learn(market, longer)


def best_on_test(market: Market, fold: Fold):
    """Choose among as many seeds as symbols by who earns most in the test window."""
    rows = market.rows(fold.test)
    best = (market.close[rows.stop - 1] / market.close[rows.start]).argmax()
    return {"bias": torch.randn(3, generator=torch.Generator().manual_seed(int(best)))}


def one_label_late(first_row):
    """Learn from the return of one row that the fold may not learn from, of one symbol."""

    def learn(market: Market, fold: Fold):
        row = first_row(market, fold)
        parts = scaler_of(range(5, 45))(market, fold)
        return parts | {"bias": market.close[row, 1] / market.close[row - 1, 1]}

    return learn


def best_on_validation(market: Market, fold: Fold):
    return best_on_test(market, fold._replace(test=fold.validation))


LEAKS = {
    "a scaler of the test window": scaler_of(range(57, 80)),
    "a scaler that ends with validation": scaler_of(range(5, 55)),
    "a scaler of one row too many, a purged one": scaler_of(range(5, 46)),
    "a train window that reaches into test": in_test_too,
    "a choice made on the test window": best_on_test,
    "a choice made on the validation window": best_on_validation,
    "one label of the row after the fold": one_label_late(
        lambda market, fold: market.rows(fold.validation).stop
    ),
    "one label of the row after the train window": one_label_late(
        lambda market, fold: market.rows(fold.train).stop
    ),
}


@pytest.mark.parametrize("name", LEAKS)
def test_a_training_that_reads_later_rows_stops_the_run(name: str) -> None:
    found = found_frame(audit_trainings([Lesson("agent", FOLD, LEAKS[name])], MARKET))
    told = rf"LEAK: 1 checks .*agent, fold_1, training \(changed future\): '.*' on {DATES[44]} "
    with pytest.raises(InputError, match=told):
        check_chain(found)


def test_running_statistics_are_compared_too() -> None:
    def learn(market: Market, fold: Fold):
        longer = fold._replace(train=Window(fold.train.start, fold.test.end))
        learned = lesson(**NORMALISED).learn(market, longer)
        return {name: part for name, part in learned.items() if name.startswith("account.")}

    (found,) = audit_trainings([Lesson("agent", FOLD, learn)], MARKET)
    assert found.difference.compared == 4
    assert found.difference.leaks > 0


def test_what_is_learned_on_the_live_fold_is_compared_too() -> None:
    live = FOLD._replace(validation=Window(DATES[47], DATES[-1].replace(year=2011)), test=None)
    (found,) = audit_trainings([Lesson("agent", live, best_on_validation)], MARKET)
    assert found.difference.leaks > 0
    assert check_chain(found_frame(audit_trainings([lesson(fold=live)], MARKET)))["compared"][0]


def test_splits_pass_and_one_that_reads_a_later_row_does_not() -> None:
    split = Split("split_01", Window(DATES[5], DATES[60]), (Window(DATES[28], DATES[34]),))
    found = check_chain(found_frame(audit_trainings([lesson(fold=split)], MARKET)))
    assert found["compared"][0] > 0
    (late,) = audit_trainings([Lesson("agent", split, scaler_of(range(5, 61)))], MARKET)
    assert late.difference.leaks > 0


def test_a_train_window_that_ends_with_the_data_has_nothing_to_compare() -> None:
    whole = Split("split_01", Window(DATES[5], DATES[-1].replace(year=2011)), ())
    (found,) = audit_trainings([Lesson("agent", whole, scaler_of(range(5, 90)))], MARKET)
    assert found.difference.compared == 0


def test_a_short_training_leaves_nothing_behind_and_the_agent_as_it_is() -> None:
    agent = agent_of("weights")
    agent["algorithm"] |= {"compiled": True, "resume_from": "somewhere"}
    short = shortened(agent)
    assert short["algorithm"]["total_timesteps"] == ROLLOUTS * 8 * 8
    assert short["algorithm"]["resume_from"] is None
    assert not short["algorithm"]["compiled"]
    assert agent["algorithm"]["resume_from"] == "somewhere"
    assert short["scheme"] == agent["scheme"]


def test_parts_that_come_and_go_are_an_error() -> None:
    states = iter([{"a": MARKET.close[0]}, {"b": MARKET.close[0]}])
    with pytest.raises(ValueError, match="different parts"):
        audit_trainings([Lesson("agent", FOLD, lambda market, fold: next(states))], MARKET)


def test_some_columns_are_evenly_spaced() -> None:
    some = some_columns(MARKET, 2)
    assert some.symbols == ("S00", "S03")
    assert some.features.shape == (90, 2, 3)
    assert some.close[:, 1].equal(MARKET.close[:, 3])
    assert some_columns(MARKET, 9).symbols == MARKET.symbols
