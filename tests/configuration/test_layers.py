"""File, then environment, then command line."""

import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from configurations import changed, faults, few, leaves
from walkforge.configuration.layers import from_command_line, from_environment, merge, resolve
from walkforge.errors import InputError


def test_mappings_merge_and_all_else_is_replaced():
    base = {"a": {"x": 1, "y": [1, 2]}, "b": 1, "c": {"x": 1}}
    override = {"a": {"y": [3], "z": {"w": 1}}, "b": {"x": 1}, "c": None}
    before = copy.deepcopy([base, override])
    merged = merge(base, override)
    assert merged == {"a": {"x": 1, "y": [3], "z": {"w": 1}}, "b": {"x": 1}, "c": None}
    assert [base, override] == before


small_trees = st.recursive(
    st.integers(0, 3),
    lambda inner: st.dictionaries(st.sampled_from("abc"), inner, min_size=1),
    max_leaves=8,
).filter(lambda tree: isinstance(tree, dict))


@few
@given(small_trees, small_trees)
def test_a_merge_holds_the_override_and_what_of_the_base_it_leaves(base, override):
    merged = leaves(merge(base, override))
    over = leaves(override)
    kept = {
        path: value
        for path, value in leaves(base).items()
        if not any(path[: len(p)] == p or p[: len(path)] == path for p in over)
    }
    assert merged == kept | over


def test_null_removes_an_agent_and_nothing_else():
    base = {"agents": {"a": {"overrides": {}}, "b": {}}, "data": {"end": 1}}
    merged = merge(base, {"agents": {"a": None}, "data": {"end": None}})
    assert merged == {"agents": {"b": {}}, "data": {"end": None}}


def test_null_for_an_agent_that_is_not_there_is_told():
    (fault,) = faults(changed({"agents.ppo_weight": None}))
    assert fault == (
        "agents.ppo_weight: null removes an agent, but 'ppo_weight' is none: "
        "the nearest is 'ppo_weights'"
    )


def test_environment_variables_nest_and_read_as_strictly_as_files():
    environ = {
        "WALKFORGE__ALGORITHMS__PPO__GAMMA": "0.9",
        "walkforge__algorithms__ppo__N_Epochs": "3",
        "WALKFORGE__SEEDS": "[0, 7]",
        "WALKFORGE__DATA": "{path: NO, end: 2001-02-03}",
        "WALKFORGE__DATA__PATH": "",
        "WALKFORGE__AGENTS__PPO_WEIGHTS": "null",
        "WALKFORGE_SEEDS": "[1]",
        "WALKFORGE": "x",
        "MY_WALKFORGE__SEEDS": "[2]",
    }
    assert from_environment(environ) == {
        "algorithms": {"ppo": {"gamma": 0.9, "n_epochs": 3}},
        "seeds": [0, 7],
        "data": {"path": None, "end": "2001-02-03"},
        "agents": {"ppo_weights": None},
    }


def test_a_deeper_variable_lies_over_a_shallower_one_in_any_letter_case():
    environ = {"WALKFORGE__DATA__PATH": "deep", "walkforge__data": "{path: shallow, end: null}"}
    assert from_environment(environ) == {"data": {"path": "deep", "end": None}}


@pytest.mark.parametrize(
    ("environ", "said"),
    [
        ({"WALKFORGE__": "1"}, "WALKFORGE__: has an empty key"),
        ({"WALKFORGE__DATA____PATH": "1"}, "WALKFORGE__DATA____PATH: has an empty key"),
        ({"WALKFORGE__SEEDS": "[0"}, "environment variable WALKFORGE__SEEDS, line 1"),
        ({"WALKFORGE__DATA": "{a: 1, a: 2}"}, "WALKFORGE__DATA, line 1: key 'a' is given twice"),
        ({"WALKFORGE__A__B": ".nan"}, "WALKFORGE__A__B, line 1: .nan is not a finite number"),
        ({"WALKFORGE__SEEDS": "[0]", "WALKFORGE__seeds": "[1]"}, "WALKFORGE__seeds: is set twice"),
        ({"WALKFORGE__DATA": "5", "WALKFORGE__DATA__A__B": "1"}, "WALKFORGE__DATA: 5 has no keys"),
    ],
)
def test_faulty_environment_variables_are_named(environ, said):
    with pytest.raises(InputError, match=said):
        from_environment(environ)


def test_text_of_the_command_line_is_read_as_in_a_file():
    # What Snakemake gives for --config seeds=[0] and data='{end: null, symbols: [NO, 000001]}'.
    given_by_snakemake = {"seeds": ["0"], "data": {"end": "null", "symbols": ["NO", "000001"]}}
    assert from_command_line(given_by_snakemake) == {
        "seeds": [0],
        "data": {"end": None, "symbols": ["NO", "000001"]},
    }
    with pytest.raises(InputError, match=r"command line, report.rows\[1\]: .inf is not a finite"):
        from_command_line({"report": {"rows": ["1", ".inf"]}})


def test_the_command_line_wins_over_the_environment_and_that_over_files(tmp_path):
    for name, text in {
        "one": "{a: 1, b: 1, c: 1, d: 1, m: {x: 1}}",
        "two": "{b: 2, c: 2, d: 2}",
    }.items():
        (tmp_path / name).write_text(text)
    environ = {"WALKFORGE__C": "3", "WALKFORGE__D": "3", "WALKFORGE__M__Y": "3"}
    resolved = resolve([tmp_path / "one", tmp_path / "two"], environ, {"d": 4, "m": {"z": "4"}})
    assert resolved == {"a": 1, "b": 2, "c": 3, "d": 4, "m": {"x": 1, "y": 3, "z": 4}}
