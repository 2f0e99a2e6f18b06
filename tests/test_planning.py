"""What the plan says of code: every part that a script will load by name is in its digest."""

import json
from pathlib import Path

import pytest

from configurations import ROOT
from walkforge.planning import Plan, make_plan

PARTS = {
    "algorithm": {"name": "ppo"},
    "network": {"name": "shared_mlp"},
    "scheme": {"name": "signals3"},
    "reward": {"name": "sortino"},
}


def planned(tmp_path: Path, **given: object) -> Plan:
    access = tmp_path / "access.jsonl"
    return make_plan(ROOT, [ROOT / "config.yaml"], environ={}, given=given, access=access)


def modules(code: list[str]) -> set[str]:
    return {entry.partition("@")[0] for entry in code}


@pytest.mark.parametrize("script", ["vary_terms.py", "audit_chain.py", "open_holdout.py"])
def test_what_rolls_policies_depends_on_the_parts_of_their_agents(tmp_path: Path, script) -> None:
    plan = planned(tmp_path)
    lacking = modules(plan.code(script, *plan.config["agents"])) - modules(plan.code(script))
    assert {"walkforge.market.schemes.weights", "walkforge.agents.networks.shared_mlp"} <= lacking
    rules = (ROOT / "workflow/rules/evaluation.smk").read_text()
    assert f'code=PLAN.code("{script}", *AGENTS)' in rules


def policy_of(tmp_path: Path, config: str) -> Plan:
    for name in ("manifest.json", "config.json", "policy.safetensors"):
        (tmp_path / name).write_text(config)
    return planned(tmp_path, backtest={"policy": str(tmp_path)})


def test_a_backtest_depends_on_the_parts_that_its_policy_names(tmp_path: Path) -> None:
    plan = policy_of(tmp_path, json.dumps({"agent": PARTS}))
    found = modules(plan.backtest_code(None))
    assert "walkforge.market.schemes.signals3" in found
    assert "walkforge.market.schemes.weights" not in found


@pytest.mark.parametrize(
    "config",
    [
        "", "[]", "{}", '{"agent": 1}', '{"agent": {"algorithm": 1}}', "[" * 100_000,
        json.dumps({"agent": PARTS | {"scheme": {"name": ["weights"]}}}),
        json.dumps({"agent": PARTS | {"scheme": {"name": "none such"}}}),
    ],
)  # fmt: skip
def test_a_policy_that_names_no_known_parts_is_left_to_its_loading(tmp_path: Path, config) -> None:
    plan = policy_of(tmp_path, config)
    assert plan.backtest_code(None) == plan.code("backtest_policy.py")


def test_the_device_is_no_part_of_a_study(tmp_path: Path) -> None:
    cpu, auto = (planned(tmp_path, runtime={"device": device}) for device in ("cpu", "auto"))
    assert (cpu.device, cpu.gpus) == ("cpu", 0)
    assert (auto.device, auto.gpus) == ("auto", 1)
    assert cpu.digest() == auto.digest()
    assert cpu.text(None, None) == auto.text(None, None)
    assert "runtime" not in cpu.text(None, None)
