"""Training: repeatable, blind to what it may not read, and able to learn what is there."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from schemes_and_rewards import SCHEMES
from walkforge.agents.policy import load_policy, policy_contents
from walkforge.agents.scaler import fit_scaler
from walkforge.agents.training.train import fit_fold, train
from walkforge.evaluation.policies import roll_policy
from walkforge.market.environment_step import observe
from walkforge.market.market import Market
from walkforge.market.rollout import rollout
from walkforge.market.simulator import open_accounts
from walkforge.provenance import write_artifacts
from walkforge.splits.windows import Fold, Split, Window
from worlds import market_of, money, planted_momentum, random_walks

FREE = money(cash=1e6)
Agent = dict[str, dict[str, Any]]


def fold_of(market: Market, first: int, stop: int) -> Fold:
    window = Window(market.dates[first], market.dates[stop])
    return Fold("fold_1", window, Window(market.dates[stop], market.dates[stop]), None)


def weights_of(trained: Any) -> dict[str, torch.Tensor]:
    return trained.policy.network.state_dict()


def same(one: dict[str, torch.Tensor], two: dict[str, torch.Tensor]) -> bool:
    return all(torch.equal(one[key], two[key]) for key in one)


def test_the_same_seed_gives_the_same_bits_and_another_seed_others(agent: Agent) -> None:
    market = random_walks(0)
    fold = fold_of(market, 0, 40)
    one, two, other = (train(agent, market, fold, config=FREE, seed=seed) for seed in (1, 1, 2))
    assert same(weights_of(one), weights_of(two))
    assert one.curve.equals(two.curve)
    assert not same(weights_of(one), weights_of(other))


@pytest.mark.parametrize("name", SCHEMES)
def test_every_scheme_trains_saves_loads_and_decides(
    agent: Agent, tmp_path: Path, name: str
) -> None:
    market = random_walks(0)
    settings = {key: getattr(SCHEMES[name], key) for key in getattr(SCHEMES[name], "__slots__", ())}
    own = agent | {"scheme": {"name": name} | settings}
    policy = train(own, market, fold_of(market, 0, 40), config=FREE, seed=1).policy
    write_artifacts("test", {tmp_path / key: x for key, x in policy_contents(policy).items()})
    loaded = load_policy(tmp_path, device=torch.device("cpu"))
    window = Window(market.dates[41], market.dates[55])
    one, two = (roll_policy(each, market, window, config=FREE) for each in (policy, loaded))
    assert one.daily.equals(two.daily)
    assert one.daily["equity"].is_finite().all()
    assert one.daily.height == 14


def test_nothing_after_the_train_window_changes_the_policy(agent: Agent) -> None:
    market = random_walks(0)
    close = market.close.numpy().copy()
    features = market.features.numpy().copy()
    close[40:] *= 3.0
    features[40:] += 9.0
    later = market_of(market.open.numpy(), close, features, market.tradable.numpy())
    fold = fold_of(market, 0, 40)
    one, two = (train(agent, data, fold, config=FREE, seed=1) for data in (market, later))
    assert same(weights_of(one), weights_of(two))


def split_of(market: Market) -> Split:
    dates = market.dates
    return Split("split_01", Window(dates[5], dates[55]), (Window(dates[22], dates[35]),))


@pytest.mark.parametrize("name", ["weights", "discrete9"])  # whole accounts, and of one symbol
def test_nothing_left_out_of_a_split_changes_the_policy(agent: Agent, name: str) -> None:
    settings = {key: getattr(SCHEMES[name], key) for key in getattr(SCHEMES[name], "__slots__", ())}
    own = agent | {"scheme": {"name": name} | settings}
    market = random_walks(0)
    arrays = [array.numpy().copy() for array in
              (market.open, market.close, market.features, market.tradable)]  # fmt: skip
    for rows in (slice(22, 35), slice(55, 60)):
        arrays[0][rows] *= 3.0
        arrays[1][rows] *= 3.0
        arrays[2][rows] += 9.0
        arrays[3][rows, 1] = False
    other = market_of(*arrays)
    # what trained rows know of the rows before them is theirs
    known = {name: getattr(market, name) for name in ("daily_value", "volatility", "momentum")}
    other = replace(other, **known)
    one, two = (train(own, data, split_of(market), config=FREE, seed=1) for data in (market, other))
    assert same(weights_of(one), weights_of(two))
    assert one.curve.equals(two.curve)


def test_both_stretches_of_a_split_are_learned_from(agent: Agent) -> None:
    market = random_walks(0)
    split = split_of(market)
    one = train(agent, market, split, config=FREE, seed=1)
    for rows in (slice(10, 15), slice(45, 50)):
        close = market.close.clone()
        close[rows] *= 1.1
        two = train(agent, replace(market, close=close), split, config=FREE, seed=1)
        assert not same(weights_of(one), weights_of(two))


def test_the_scaler_of_a_split_is_that_of_its_rows_and_no_other() -> None:
    market = random_walks(3)
    values = torch.cat([market.features[5:22], market.features[35:55]]).reshape(-1, 3).double()
    scaler = fit_fold(market, split_of(market))
    np.testing.assert_allclose(scaler.mean, values.mean(dim=0), atol=1e-6)
    np.testing.assert_allclose(scaler.scale, values.std(dim=0, correction=0), rtol=1e-6)


def test_a_split_of_one_stretch_trains_as_a_fold_does(agent: Agent) -> None:
    market = random_walks(0)
    fold = fold_of(market, 3, 40)
    one = train(agent, market, fold, config=FREE, seed=1)
    two = train(agent, market, Split("split_01", fold.train, ()), config=FREE, seed=1)
    assert same(weights_of(one), weights_of(two))


def test_the_curve_tells_every_rollout(agent: Agent) -> None:
    market = random_walks(0)
    curve = train(agent, market, fold_of(market, 0, 40), config=FREE, seed=1).curve
    assert curve["timesteps"].to_list() == [128, 256, 384, 512]
    assert np.isfinite(curve.to_numpy()).all()


def test_the_scaler_is_that_of_train_rows_and_leaves_flags_alone() -> None:
    market = random_walks(3)
    flagged = Market(
        **{
            **{name: getattr(market, name) for name in Market.__slots__},
            "kinds": ("number", "flag", "number"),
        }
    )
    values = flagged.features[5:30].reshape(-1, 3).double().numpy()
    scaler = fit_scaler(flagged, range(5, 30))
    np.testing.assert_allclose(
        scaler.mean, [values[:, 0].mean(), 0, values[:, 2].mean()], atol=1e-6
    )
    np.testing.assert_allclose(scaler.scale, [values[:, 0].std(), 1, values[:, 2].std()], rtol=1e-6)


def test_the_order_of_symbols_does_not_matter_to_a_policy(agent: Agent) -> None:
    market = random_walks(4)
    policy = train(agent, market, fold_of(market, 0, 40), config=FREE, seed=1).policy
    order = [2, 0, 3, 1]
    mixed = market_of(*(
        array[:, order] for array in
        (market.open, market.close, market.features, market.tradable)
    ))  # fmt: skip
    accounts = open_accounts(1, 4, cash=1.0, device=market.device)
    day = torch.tensor([50])
    one = policy.targets(observe(market, accounts, day=day))
    two = policy.targets(observe(mixed, accounts, day=day))
    torch.testing.assert_close(one[:, [*order, 4]], two, rtol=1e-6, atol=1e-9)


def selection_z(policy: Any, market: Market, window: Window) -> float:
    """Mean / standard error of what choosing symbols earned a day, before costs."""
    selection = rollout(policy.orders, market, window, config=FREE).daily["selection"]
    return float(selection.mean() / selection.std() * np.sqrt(len(selection)))


def full_size(agent: Agent) -> Agent:
    sizes = {"total_timesteps": 65_536, "n_envs": 64, "n_steps": 32}
    algorithm = agent["algorithm"] | sizes | {"batch_size": 512, "episode_days": 252}
    return agent | {"algorithm": algorithm, "network": agent["network"] | {"hidden": [32, 32]}}


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0, 1])
def test_planted_momentum_is_found(agent: Agent, seed: int) -> None:
    market = planted_momentum(seed)
    fold = fold_of(market, 0, 1_000)
    policy = train(full_size(agent), market, fold, config=FREE, seed=seed).policy
    z = selection_z(policy, market, Window(market.dates[1_005], market.dates[1_999]))
    assert z > 5.0, z


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0, 1])
def test_nothing_is_found_in_random_walks(agent: Agent, seed: int) -> None:
    market = planted_momentum(seed, phi=0.0)
    fold = fold_of(market, 0, 1_000)
    policy = train(full_size(agent), market, fold, config=FREE, seed=seed).policy
    z = selection_z(policy, market, Window(market.dates[1_005], market.dates[1_999]))
    assert abs(z) < 3.0, z
