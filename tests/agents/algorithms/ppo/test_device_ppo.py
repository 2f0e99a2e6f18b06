"""The loop on the device: the same mathematics as stable-baselines3's, and every argument used."""

from typing import Any

import numpy as np
import pytest
import torch
from stable_baselines3.common.buffers import RolloutBuffer
from stable_baselines3.common.callbacks import CallbackList
from stable_baselines3.common.logger import Logger

from sb3_loop import (
    batch_of,
    digest,
    model_of,
    ppo_config,
    rolled_out,
    sb3_model,
    small_batch,
    small_network,
)
from schemes_and_rewards import SCHEMES
from walkforge.agents.algorithms.ppo.algorithm import DevicePPO
from walkforge.agents.algorithms.ppo.update import critic_parameters
from walkforge.agents.training.buffer import gae, seen_from
from walkforge.errors import InputError
from walkforge.market.adapters import to_arrays
from worlds import random_walks


def learned(**changes: Any) -> DevicePPO:
    model = model_of(**changes)
    model.learn(256, callback=CallbackList([]))
    return model


@pytest.mark.parametrize(("gamma", "lambda_"), [(0.9, 0.95), (0.5, 0.0), (0.99, 1.0)])
def test_advantages_equal_those_of_stable_baselines3(gamma: float, lambda_: float) -> None:
    generator = np.random.default_rng(0)
    days = 12
    count = 3
    rewards, values = generator.normal(size=(2, days, count)).astype(np.float32)
    starts = generator.random((days + 1, count)) < 0.25
    last = generator.normal(size=count).astype(np.float32)
    space = model_of().observation_space["tradable"]
    theirs = RolloutBuffer(days, space, space, gamma=gamma, gae_lambda=lambda_, n_envs=count)
    theirs.rewards = rewards
    theirs.values = values
    theirs.episode_starts = starts[:-1].astype(np.float32)
    theirs.compute_returns_and_advantage(torch.as_tensor(last), starts[-1])
    following = np.vstack([values[1:], last])
    ours = gae(
        torch.as_tensor(rewards), torch.as_tensor(values), torch.as_tensor(following),
        torch.as_tensor(~starts[1:]), gamma=gamma, gae_lambda=lambda_,
    )  # fmt: skip
    np.testing.assert_allclose(ours.numpy(), theirs.advantages, rtol=1e-5, atol=1e-6)


def test_lambda_1_is_monte_carlo_and_0_is_one_step() -> None:
    rewards = torch.tensor([[1.0], [2.0], [4.0]])
    values = torch.tensor([[0.5], [0.25], [0.125]])
    following = torch.tensor([[0.25], [0.125], [8.0]])
    alive = torch.tensor([[True], [True], [True]])
    whole = gae(rewards, values, following, alive, gamma=0.5, gae_lambda=1.0)
    assert whole[0, 0] == pytest.approx(1 + 0.5 * 2 + 0.25 * 4 + 0.125 * 8 - 0.5)
    one = gae(rewards, values, following, alive, gamma=0.5, gae_lambda=0.0)
    assert one[0, 0] == pytest.approx(1 + 0.5 * 0.25 - 0.5)
    ended = gae(rewards, values, following, ~alive, gamma=0.5, gae_lambda=1.0)
    assert ended.flatten().tolist() == pytest.approx([0.5, 1.75, 3.875])


@pytest.mark.parametrize("name", SCHEMES)
def test_truncation_adds_the_value_of_the_last_state_and_nothing_else_does(name: str) -> None:
    model = model_of(name, episode_days=5)
    network = model.network
    batch = model.batch
    buffer = model.buffer
    kept: list[tuple[Any, ...]] = []
    for _ in range(12):
        with torch.no_grad():
            model._one_day()
        kept.append((batch.day, batch.symbol))
    with torch.no_grad():
        model._finish()
        assert bool(buffer.stacked("truncated").any())
        rewards = buffer.stacked("reward").clone()
        starts = buffer.stacked("start")
        for t, i in buffer.stacked("truncated").nonzero().tolist():
            row = buffer.stacked("day")[t, i] + 1
            symbol = buffer.stacked("symbol")[t, i : i + 1] if buffer.has("symbol") else None
            market = batch.market
            seen = seen_from(
                market, type(buffer.transitions_of(torch.tensor([0])).state)(
                    row.reshape(1), symbol, buffer.stacked("final")[t, i].unsqueeze(0)
                )
            )  # fmt: skip
            rewards[t, i] += model.gamma * network(seen).value[0]
            if t + 1 < 12:
                assert bool(starts[t + 1, i])
        last = network(batch.observation()).value
    following = torch.cat([buffer.values[1:], last.unsqueeze(0)])
    goes_on = ~torch.cat([starts[1:], model.starts.unsqueeze(0)])
    expected = gae(
        rewards, buffer.values, following, goes_on, gamma=model.gamma, gae_lambda=model.gae_lambda
    )
    torch.testing.assert_close(buffer.advantages, expected, rtol=1e-5, atol=1e-6)


CHANGES = {
    "learning_rate": 1e-2, "critic_learning_rate": 1e-2, "critic_epochs": 2, "weight_decay": 0.1,
    "betas": (0.5, 0.9), "gamma": 0.1, "gae_lambda": 0.2, "clip_range": 1e-4,
    "clip_range_vf": 1e-4, "target_kl": 1e-9, "ent_coef": 0.5,
    "vf_coef": 5.0, "max_grad_norm": 1e-3,
    "n_epochs": 3, "batch_size": 16, "episode_days": 3, "precision": "bf16", "n_envs": 4,
    "n_steps": 8, "normalise_account": True, "normalise_reward": True,
}  # fmt: skip


def test_every_argument_reaches_the_training() -> None:
    plain = digest(learned())
    assert plain == digest(learned())
    for name, value in CHANGES.items():
        assert digest(learned(**{name: value})) != plain, name
    for name in ("gradient_checkpointing", "cuda_graphs"):
        torch.testing.assert_close(
            [*learned(**{name: True}).network.parameters()], [*learned().network.parameters()]
        )


@pytest.mark.parametrize("name", SCHEMES)
@pytest.mark.parametrize(
    "changes",
    [{}, {"ent_coef": 0.3}, {"clip_range_vf": 0.05, "clip_range": 0.01}],
    ids=["plain", "entropy", "clipped"],
)
def test_an_update_equals_that_of_stable_baselines3(name: str, changes: dict[str, float]) -> None:
    # One minibatch of everything: its order does not matter, and the rest is the same sums.
    changes = {"batch_size": 128, "n_epochs": 5, "learning_rate": 1e-2} | changes
    ours = model_of(name, episode_days=7, **changes)
    with torch.no_grad():
        for _ in range(16):
            ours._one_day()
        ours._finish()
    batch = batch_of(random_walks(0), name)
    theirs = sb3_model(batch, lambda: small_network(name), ours.config, seed=3)
    theirs.set_logger(Logger(folder=None, output_formats=[]))
    theirs.policy.load_state_dict(ours.policy.state_dict())
    if ours.config.clip_range_vf:
        theirs.clip_range_vf = lambda _: ours.config.clip_range_vf
    sample = ours.buffer.transitions_of(torch.arange(128))
    buffer = theirs.rollout_buffer
    for key, values in to_arrays(seen_from(ours.batch.market, sample.state)).items():
        buffer.observations[key] = values.reshape(16, 8, *values.shape[1:]).copy()
    buffer.actions = sample.action.numpy().reshape(16, 8, -1).copy()
    buffer.values, buffer.log_probs = (
        each.numpy().reshape(16, 8).copy() for each in (sample.value, sample.log_prob)
    )
    buffer.advantages = ours.buffer.advantages.numpy().copy()
    buffer.returns = ours.buffer.returns.numpy().copy()
    buffer.full = True
    buffer.pos = 16
    buffer.generator_ready = False
    for model in (ours, theirs):
        model._current_progress_remaining = 1.0
        model.train()
    for one, other in zip(ours.network.parameters(), theirs.policy.parameters(), strict=True):
        torch.testing.assert_close(one, other, rtol=1e-3, atol=1e-4)
    for key in ("policy_gradient_loss", "value_loss", "entropy_loss", "explained_variance"):
        mine, own = (each.logger.name_to_value[f"train/{key}"] for each in (ours, theirs))
        assert mine == pytest.approx(own, rel=1e-3, abs=1e-5), key


def test_ruin_ends_an_episode_for_the_advantages() -> None:
    model = model_of()
    with torch.no_grad():
        for _ in range(4):
            model._one_day()
        model.buffer._kept["truncated"] = [torch.zeros(8, dtype=torch.bool)] * 4
        model.buffer._kept["start"][2] = torch.ones(8, dtype=torch.bool)  # day 1 was ruin
        model._finish()
    expected = model.buffer.stacked("reward")[1] - model.buffer.values[1]
    torch.testing.assert_close(model.buffer.advantages[1], expected)


def test_scheduled_numbers_reach_the_update_and_the_log() -> None:
    model = model_of(
        total_timesteps=256, learning_rate="linear(1.0e-2, 1.0e-3)", critic_learning_rate=5e-3,
        clip_range="linear(0.2, 0.1)", ent_coef="linear(0.1, 0.0)",
    )  # fmt: skip
    told = []
    while model.num_timesteps < 256:
        figures = model.iterate()
        share = model.num_timesteps / 256
        expected = [1e-2 - share * 9e-3, 0.2 - share * 0.1, 0.1 - share * 0.1]
        names = ("learning_rate", "clip_range", "ent_coef")
        assert [figures[f"train/{name}"] for name in names] == pytest.approx(expected, abs=1e-8)
        told.append([group["lr"] for each in model.optimisers for group in each.param_groups])
    assert len(told) > 1
    assert told[-1] == pytest.approx([1e-3, 1e-3, 5e-3, 5e-3])


def test_a_learning_rate_that_falls_to_0_learns_less_than_one_that_stays() -> None:
    assert digest(learned(learning_rate="linear(3.0e-4, 3.0e-4)")) == digest(learned())
    assert digest(learned(learning_rate="linear(3.0e-4, 0)")) != digest(learned())
    for name, value in {"clip_range": 0.2, "ent_coef": 0.0}.items():
        assert digest(learned(**{name: f"constant({value})"})) == digest(learned())


def test_the_entropy_coefficient_never_leaves_its_line() -> None:
    model = model_of(total_timesteps=129, ent_coef="linear(0.1, 0.0)")
    model.learn(129, callback=CallbackList([]))
    assert model.logger.name_to_value["train/ent_coef"] == 0.0


@pytest.mark.parametrize("changes", [{}, {"critic_learning_rate": 1e-3, "vf_coef": 1e6}])
def test_half_precision_that_overflows_leaves_steps_out(changes: dict[str, float]) -> None:
    model = model_of(precision="fp16", **changes)
    model.learn(512, callback=CallbackList([]))
    assert all(bool(p.isfinite().all()) for p in model.network.parameters())
    assert np.isfinite(list(model.logger.name_to_value.values())).all()


BOTH = pytest.mark.parametrize("separate", [False, True], ids=["shared", "separate"])


@BOTH
def test_actor_and_critic_have_optimisers_of_their_own(*, separate: bool) -> None:
    model = model_of(separate=separate, critic_learning_rate=9e-4)
    actor, critic = (
        {id(p) for group in each.param_groups for p in group["params"]} for each in model.optimisers
    )
    assert not actor & critic
    assert actor | critic == {id(p) for p in model.network.parameters()}
    assert critic == {id(p) for p in critic_parameters(model.network)}
    heads = len([*model.network.value_head.parameters()])
    own = len([*model.network.critic_encoder.parameters()]) if separate else 0
    assert len(critic) == heads + own
    assert (own > 0) == separate
    assert [each.param_groups[0]["lr"] for each in model.optimisers] == [3e-4, 9e-4]


@BOTH
def test_an_update_of_one_minibatch_steps_each_optimiser_once(*, separate: bool) -> None:
    large = {"vf_coef": 1e4, "max_grad_norm": 1e9}  # slopes far above Adam's epsilon
    one = {"batch_size": 128, "n_epochs": 1, "critic_learning_rate": 1e-2}
    model = rolled_out(model_of(separate=separate, **large, **one))
    before = {name: p.detach().clone() for name, p in model.network.named_parameters()}
    model.train()
    counts = [{int(state["step"]) for state in each.state.values()} for each in model.optimisers]
    assert counts == [{1}, {1}]
    moved = {name: p for name, p in model.network.named_parameters() if not p.equal(before[name])}
    assert moved.keys() == before.keys()
    # AdamW's first step is as long as its learning rate, wherever there is a gradient
    for name, now in moved.items():
        length = float((now.detach() - before[name]).abs().max())
        rate = 1e-2 if name.startswith(("critic", "value")) else 3e-4
        assert length == pytest.approx(rate, rel=0.05), name


@BOTH
@pytest.mark.parametrize("learning_rate", [1e-2, None])
def test_extra_critic_epochs_leave_the_actor_alone(
    learning_rate: float | None, *, separate: bool
) -> None:
    model = rolled_out(
        model_of(separate=separate, critic_learning_rate=learning_rate, critic_epochs=1)
    )
    before = {name: p.detach().clone() for name, p in model.network.named_parameters()}
    model._critic_epoch()
    for name, now in model.network.named_parameters():
        critic = name.startswith(("critic", "value"))
        assert torch.equal(now, before[name]) != critic, name


def test_weight_decay_spares_biases_and_the_deviation() -> None:
    for group in model_of(weight_decay=0.1).optimisers[0].param_groups:
        for parameter in group["params"]:
            assert (group["weight_decay"] > 0.0) == (parameter.dim() > 1)


@pytest.mark.parametrize("patience", [1, 3])
def test_numbers_that_are_none_stop_the_training(patience: int) -> None:
    model = model_of(nan_patience=patience)
    with torch.no_grad():
        for parameter in model.network.parameters():
            parameter[...] = torch.nan if parameter.dim() == 2 else parameter
    # accounts refuse to act on NaN before any update could learn from it
    with pytest.raises((InputError, ValueError)):
        model.learn(256, callback=CallbackList([]))
    fresh = model_of(nan_patience=patience)
    with torch.no_grad():
        for _ in range(16):
            fresh._one_day()
        fresh._finish()
    fresh.buffer._flat["return_"][:] = torch.nan
    before = digest(fresh)
    with pytest.raises(InputError, match=rf"in {patience} gradient step.*nan_patience {patience}"):
        fresh.train()
    assert digest(fresh) == before


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU")
def test_cuda_graphs_learn_what_eager_passes_learn() -> None:
    learned = []
    for graphs in (False, True):
        model = DevicePPO(
            small_batch("weights", device="cuda"), lambda: small_network("weights").cuda(),
            config=ppo_config(cuda_graphs=graphs), seed=3,
        )  # fmt: skip
        model.set_logger(Logger(folder=None, output_formats=[]))
        model.learn(256, callback=CallbackList([]))
        learned.append(torch.cat([p.detach().flatten() for p in model.network.parameters()]))
    torch.testing.assert_close(*learned, rtol=1e-3, atol=1e-4)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU")
@pytest.mark.parametrize("name", SCHEMES)
def test_a_gpu_trains(name: str) -> None:
    model = DevicePPO(
        small_batch(name, device="cuda"), lambda: small_network(name).cuda(),
        config=ppo_config(), seed=3,
    )  # fmt: skip
    model.set_logger(Logger(folder=None, output_formats=[]))
    model.learn(256, callback=CallbackList([]))
    assert all(bool(p.isfinite().all()) for p in model.network.parameters())
