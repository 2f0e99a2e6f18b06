"""Account state and rewards: learned in roll-outs, frozen in the policy, resumed to the bit."""

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.logger import Logger
from torch import nn

from resumable import AGENT, FOLD, MARKET, MONEY, train_here
from sb3_loop import batch_of, ppo_config, small_network
from schemes_and_rewards import SCHEMES
from walkforge.agents.account_scaler import (
    AccountScaler,
    account_scaler,
    account_state,
    standardise_account,
)
from walkforge.agents.algorithms.ppo.algorithm import DevicePPO
from walkforge.agents.algorithms.ppo.normalisation import REWARD_CLIP, RewardScale
from walkforge.agents.distributions import distribution_of
from walkforge.agents.policy import load_policy, policy_contents
from walkforge.agents.training.buffer import seen_from
from walkforge.agents.training.checkpoints import saved_places
from walkforge.agents.training.train import NOWHERE, Places, Trained, train
from walkforge.errors import InputError
from walkforge.evaluation.policies import roll_policy
from walkforge.market.environment_step import observe
from walkforge.market.simulator import open_accounts
from walkforge.provenance import sha256_bytes, write_artifacts
from walkforge.splits.windows import Window
from walkforge.verify.policies import copied_tensors, tensors_of
from worlds import gappy_walks, market_of

CPU = torch.device("cpu")
BOTH = {"normalise_account": True, "normalise_reward": True}
SHORT = {"total_timesteps": 512}
TEST = Window(MARKET.dates[51], MARKET.dates[59])


def agent_of(scheme: str = "weights", **changes: Any) -> dict[str, dict[str, Any]]:
    chosen = SCHEMES[scheme]
    fields = {key: getattr(chosen, key) for key in getattr(chosen, "__slots__", ())}
    algorithm = AGENT["algorithm"] | SHORT | changes
    return AGENT | {"algorithm": algorithm, "scheme": {"name": scheme} | fields}


def trained(scheme: str = "weights", **changes: Any) -> Trained:
    return train(agent_of(scheme, **changes), MARKET, FOLD, config=MONEY, seed=1)


def saved(policy: Any, folder: Path) -> Path:
    contents = {folder / name: content for name, content in policy_contents(policy).items()}
    write_artifacts("test", contents)
    return folder


class Seen(BaseCallback):
    """What the roll-outs of a training showed, and whether the network then sees it still."""

    def __init__(self) -> None:
        super().__init__()
        self.states: list[np.ndarray] = []
        self.apart: list[float] = []

    def _on_step(self) -> bool:
        return True

    def _on_rollout_end(self) -> None:
        model: Any = self.model
        sample = model.buffer.transitions_of(torch.arange(model.buffer.size_now))
        seen = seen_from(model.batch.market, sample.state)
        self.states.append(account_state(seen)[seen.tradable].double().numpy())
        with torch.no_grad():
            output = model.network(seen)
            again = distribution_of(model.space, output).stats(sample.action).log_prob
        apart = torch.cat([again - sample.log_prob, output.value - sample.value])
        self.apart.append(float(apart.abs().max()))


def watched(scheme: str) -> tuple[DevicePPO, Seen]:
    config = ppo_config(normalise_account=True, learning_rate=1e-2, total_timesteps=512)
    batch = batch_of(gappy_walks(0, symbols=4), scheme, rows=range(2, 30), episode_days=9)
    make = lambda: small_network(scheme, normalised=True)  # noqa: E731
    model = DevicePPO(batch, make, config=config, seed=3)
    seen = Seen()
    model.set_logger(Logger(folder=None, output_formats=[]))
    model.learn(config.total_timesteps, callback=seen)
    return model, seen


@pytest.mark.parametrize("scheme", SCHEMES)
def test_account_state_is_standardised_by_all_roll_outs_before(scheme: str) -> None:
    model, seen = watched(scheme)
    assert len(seen.states) == 4
    before = np.concatenate(seen.states[:-1])
    whole = np.concatenate(seen.states)
    statistics = model.normalisation.account
    scaler = account_scaler(model.network)
    np.testing.assert_allclose(statistics.mean, whole.mean(axis=0), rtol=1e-12)
    np.testing.assert_allclose(statistics.std, whole.std(axis=0), rtol=1e-12)
    np.testing.assert_allclose(scaler.mean, before.mean(axis=0), rtol=1e-6)
    np.testing.assert_allclose(scaler.scale, before.std(axis=0), rtol=1e-6)
    assert not np.allclose(before.std(axis=0), whole.std(axis=0), rtol=1e-6)


@pytest.mark.parametrize("scheme", ["weights", "discrete9"])
def test_an_update_sees_what_its_roll_out_saw(scheme: str) -> None:
    assert max(watched(scheme)[1].apart) < 1e-5


def plain_scaled(rewards: np.ndarray, ended: np.ndarray, gamma: float, sizes: list[int]) -> Any:
    """Rewards over the deviation of all returns up to the end of their roll-out."""
    returns = []
    running = np.zeros(rewards.shape[1])
    for today, last in zip(rewards, ended, strict=True):
        running = gamma * running + today
        returns.append(running.copy())
        running[last] = 0.0
    scales = [np.std(returns[:stop]) for stop in np.cumsum(sizes)]
    return rewards / np.repeat(scales, sizes)[:, None]


@pytest.mark.parametrize("scaled", [True, False])
def test_updates_learn_from_scaled_rewards_where_asked_to_and_else_from_those_paid(scaled) -> None:
    config = ppo_config(normalise_reward=scaled, total_timesteps=128, gamma=0.0, gae_lambda=0.0)
    batch = batch_of(gappy_walks(0, symbols=4), "weights", rows=range(2, 30), episode_days=99)
    model = DevicePPO(batch, lambda: small_network("weights"), config=config, seed=3)
    model.set_logger(Logger(folder=None, output_formats=[]))
    model.learn(128)
    paid = model.buffer.stacked("reward").double()
    learned = torch.as_tensor(model.buffer.returns).double()
    # Without discount what is learned from is the reward of the day alone.
    ratio = float(learned.square().sum().sqrt() / paid.square().sum().sqrt())
    assert ratio == pytest.approx(1.0 / float(paid.std(correction=0)) if scaled else 1.0, rel=0.02)


@pytest.mark.parametrize("gamma", [0.0, 0.5, 1.0])
def test_rewards_are_divided_by_the_deviation_of_their_returns(gamma: float) -> None:
    generator = np.random.default_rng(0)
    sizes = [7, 5, 9]
    rewards = generator.normal(1e-4, 1e-2, (21, 99)).astype(np.float32)
    rewards[15, 2] = -9.0
    ended = generator.random((21, 99)) < 0.2
    scale = RewardScale(99, gamma=gamma, device=CPU)
    found = []
    start = 0
    for size in sizes:
        rows = slice(start, start + size)
        found.append(scale.scaled(torch.tensor(rewards[rows]), torch.tensor(ended[rows])))
        start += size
    expected = plain_scaled(rewards.astype(np.float64), ended, gamma, sizes)
    together = torch.cat(found).numpy()
    assert together[15, 2] == -REWARD_CLIP
    assert (np.sign(together) == np.sign(rewards)).all()
    clipped = np.clip(expected, -REWARD_CLIP, REWARD_CLIP)
    np.testing.assert_allclose(together, clipped, rtol=1e-6)


def test_the_size_of_rewards_does_not_matter_once_they_are_normalised() -> None:
    def learned(size: float, **changes: Any) -> bytes:
        reward = {"name": "realised_pnl", "gain_weight": size, "loss_weight": size, "decay": 1.0,
                  "trade_penalty": 0.0}  # fmt: skip
        agent = agent_of(**changes) | {"reward": reward}
        policy = train(agent, MARKET, FOLD, config=MONEY, seed=1).policy
        return policy_contents(policy)["policy.safetensors"]

    # A power of two scales floats without rounding.
    assert learned(64.0, normalise_reward=True) == learned(1.0, normalise_reward=True)
    assert learned(64.0) != learned(1.0)


def test_the_curve_holds_rewards_as_paid() -> None:
    plain = trained().curve
    scaled = trained(normalise_reward=True).curve
    assert plain["reward"][0] == scaled["reward"][0]
    assert scaled["value_loss"][0] < 0.1 * plain["value_loss"][0]


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_saved_policy_acts_the_same_and_looking_teaches_it_nothing(
    tmp_path: Path, scheme: str
) -> None:
    policy = trained(scheme, **BOTH).policy
    again = load_policy(saved(policy, tmp_path), device=CPU)
    frozen = {name: x.clone() for name, x in again.network.state_dict().items()}
    assert frozen["account.scale"].tolist() != [1.0, 1.0]
    one, two = (roll_policy(each, MARKET, TEST, config=MONEY) for each in (policy, again))
    assert one.daily.equals(two.daily)
    assert one.daily["equity"].is_finite().all()
    after = again.network.state_dict()
    assert after.keys() == frozen.keys()
    assert all(torch.equal(after[name], x) for name, x in frozen.items())
    assert policy_contents(again) == policy_contents(policy)


def test_the_exported_zip_holds_the_statistics_too() -> None:
    learned = trained(**BOTH)
    ours = tensors_of(policy_contents(learned.policy)["policy.safetensors"])
    assert ours == copied_tensors(learned.exported)
    assert {"account.mean", "account.scale"} < ours.keys()


def test_the_statistics_of_a_policy_matter_to_what_it_does() -> None:
    policy = trained(**BOTH).policy
    rolled = roll_policy(policy, MARKET, TEST, config=MONEY).daily
    account_scaler(policy.network).mean.add_(1.0)
    assert not roll_policy(policy, MARKET, TEST, config=MONEY).daily.equals(rolled)


def test_the_order_of_symbols_does_not_matter_to_what_is_standardised() -> None:
    policy = trained(**BOTH).policy
    order = [2, 0, 3, 1]
    mixed = market_of(*(
        array[:, order] for array in
        (MARKET.open, MARKET.close, MARKET.features, MARKET.tradable)
    ))  # fmt: skip
    accounts = open_accounts(1, 4, cash=1.0, device=CPU)
    day = torch.tensor([50])
    held = torch.tensor([[0.004, 0.0, 0.001, 0.002]], dtype=torch.float64)
    one, two = (
        policy.targets(observe(market, accounts._replace(holdings=shares), day=day))
        for market, shares in ((MARKET, held), (mixed, held[:, order]))
    )
    torch.testing.assert_close(one[:, [*order, 4]], two, rtol=1e-6, atol=1e-9)


def test_policies_without_the_key_hold_nothing_of_it_and_older_ones_load(tmp_path: Path) -> None:
    policy = trained().policy
    assert not any(isinstance(each, AccountScaler) for each in policy.network.modules())
    algorithm = {key: x for key, x in policy.agent["algorithm"].items() if key not in BOTH}
    rewritten(saved(policy, tmp_path), {**policy.agent, "algorithm": algorithm})
    older = load_policy(tmp_path, device=CPU)
    assert older.agent["algorithm"].keys() == algorithm.keys()
    one, two = (policy_contents(each)["policy.safetensors"] for each in (policy, older))
    assert one == two


def rewritten(folder: Path, agent: dict[str, Any]) -> None:
    """Write another agent into a saved policy's config, and make the manifests agree."""
    config = json.loads((folder / "config.json").read_text()) | {"agent": agent}
    data = json.dumps(config).encode()
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["files"]["config.json"] = {"bytes": len(data), "sha256": sha256_bytes(data)}
    write_artifacts(
        "test", {folder / "config.json": data, folder / "manifest.json": json.dumps(manifest)}
    )


@pytest.mark.parametrize("asked", [True, "true", 1, None])
def test_a_policy_that_lacks_what_its_agent_asks_for_is_refused(tmp_path: Path, asked: Any) -> None:
    policy = trained().policy
    algorithm = policy.agent["algorithm"] | {"normalise_account": asked}
    rewritten(saved(policy, tmp_path), {**policy.agent, "algorithm": algorithm})
    with pytest.raises(InputError, match="rerun train_agent"):
        load_policy(tmp_path, device=CPU)


def test_a_training_with_both_resumes_to_the_same_bits(tmp_path: Path) -> None:
    places = Places(tmp_path, None)
    whole = train_here(NOWHERE, algorithm=BOTH)
    assert whole != train_here(NOWHERE)
    assert train_here(places, algorithm=BOTH) == whole
    shutil.rmtree(saved_places(tmp_path)[-1])
    assert train_here(places, algorithm=BOTH) == whole


def test_checkpoints_with_and_without_statistics_are_told_apart(tmp_path: Path) -> None:
    train_here(Places(tmp_path / "both", None), algorithm=BOTH)
    train_here(Places(tmp_path / "none", None))
    both, none = (str(saved_places(tmp_path / name)[-1]) for name in ("both", "none"))
    with pytest.raises(InputError, match=r"resume_from .* is missing, float32 \[2\] is needed"):
        train_here(NOWHERE, algorithm=BOTH | {"resume_from": none})
    with pytest.raises(InputError, match=r"normalisation\..* is .*, missing is needed"):
        train_here(NOWHERE, algorithm={"normalise_account": True, "resume_from": both})


def test_a_network_that_reads_no_account_is_told_so() -> None:
    with pytest.raises(InputError, match="set normalise_account to false"):
        standardise_account(nn.Linear(2, 2))
    with pytest.raises(ValueError, match="no AccountScaler"):
        DevicePPO(
            batch_of(MARKET, "weights"), lambda: small_network("weights"),
            config=ppo_config(normalise_account=True), seed=3,
        )  # fmt: skip
