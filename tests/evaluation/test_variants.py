"""Variants of an agent: what each reads, under which name, and what has none."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from configurations import OWN, ROOT, agent_with, changed, faults
from walkforge.configuration.slices import agent_slice
from walkforge.configuration.strict_yaml import to_yaml
from walkforge.errors import InputError
from walkforge.evaluation.trials import trial_key
from walkforge.evaluation.variants import AblationConfig, variants_of
from walkforge.planning import Plan, make_plan

FAMILIES = {"up": ("rise", "rsi"), "wide": ("range", "atr"), "loud": ("volume",)}
ALL = ("rise", "rsi", "range", "atr", "volume")


def variants(reads=ALL, **said):
    config = {"agent": "ppo", "families": None, "only": False, "few": ["rsi"]} | said
    return {
        name: each.features
        for name, each in variants_of(AblationConfig(**config), reads, FAMILIES).items()
    }


def test_each_family_is_left_out_once_and_the_few_stand_alone() -> None:
    assert variants() == {
        "ppo__without_up": ("range", "atr", "volume"),
        "ppo__without_wide": ("rise", "rsi", "volume"),
        "ppo__without_loud": ("rise", "rsi", "range", "atr"),
        "ppo__few": ("rsi",),
    }


def test_families_alone_are_trained_on_request() -> None:
    found = variants(only=True, families=["loud", "up"])
    assert list(found) == [
        "ppo__without_up", "ppo__without_loud", "ppo__only_up", "ppo__only_loud", "ppo__few",
    ]  # fmt: skip
    assert found["ppo__only_up"] == ("rise", "rsi")


def test_only_what_the_agent_reads_of_a_family_counts() -> None:
    assert variants(("rsi", "atr")) == {
        "ppo__without_up": ("atr",),
        "ppo__without_wide": ("rsi",),
        "ppo__few": ("rsi",),
    }


def test_of_a_single_family_nothing_is_left_out() -> None:
    assert variants(("rise", "rsi"), only=True) == {"ppo__few": ("rsi",)}


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"families": ["up", "lout"]}, r"families\[1\] is 'lout', .* reads is 'loud'"),
        ({"few": ["atr", "rsy"]}, r"ablation.few\[1\] is 'rsy', neither"),
        ({"few": ["wide", "up", "loud"]}, "few are all 5 features that ppo reads: write fewer"),
    ],
)
def test_what_cannot_be_compared_is_told(said, told) -> None:
    with pytest.raises(InputError, match=told):
        variants(**said)
    with pytest.raises(InputError, match="'rsi', which agent ppo does not give"):
        variants(("range", "atr"))


def plan_of(changes, folder: Path) -> Plan:
    (folder / "own.yaml").write_text(to_yaml(changed(changes)))
    files = [folder / "own.yaml"]
    return make_plan(ROOT, files, environ={}, given={}, access=folder / "access.jsonl")


def test_an_agent_that_reads_everything_keeps_its_parameters_and_its_trial(tmp_path) -> None:
    plain = plan_of({}, tmp_path)
    families = list(OWN["features"]["select"])
    without_key = changed({"agents.other": agent_with()})["agents"]["other"]
    assert "features" not in without_key
    plan = plan_of({"agents.ppo_weights.features": families, "agents.other": agent_with()},
                   tmp_path)  # fmt: skip
    for name in ("ppo_weights", "other"):
        assert plan.agent(name)["agent"] == agent_slice(plan.config, name)
    assert plan.agent("ppo_weights") == plain.agent("ppo_weights")
    assert trial_key(plan.tried("ppo_weights")) == trial_key(plain.tried("ppo_weights"))


def test_an_agents_part_is_in_its_own_parameters_alone(tmp_path) -> None:
    changes = {"agents.ppo_weights.features": ["divergence", "rsi_14"],
               "agents.other": agent_with()}  # fmt: skip
    plan = plan_of(changes, tmp_path)
    names = ["rsi_14", "bullish_divergence", "bearish_divergence"]
    assert plan.agent("ppo_weights")["agent"]["features"] == {"names": names}
    assert "features" not in plan.agent("other")["agent"]
    assert trial_key(plan.tried("ppo_weights")) != trial_key(plan_of({}, tmp_path).tried(
        "ppo_weights"))  # fmt: skip


@pytest.mark.parametrize(
    ("part", "said"),
    [
        (["rsi_41"], r"agents.ppo_weights.features\[0\] is 'rsi_41', neither .* 'rsi_14'"),
        (["rsi_14", "wavelet"], r"features\[1\] is 'wavelet' of .* features.select does not give"),
    ],
)
def test_a_part_that_is_not_selected_ends_the_planning(tmp_path, part, said) -> None:
    with pytest.raises(InputError, match=said):
        plan_of({"agents.ppo_weights.features": part}, tmp_path)


def test_a_changed_list_changes_one_variant_and_no_other(tmp_path) -> None:
    def slices(plan: Plan):
        return {name: repr(plan.agent(name)) for name in plan.reading.ablated()}

    before = slices(plan_of({}, tmp_path))
    after = slices(plan_of({"ablation.few": ["rsi_14", "atr_pct_14"]}, tmp_path))
    assert len(before) == 1 + 7 + 1
    assert {name for name in before if before[name] != after[name]} == {"ppo_weights__few"}
    assert len(set(before.values())) == len(before)


def test_an_impossible_ablation_is_told_when_it_is_asked_for_and_stops_nothing_else(
    tmp_path,
) -> None:
    plan = plan_of({"features.select": ["log_return_1"]}, tmp_path)
    assert plan.reading.ablated() == plan.ablation()["strategies"] == []
    with pytest.raises(SystemExit, match=r"walkforge: ablation.few\[0\] is 'rsi_14', which agent"):
        plan.can_ablate(SimpleNamespace())


def test_a_variant_that_is_not_there_is_told_with_the_nearest(tmp_path) -> None:
    with pytest.raises(InputError, match="no 'ppo_weights__without_trends': .*without_trend'"):
        plan_of({}, tmp_path).agent("ppo_weights__without_trends")


def test_no_agents_own_name_can_be_a_variants() -> None:
    (fault,) = faults(changed({"agents": {"ppo__few": agent_with()}}))
    assert "no two _ in a row (they mark variants of the ablation: write one)" in fault


def test_the_ablations_agent_must_be_there() -> None:
    (fault,) = faults(changed({"ablation.agent": "ppo_weigths"}))
    assert fault == (
        "ablation.agent: 'ppo_weigths' is no agent: write 'ppo_weights' or add it to agents"
    )
