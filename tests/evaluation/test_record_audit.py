"""A record that is not what the policies on disk do is found, to the last bit."""

from dataclasses import replace
from itertools import pairwise

import polars as pl
import pytest
import torch

from schemes_and_rewards import SCHEMES
from small_agents import agent_of
from walkforge.agents.policy import Policy, make_network
from walkforge.agents.scaler import fit_scaler
from walkforge.evaluation.baselines.naive import equal_weight
from walkforge.evaluation.leaks import Finding
from walkforge.evaluation.policies import roll_policies
from walkforge.evaluation.random_policies import Course, Draw, random_returns, returns_again
from walkforge.evaluation.record import record_frames
from walkforge.evaluation.record_audit import (
    Terms,
    audit_frames,
    audit_record,
    lacking,
    rolled_again,
)
from walkforge.market import environment_step
from walkforge.market.closing import Closing
from walkforge.market.rollout import Rolled, Stretch, roll_record
from walkforge.splits.windows import Window
from worlds import money, random_walks

MARKET = random_walks(3, days=60)
EDGES = [40, 46, 52, 58]
WINDOWS = {
    f"fold_{i + 1}": Window(MARKET.dates[one], MARKET.dates[end])
    for i, (one, end) in enumerate(pairwise(EDGES))
}
FOLDS = [*WINDOWS]
CONFIG = money(cash=1e6, commission_bps=10.0, slippage_bps=5.0)
WARM = 5
TERMS = Terms(WINDOWS, CONFIG, WARM)


def policy(seed: int, scheme: str = "weights") -> Policy:
    torch.manual_seed(seed)
    agent = agent_of(scheme)
    network = make_network(agent, fit_scaler(MARKET, range(5, 35)))
    for each in network.parameters():
        torch.nn.init.normal_(each, std=0.5)
    return Policy(
        agent=agent, network=network, scheme=SCHEMES[scheme],
        feature_names=MARKET.feature_names, kinds=MARKET.kinds,
    )  # fmt: skip


POLICIES = dict(zip(FOLDS, map(policy, range(3)), strict=True))


def recorded(policies=POLICIES, market=MARKET) -> Rolled:
    """The record as the rule of evaluation makes it."""
    windows = [*WINDOWS.values()]
    return roll_policies([*policies.values()], market, windows, config=CONFIG, warm_in_days=WARM)


CLEAN = recorded()
AGAIN = rolled_again(POLICIES, MARKET, TERMS)


def found_in(record: Rolled, *, frames=None, rolled=AGAIN) -> list[Finding]:
    again, watched = rolled
    day = record.windows[-1].daily["date"][-1]
    written = record_frames(record, FOLDS) if frames is None else frames
    closings = Closing(day, record.closing), Closing(day, again.closing)
    assert not any(each.leaks for each in watched.values())
    return list(audit_record("agent", written, again, folds=FOLDS, closing=closings))


def leaking(findings: list[Finding]) -> set[tuple[str, str]]:
    return {(each.fold, each.check) for each in findings if each.difference.leaks}


@pytest.mark.parametrize("scheme", ["weights", "discrete9"])
def test_the_record_of_the_policies_passes(scheme: str) -> None:
    policies = {fold: policy(i, scheme) for i, fold in enumerate(FOLDS)}
    found = found_in(recorded(policies), rolled=rolled_again(policies, MARKET, TERMS))
    assert leaking(found) == set()
    assert sum(each.difference.compared for each in found) > 500


def oracle() -> Rolled:
    """A record of orders by the return of the day that they earn."""
    rows = iter(range(EDGES[0] - WARM - 1, 60))

    def decide(seen):
        row = next(rows)
        scores = (200.0 * (MARKET.close[row + 1] / MARKET.open[row + 1] - 1.0)).unsqueeze(0)
        return torch.cat([torch.softmax(scores, -1), torch.zeros(1, 1)], -1).double()

    stretches = [Stretch(window, decide, MARKET) for window in WINDOWS.values()]
    return roll_record(stretches, config=CONFIG, warm_in_days=WARM)


def shifted() -> Rolled:
    return recorded(market=replace(MARKET, features=MARKET.features.roll(-1, 0)))


def swapped() -> Rolled:
    return recorded(dict(zip(FOLDS, [POLICIES[each] for each in FOLDS[::-1]], strict=True)))


def anew_in_each_fold() -> Rolled:
    """A record whose last fold opens in cash."""
    return CLEAN._replace(
        windows=[
            *CLEAN.windows[:2],
            roll_policies([POLICIES["fold_3"]], MARKET, [WINDOWS["fold_3"]], config=CONFIG,
                          warm_in_days=0).windows[0],
        ]
    )  # fmt: skip


@pytest.mark.parametrize(
    ("plant", "folds"),
    [
        (oracle, set(FOLDS)),
        (shifted, set(FOLDS)),
        (swapped, set(FOLDS)),
        (anew_in_each_fold, {"fold_3"}),
    ],
)
def test_a_record_of_anything_else_is_found(plant, folds) -> None:
    found = leaking(found_in(plant()))
    assert {fold for fold, check in found if check == "rolled again"} == folds


def test_features_of_another_day_are_found_where_all_is_rolled(monkeypatch) -> None:
    watched = AGAIN[1]
    assert sum(each.compared for each in watched.values()) == WARM + 18
    sound = environment_step.gathered

    def late(values, day, symbol):
        ahead = day + 1 if values.dim() == 3 else day
        return sound(values, ahead, symbol)

    monkeypatch.setattr(environment_step, "gathered", late)
    _, watched = rolled_again(POLICIES, MARKET, TERMS)
    assert [each.leaks for each in watched.values()] == [WARM + 6, 6, 6]


@pytest.mark.parametrize("name", ["daily", "weights", "ledger"])
def test_the_last_bit_of_one_figure_is_found(name: str) -> None:
    frames = record_frames(CLEAN, FOLDS)
    frame = frames["fold_2", name]
    column = frame.columns[-1]
    place = pl.int_range(pl.len()) == frame.height // 2
    bit = pl.when(place).then(pl.col(column) * (1.0 + 2**-52)).otherwise(column)
    frames["fold_2", name] = frame.with_columns(bit.alias(column))
    (found,) = [each for each in found_in(CLEAN, frames=frames) if each.difference.leaks]
    assert (found.fold, found.stage, found.difference.leaks) == ("fold_2", "record", 1)
    assert found.difference.place == f"{name}, {column}"
    assert found.difference.day == frame["date"][frame.height // 2]


def test_rows_columns_and_frames_that_are_missing_are_found() -> None:
    for change in (
        lambda frames: frames.pop(("fold_1", "ledger")),
        lambda frames: frames.update({("fold_1", "daily"): frames["fold_1", "daily"].head(-1)}),
        lambda frames: frames.update(
            {("fold_1", "weights"): frames["fold_1", "weights"].drop("weight")}
        ),
        lambda frames: frames.update({("warm_in", "ledger"): frames["warm_in", "ledger"].clear()}),
    ):
        frames = record_frames(CLEAN, FOLDS)
        change(frames)
        assert leaking(found_in(CLEAN, frames=frames)) == {("fold_1", "rolled again")}
    (found,) = lacking(["a, seed 0", "a, seed 1"], ["a, seed 0"], "fold_1")
    assert found.agent == "a, seed 1"


def test_another_closing_account_is_found() -> None:
    held = CLEAN.closing
    other = CLEAN._replace(closing=held._replace(cash=held.cash.nextafter(held.cash + 1.0)))
    assert leaking(found_in(other)) == {("fold_3", "closing account")}


def test_random_policies_are_made_again_from_how_they_decide() -> None:
    parts = [*CLEAN.warm_ins, *CLEAN.windows]
    dailies = [pl.concat([each.daily for each in parts])]
    course = Course(MARKET, [*WINDOWS.values()], WARM)
    draw = Draw(5, 7)
    written = random_returns(dailies, course, FOLDS, config=CONFIG, draw=draw)
    how = written["fold_1"].row(0, named=True)
    again = returns_again(
        dailies, course, FOLDS, config=CONFIG, draw=draw,
        policy=(how["kappa"], how["concentration"]),
    )  # fmt: skip
    assert not leaking(list(audit_frames("agent", written, again, check="random policies")))
    worse = {fold: each.with_columns(random_003=pl.col("random_003") - 1e-4)
             for fold, each in written.items()}  # fmt: skip
    found = leaking(list(audit_frames("agent", worse, again, check="random policies")))
    assert {fold for fold, _ in found} == set(FOLDS)


def test_a_baseline_has_no_closing_account() -> None:
    rolled = roll_record(
        [Stretch(each, equal_weight, MARKET) for each in WINDOWS.values()],
        config=CONFIG, warm_in_days=WARM,
    )  # fmt: skip
    found = list(audit_record("baseline x", record_frames(rolled, FOLDS), rolled, folds=FOLDS))
    assert {each.check for each in found} == {"rolled again"}
    assert not leaking(found)
