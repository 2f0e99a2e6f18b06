"""The network and the algorithm of docs/add_agent.md do all that PPO and shared_mlp must do."""

import os
import signal
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch

from pages import NEW
from small_agents import FOLD, MARKET, agent_of
from walkforge import registry
from walkforge.agents.api import Network
from walkforge.agents.policy import load_policy, policy_contents
from walkforge.agents.training.train import NOWHERE, Places, Trained, train
from walkforge.errors import InputError
from walkforge.evaluation.leaks import check_chain, found_frame
from walkforge.evaluation.policies import roll_policy
from walkforge.evaluation.training_audit import audit_trainings, lesson_of
from walkforge.provenance import write_artifacts
from walkforge.verify.training import BOUNDS, steps
from worlds import money

PAGE = (Path(__file__).parents[2] / "docs/add_agent.md").read_text()
REINFORCE = {
    "name": "reinforce", "total_timesteps": 512, "n_envs": 8, "n_steps": 16,
    "episode_days": 20, "learning_rate": 3e-2, "gamma": 0.5,
}  # fmt: skip
MONEY = money(cash=1e6)


@pytest.fixture(autouse=True)
def _page_followed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the page's modules known under their names."""
    known = {kind: dict(registry.modules(kind)) for kind in registry.PLACES}
    for path, code in NEW.findall(PAGE):
        name = path.removeprefix("src/").removesuffix(".py").replace("/", ".")
        module = ModuleType(name)
        monkeypatch.setitem(sys.modules, name, module)
        exec(compile(code, path, "exec"), module.__dict__)  # noqa: S102 (our own page)
        kind = {"algorithms": "algorithm", "networks": "network", "rewards": "reward"}
        known[kind[Path(path).parent.name]][Path(path).stem] = name
    monkeypatch.setattr(registry, "modules", lambda kind: known[kind])


def own_agent(scheme: str = "weights") -> dict[str, dict[str, Any]]:
    return agent_of(scheme) | {
        "algorithm": REINFORCE,
        "network": {"name": "linear", "initial_std": 0.7},
        "reward": {"name": "downside", "loss_weight": 1.5, "trade_penalty": 0.0},
    }


def trained(scheme: str = "weights", places: Places = NOWHERE) -> Trained:
    return train(own_agent(scheme), MARKET, FOLD, config=MONEY, seed=1, places=places)


def bits(made: Trained) -> tuple[bytes, str]:
    return policy_contents(made.policy)["policy.safetensors"], made.curve.write_csv()


@pytest.mark.parametrize("scheme", ["weights", "discrete9", "signals3", "regimes_dynamic"])
def test_it_learns_what_passes_the_audit_of_trainings(scheme: str) -> None:
    made = trained(scheme)
    lesson = lesson_of("own", FOLD, made.policy, config=MONEY, seed=1)
    found = check_chain(found_frame(audit_trainings([lesson], MARKET)))
    assert found["compared"][0] > 2 * len(MARKET.feature_names)


def test_its_policy_is_saved_loaded_and_rolled(tmp_path: Path) -> None:
    made = trained()
    contents = {tmp_path / name: data for name, data in policy_contents(made.policy).items()}
    write_artifacts("test", contents)
    again = load_policy(tmp_path, device=torch.device("cpu"))
    one, two = (
        roll_policy(policy, MARKET, FOLD.test, config=MONEY) for policy in (made.policy, again)
    )
    assert one.daily.equals(two.daily)
    assert isinstance(again.network, Network)


def test_the_distribution_that_it_names_is_its_policy_s(monkeypatch: pytest.MonkeyPatch) -> None:
    assert trained().policy.distribution is None
    module = registry.load(own_agent(), "algorithm")
    monkeypatch.setattr(module, "DISTRIBUTION", "squashed_gaussian", raising=False)
    assert trained().policy.distribution == "squashed_gaussian"


def test_its_curve_is_within_what_verify_allows_and_ends_in_its_policy() -> None:
    curve = trained().curve
    policy = trained().policy
    assert curve.columns == [*BOUNDS]
    for name, (least, most) in BOUNDS.items():
        values = curve[name].to_numpy()
        assert (np.isfinite(values) & (values >= least) & (values <= most)).all(), name
    assert curve["timesteps"].to_list() == steps(REINFORCE)
    assert curve["action_std"][-1] == pytest.approx(float(policy.network.log_std.exp()), rel=1e-6)
    assert curve["action_std"][-1] != pytest.approx(0.7, rel=1e-6)


def test_ended_by_ctrl_c_it_goes_on_to_the_same_bits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = trained()
    algorithm = registry.load(own_agent(), "algorithm").Algorithm
    iterate = algorithm.iterate

    def interrupted(self: Any) -> dict[str, float]:
        figures = iterate(self)
        if self.num_timesteps == 256:
            os.kill(os.getpid(), signal.SIGINT)
        return figures

    monkeypatch.setattr(algorithm, "iterate", interrupted)
    with pytest.raises(InputError, match="training ended at 256/512 steps as asked: saved"):
        trained(places=Places(tmp_path, None))
    monkeypatch.setattr(algorithm, "iterate", iterate)
    assert bits(trained(places=Places(tmp_path, None))) == bits(whole)


def test_a_loss_that_is_not_finite_ends_it_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    algorithm = registry.load(own_agent(), "algorithm").Algorithm
    nothing = torch.full((16, 8), torch.nan)
    monkeypatch.setattr(algorithm, "_gains", lambda self, rewards, ended: nothing)
    with pytest.raises(InputError, match="training diverged after 0 steps: the loss is not finite"):
        trained()
