"""What the plan says of code: every part that a script will load by name is in its digest."""

import json
from pathlib import Path
from types import SimpleNamespace

import pytest

from configurations import ROOT
from pages import follow
from planned import asked_of, copy_of_the_project, planned, shown_by
from walkforge.errors import InputError
from walkforge.planning import Plan, make_plan
from walkforge.reporting.catalogue import FIGURES, PAGES

PARTS = {
    "algorithm": {"name": "ppo"},
    "network": {"name": "shared_mlp"},
    "scheme": {"name": "signals3"},
    "reward": {"name": "sortino"},
}


def modules(code: list[str]) -> set[str]:
    return {entry.partition("@")[0] for entry in code}


@pytest.mark.parametrize("script", ["roll_sensitivity.py", "audit_chain.py", "roll_holdout.py"])
def test_what_rolls_policies_depends_on_the_parts_of_their_agents(tmp_path: Path, script) -> None:
    plan = planned(tmp_path)
    lacking = modules(plan.code(script, *plan.config["agents"])) - modules(plan.code(script))
    assert {"walkforge.market.schemes.weights", "walkforge.agents.networks.shared_mlp"} <= lacking
    rules = (ROOT / "workflow/rules/evaluation.smk").read_text()
    assert f'code=PLAN.code("{script}", *AGENTS)' in rules


def test_what_rolls_baselines_depends_on_those_that_are_chosen(tmp_path: Path) -> None:
    few, more = (
        planned(tmp_path, evaluation={"baselines": names}) for names in (["cash"], ["ranker"])
    )
    for script in ("evaluate_baselines.py", "audit_chain.py", "roll_holdout.py"):
        assert "walkforge.evaluation.baselines.naive" in modules(few.code(script))
        assert "walkforge.evaluation.baselines.regimes" not in modules(more.code(script))
    script = "evaluate_baselines.py"
    assert modules(more.code(script)) - modules(few.code(script)) >= {
        "walkforge.evaluation.baselines.ranker"
    }


def test_what_reads_the_source_depends_on_the_one_that_is_chosen(tmp_path: Path) -> None:
    file = tmp_path / "bars.csv"
    file.touch()
    sample = planned(tmp_path)
    csv = planned(tmp_path, data={"source": "csv", "path": str(file)})
    assert (sample.sources(), csv.sources()) == ([], [str(file)])
    for script in ("ingest_bars.py", "audit_chain.py"):
        known = modules(sample.code(script))
        other = modules(csv.code(script))
        assert {each for each in known - other if "==" not in each} == {
            "walkforge.data.sources.sample"
        }
        assert "walkforge.data.sources.csv" in other - known
    assert sample.code("cut_folds.py") == csv.code("cut_folds.py")


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


def test_the_summary_is_newer_than_every_picture_of_the_report(tmp_path: Path) -> None:
    plan = planned(tmp_path)
    given = plan.inputs_of(PAGES, "evaluation/summary")
    shown = {f"figures/{name}.png" for name in plan.shown(FIGURES)}
    assert {f"figures/training_{agent}.png" for agent in plan.config["agents"]} <= shown
    read = [path for name, path in given.items() if name != "newer_than"]
    assert shown < {*given["newer_than"], given["equity_png"], given["drawdown_png"]}
    assert not set(given["newer_than"]) & {path for path in read if isinstance(path, str)}
    assert given["verdict"] == "evaluation/verdict.json"
    assert given["tests"] == [f"folds/{fold}/test.json" for fold in plan.scored]
    assert given["manifests"][-1] == "folds/live/manifest.json"


def test_a_figure_of_an_agent_is_of_its_files_alone(tmp_path: Path) -> None:
    plan = planned(tmp_path)
    given = plan.inputs_of(FIGURES, "turnover_ppo_weights")
    folds = plan.scored
    seeds = plan.config["seeds"]
    assert given["dailies"] == [
        f"evaluation/ppo_weights/{fold}/seed_{seed}/daily.parquet"
        for fold in folds
        for seed in seeds
    ]
    assert given["equal"][0] == f"evaluation/baselines/equal_weight/{folds[0]}/daily.parquet"


def test_a_page_consumes_the_keys_that_it_names(tmp_path: Path) -> None:
    plan = planned(tmp_path)
    page = SimpleNamespace(page="evaluation/metrics")
    assert plan.page_config(page) == {"market": {"execution": plan.config["market"]["execution"]}}
    assert "walkforge.reporting.pages.metrics" in modules(plan.page_code(page))
    assert "walkforge.reporting.pages.quality" not in modules(plan.page_code(page))


def test_the_device_is_no_part_of_a_study(tmp_path: Path) -> None:
    cpu, auto = (planned(tmp_path, runtime={"device": device}) for device in ("cpu", "auto"))
    assert (cpu.device, cpu.gpus) == ("cpu", 0)
    assert (auto.device, auto.gpus) == ("auto", 1)
    assert cpu.digest() == auto.digest()
    assert cpu.text() == auto.text()
    assert "runtime" not in cpu.text()


@pytest.mark.parametrize(
    ("key", "value"),
    [("device", "cpu"), ("checkpoint_every", 100), ("on_unfit", "restart"), ("tensorboard", True)],
)
def test_no_job_consumes_what_changes_no_result(tmp_path: Path, key: str, value: object) -> None:
    before = planned(tmp_path)
    assert before.config["runtime"][key] != value
    after = planned(tmp_path, runtime={key: value})
    assert asked_of(after) == asked_of(before)
    assert shown_by(after) == shown_by(before)
    assert (after.digest(), after.text()) == (before.digest(), before.text())
    assert after.kept() == {name: after.config["runtime"][name] for name in after.kept()}
    assert (after.kept() != before.kept()) == (key != "device")


def test_a_reward_and_a_network_by_the_page_rerun_nothing(tmp_path: Path) -> None:
    before = planned(tmp_path)
    root = copy_of_the_project(tmp_path / "copy")
    follow((ROOT / "docs/add_agent.md").read_text(), root)
    after = planned(tmp_path, root)
    assert asked_of(before) == asked_of(after)
    own = {"algorithm": "ppo", "network": "linear", "scheme": "weights", "reward": "downside"}
    with_it = planned(tmp_path, root, agents={"own": {**own, "overrides": {}}})
    found = modules(with_it.code("train_agent.py", "own"))
    assert {"walkforge.market.rewards.downside", "walkforge.agents.networks.linear"} <= found
    assert asked_of(with_it)["agent ppo_weights"] == asked_of(before)["agent ppo_weights"]


@pytest.mark.parametrize(("name", "reruns"), [("sortino", False), ("excess_log_return", True)])
def test_an_edit_of_a_reward_reruns_what_names_it_alone(tmp_path: Path, name, reruns) -> None:
    before = planned(tmp_path)
    root = copy_of_the_project(tmp_path / "copy")
    edited = root / f"src/walkforge/market/rewards/{name}.py"
    edited.write_text(edited.read_text() + "\nX = 1\n")
    assert (asked_of(before) != asked_of(planned(tmp_path, root))) == reruns


def test_an_agent_whose_algorithm_cannot_act_in_its_scheme_is_refused(tmp_path: Path) -> None:
    root = copy_of_the_project(tmp_path / "copy")
    follow((ROOT / "docs/add_agent.md").read_text(), root)
    module = root / "src/walkforge/agents/algorithms/reinforce.py"
    module.write_text(module.read_text() + '\nSCHEMES = ("weights",)\n')
    own = {"algorithm": "reinforce", "network": "linear", "reward": "downside", "overrides": {}}
    planned(tmp_path, root, agents={"own": {**own, "scheme": "weights"}})
    told = "agents.own: algorithm reinforce cannot act in scheme discrete9: choose weights"
    with pytest.raises(InputError, match=told):
        planned(tmp_path, root, agents={"own": {**own, "scheme": "discrete9"}})


def test_the_configuration_that_a_run_records_plans_the_same_study(tmp_path: Path) -> None:
    plan = planned(tmp_path, seeds=[3])
    recorded = tmp_path / "config.yaml"
    recorded.write_text(plan.text())
    again = make_plan(ROOT, [recorded], environ={}, given={}, access=tmp_path / "access.jsonl")
    assert again.config == plan.config
