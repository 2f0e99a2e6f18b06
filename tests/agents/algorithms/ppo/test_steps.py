"""Single gradient steps: their norm, what is left out, what is computed twice, what is compiled."""

import inspect
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from resumable import AGENT, FOLD, MARKET, MONEY
from sb3_loop import batch_of, digest, model_of, rolled_out
from walkforge.agents.algorithms.ppo.algorithm import DevicePPO
from walkforge.agents.algorithms.ppo.update import ADAM_EPS, AdamW
from walkforge.agents.training.buffer import seen_from
from walkforge.agents.training.resume import state_of as whole_state
from walkforge.agents.training.train import train
from walkforge.compiler import check_compiler
from walkforge.errors import InputError
from worlds import random_walks


def by_hand(model: DevicePPO) -> Tensor:
    """The loss of a whole roll-out, from the formulas and torch's own distributions."""
    sample = model.buffer.transitions_of(torch.arange(128))
    output, _, value, _ = model.network(seen_from(model.batch.market, sample.state))
    normal = torch.distributions.Normal(output, model.network.log_std.exp())
    ratio = (normal.log_prob(sample.action).sum(-1) - sample.log_prob).exp()
    mean = sample.advantage.mean()
    deviation = sample.advantage.std()
    gain = ratio * (sample.advantage - mean) / (deviation + 1e-8)
    entropy = normal.entropy().sum(-1).mean()
    error = (value - sample.return_).square().mean()
    return -gain.mean() - 0.1 * entropy + 0.5 * error


def test_the_norm_that_is_told_is_that_before_clipping() -> None:
    model = rolled_out(model_of(batch_size=128, n_epochs=1, ent_coef=0.1, max_grad_norm=1e-6))
    slopes = torch.autograd.grad(by_hand(model), [*model.network.parameters()])
    norm = np.sqrt(sum(float(slope.double().square().sum()) for slope in slopes))
    assert norm > 1e-3
    model.train()
    told = model.logger.name_to_value["train/gradient_norm"]
    assert told == pytest.approx(norm, rel=1e-4)
    left = [p.grad for p in model.network.parameters()]
    assert np.sqrt(sum(float(g.square().sum()) for g in left)) == pytest.approx(1e-6, rel=1e-3)


def state_of(model: DevicePPO) -> dict[str, bytes]:
    """The bits of network and optimisers by name."""
    tensors = whole_state(model, [], {}).tensors
    return {name: value.numpy().tobytes() for name, value in tensors.items()}


def bad_loss(model: DevicePPO, kind: str) -> Tensor:
    """A loss that is NaN, or infinite, or one whose gradients alone are no numbers."""
    whole = sum(p.square().sum() for p in model.network.parameters())
    return {"nan": whole * torch.nan, "infinite": whole * torch.inf, "slope": (whole * 0.0).sqrt()}[
        kind
    ]


@pytest.mark.parametrize("kind", ["nan", "infinite", "slope"])
def test_a_bad_step_that_nobody_stopped_changes_nothing(kind: str) -> None:
    # a GPU says only after the updates that a loss was none: the step leaves itself out
    model = model_of(weight_decay=0.1, critic_learning_rate=1e-2)
    good = lambda: sum(p.square().sum() for p in model.network.parameters())  # noqa: E731
    untold = lambda figure: True  # noqa: E731
    model.stepper.step(good(), untold)
    before = state_of(model)
    model.stepper.step(bad_loss(model, kind), untold)
    assert state_of(model) == before
    model.stepper.step(good(), untold)
    again = model_of(weight_decay=0.1, critic_learning_rate=1e-2)
    for _ in range(2):
        again.stepper.step(sum(p.square().sum() for p in again.network.parameters()), untold)
    assert state_of(model) == state_of(again) != before


@pytest.mark.parametrize(("again", "times"), [(False, 1), (True, 2)])
def test_gradient_checkpointing_passes_hidden_layers_twice(*, again: bool, times: int) -> None:
    model = rolled_out(model_of(gradient_checkpointing=again))
    passes: dict[str, int] = {}

    def count(name: str) -> Any:
        def hook(*_: Any) -> None:
            passes[name] = passes.get(name, 0) + 1

        return hook

    layers = {
        name: layer
        for name, layer in model.network.encoder.named_modules()
        if isinstance(layer, nn.Linear)
    }
    for name, layer in layers.items():
        layer.register_forward_hook(count(name))
    model.train()
    minibatches = 2 * 2  # two epochs of two
    assert passes == dict.fromkeys(layers, minibatches * times)
    assert len(layers) == 2


@pytest.mark.slow
@pytest.mark.parametrize("separate", [False, True], ids=["shared", "separate"])
def test_compiled_passes_learn_what_eager_ones_learn(*, separate: bool) -> None:
    from torch._dynamo.utils import counters

    torch.compiler.reset()
    counters.clear()
    trained = {}
    for compiled in (False, True):
        agent = AGENT | {
            "algorithm": AGENT["algorithm"] | {"compiled": compiled, "total_timesteps": 512},
            "network": AGENT["network"] | {"separate_critic": separate},
        }
        trained[compiled] = train(agent, MARKET, FOLD, config=MONEY, seed=1)
        assert (counters["stats"]["unique_graphs"] > 0) == compiled
    eager, fused = (trained[each].curve for each in (False, True))
    assert eager.columns == fused.columns
    np.testing.assert_allclose(fused.to_numpy(), eager.to_numpy(), rtol=1e-3, atol=1e-5)
    one, two = (trained[each].policy.network.state_dict() for each in (False, True))
    for name in one:
        torch.testing.assert_close(one[name], two[name], rtol=1e-3, atol=1e-5)
    torch.compiler.reset()


def test_without_a_compiler_the_remedy_is_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    agent = AGENT | {"algorithm": AGENT["algorithm"] | {"compiled": True}}
    told = r"needs a C\+\+ compiler, and no-such cannot be run: install one .*name one in CXX"
    monkeypatch.setenv("CXX", "no-such")
    with pytest.raises(InputError, match=told):
        train(agent, MARKET, FOLD, config=MONEY, seed=1)
    with pytest.raises(InputError, match=told):
        batch_of(random_walks(0), "weights", compiled=True)
    failing = tmp_path / "g++"
    failing.write_text("#!/bin/sh\nexit 1\n")
    failing.chmod(0o755)
    monkeypatch.delenv("CXX")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(InputError, match=r"g\+\+ cannot be run"):
        check_compiler("cpu")
    failing.write_text("#!/bin/sh\nexit 0\n")
    check_compiler("cpu")
    with pytest.raises(InputError, match="a C compiler, and gcc and clang cannot be run.* CC"):
        check_compiler("cuda")
    monkeypatch.setenv("CC", str(failing))
    check_compiler("cuda")


def test_an_eager_training_asks_for_no_compiler(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CXX", "no-such")
    assert digest(model_of()) == digest(model_of(cuda_graphs=True))  # without effect on a CPU


def test_an_eager_training_does_not_import_torch_s_compiler(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("add_param_group", "state_dict", "zero_grad"):
        plain = inspect.unwrap(getattr(torch.optim.Optimizer, name))
        monkeypatch.delattr(plain, "__dynamo_disable", raising=False)  # of an earlier test
    monkeypatch.setitem(sys.modules, "torch._dynamo", None)  # to import it is an error
    train(AGENT, MARKET, FOLD, config=MONEY, seed=1)


def test_our_adamw_is_that_of_torch_to_the_last_bit() -> None:
    learned = []
    for kind in (AdamW, torch.optim.AdamW):
        generator = torch.Generator().manual_seed(0)
        weights = nn.Parameter(torch.randn(8, 4, generator=generator))
        optimiser = kind([weights], lr=1e-2, eps=ADAM_EPS, weight_decay=0.01, fused=True)
        for step in range(12):
            optimiser.zero_grad(set_to_none=True)
            (torch.randn(32, 8, generator=generator) @ weights).square().mean().backward()
            optimiser.found_inf = torch.tensor(float(step == 3))  # this one is left out
            optimiser.step()
        learned.append([weights.detach(), *optimiser.state[weights].values()])
    assert all(map(torch.equal, *learned))
