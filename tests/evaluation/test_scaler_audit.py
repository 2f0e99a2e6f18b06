"""Audit of the scalers: one fitted on a later row is found, one fitted on train alone passes."""

from pathlib import Path
from typing import Any

import pytest

from walkforge.agents.policy import Policy, make_network, make_scheme
from walkforge.agents.scaler import Scaler, fit_scaler
from walkforge.errors import InputError
from walkforge.evaluation.leaks import check_chain, found_frame
from walkforge.evaluation.policies import Training, training_of
from walkforge.evaluation.scaler_audit import audit_scalers
from walkforge.market.market import Market
from walkforge.splits.windows import Fold, Window
from worlds import random_walks

AGENT: dict[str, dict[str, Any]] = {
    "network": {
        "name": "shared_mlp",
        "hidden": [4],
        "separate_critic": False,
        "score_gain": 0.01,
        "initial_std": 1.0,
    },
    "scheme": {"name": "weights", "kappa": 1.0, "cash_bias": -3.0},
}
FIRST = 10
STOP = 40  # rows of train
TRAINING = Training("ppo<b>", "fold_1", 3)


@pytest.fixture
def market() -> Market:
    return random_walks(0)


@pytest.fixture
def fold(market: Market) -> Fold:
    train = Window(market.dates[FIRST], market.dates[STOP])
    return Fold("fold_1", train, Window(market.dates[STOP], market.dates[50]), None)


def policy_with(scaler: Scaler, market: Market) -> Policy:
    return Policy(
        agent=AGENT,
        network=make_network(AGENT, scaler),
        scheme=make_scheme(AGENT),
        feature_names=market.feature_names,
        kinds=market.kinds,
    )


def audited(scaler: Scaler, market: Market, fold: Fold):
    policies = {TRAINING: policy_with(scaler, market)}
    return found_frame(audit_scalers(policies, market, folds={"fold_1": fold}))


def test_a_scaler_of_the_train_rows_passes(market: Market, fold: Fold) -> None:
    found = check_chain(audited(fit_scaler(market, range(FIRST, STOP)), market, fold))
    assert found["compared"].to_list() == [2 * len(market.feature_names)]
    assert found["leaks"].to_list() == [0]
    assert found["stage"].to_list() == ["scaler"]


@pytest.mark.parametrize(
    "rows", [range(FIRST, STOP + 1), range(FIRST, 60), range(STOP, 60), range(FIRST - 1, STOP)]
)
def test_a_scaler_of_other_rows_stops_the_run(market: Market, fold: Fold, rows: range) -> None:
    found = audited(fit_scaler(market, rows), market, fold)
    assert found["leaks"].sum() > 0
    told = (
        rf"LEAK: 1 checks .*ppo<b>, fold_1, scaler \(fitted again\): 'x\d' on "
        rf"{market.dates[STOP - 1]} \(seed 3\) is off by .* scales of the train rows"
    )
    with pytest.raises(InputError, match=told):
        check_chain(found)


@pytest.mark.parametrize("name", ["mean", "scale"])
def test_one_figure_of_one_feature_is_named(market: Market, fold: Fold, name: str) -> None:
    scaler = fit_scaler(market, range(FIRST, STOP))
    getattr(scaler, name)[1] += 1e-3 * float(scaler.scale[1])
    (row,) = audited(scaler, market, fold).rows(named=True)
    assert (row["leaks"], row["place"]) == (1, market.feature_names[1])
    assert row["size"] == pytest.approx(1e-3, rel=1e-2)


@pytest.mark.parametrize("name", ["mean", "scale"])
@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_figure_that_is_no_number_stops_the_run(
    market: Market, fold: Fold, name: str, value: float
) -> None:
    scaler = fit_scaler(market, range(FIRST, STOP))
    getattr(scaler, name)[2] = value
    with pytest.raises(InputError, match="'x2' on .* is off by inf"):
        check_chain(audited(scaler, market, fold))


def test_every_scaler_of_a_network_is_looked_at(market: Market, fold: Fold) -> None:
    policy = policy_with(fit_scaler(market, range(FIRST, STOP)), market)
    policy.network.second = fit_scaler(market, range(60))
    (found,) = audit_scalers({TRAINING: policy}, market, folds={"fold_1": fold})
    assert found.difference.leaks > 0
    del policy.network.scaler, policy.network.second
    with pytest.raises(ValueError, match="no scaler"):
        audit_scalers({TRAINING: policy}, market, folds={"fold_1": fold})


def test_the_training_is_read_from_where_its_policy_lies() -> None:
    file = Path("results/agents/ppo/live/seed_12/policy/manifest.json")
    assert training_of(file) == Training("ppo", "live", 12)
