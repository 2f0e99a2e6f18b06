"""The configuration is read strictly, layered in order, checked as a whole, and sliced."""

import ast
import copy
import datetime as dt
import os
import re
import subprocess
import sys
from functools import reduce
from pathlib import Path

import jsonschema
import numpy as np
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from walkforge.agents.registry import MODULES
from walkforge.configuration import (
    agent_slice,
    check,
    from_command_line,
    from_environment,
    load_config,
    merge,
    read_strict,
    resolve,
    sorted_section,
    to_yaml,
)
from walkforge.configuration.schema import schema_faults
from walkforge.configuration.strict_yaml import MAX_BYTES, MAX_DEPTH, read_value
from walkforge.errors import InputError
from walkforge.splits.windows import plan_folds, splits_config

ROOT = Path(__file__).parents[1]
CONFIG, SCHEMA_FILE = ROOT / "config.yaml", ROOT / "workflow/schemas/config.schema.yaml"
SCHEMA, OWN = read_strict(SCHEMA_FILE), read_strict(CONFIG)

few = settings(derandomize=True, deadline=None, max_examples=40)


def nested(path, value):
    """Return {"a": {"b": value}} for "a.b"."""
    return reduce(lambda inner, key: {key: inner}, reversed(path.split(".")), value)


def changed(changes):
    """Return the project's own configuration with values laid over it, by dotted path."""
    layers = [nested(path, value) for path, value in changes.items()]
    return reduce(merge, layers, OWN)


def faults(config, schema=SCHEMA):
    """Return the lines of faults that check lists, without its heading."""
    try:
        check(config, schema)
    except InputError as error:
        return [line.removeprefix("  ") for line in str(error).splitlines()[1:]]
    return []


def read(text):
    return read_value(text, source="study.yaml")


# Reading


def test_symbols_that_look_like_other_types_stay_text():
    symbols = (
        "NO ON TRUE True Yes y NULL Null NA NaN inf 000001 0700 1e3 1E-4 0x10 0o7 1_000 12:30 <<"
    )
    assert read("[" + ", ".join(symbols.split()) + "]") == symbols.split()


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("null", None),
        ("~", None),
        ("", None),
        ("true", True),
        ("false", False),
        ("0", 0),
        ("-12", -12),
        ("+3", 3),
        ("0.5", 0.5),
        ("-.5", -0.5),
        ("3.", 3.0),
        ("1.0e-4", 1e-4),
        ("2.5E6", 2.5e6),
        ("2001-03-01", "2001-03-01"),
        ("'5'", "5"),
        ('"null"', "null"),
        ("|-\n  5", "5"),
        (".", "."),
        ("-", [None]),
    ],
)
def test_plain_text_is_read_narrowly(text, value):
    found = read(text)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: 1\nb: 2\na: 3", r"study.yaml, line 3: key 'a' is given twice, first on line 1"),
        ("x:\n  a: 1\n  'a': 1", "line 3: key 'a' is given twice, first on line 2"),
        ("x: [{a: 1, a: 2}]", "line 1: key 'a' is given twice"),
        ("a: &x [1]\nb: *x", "line 1: anchor &x is not supported"),
        ("b: *x", r"line 1: alias \*x is not supported"),
        ("a: .nan", r"line 1: .nan is no finite number"),
        ("a: [1,\n -.inf]", r"line 2: -.inf is no finite number"),
        ("a: 1.0e999", "1.0e999 is no finite number"),
        ("a: " + "9" * 5000, "number 99999999999999999999... has 5000 characters"),
        ("a: !!python/object/apply:os.system [ls]", "tag .*os.system is not supported"),
        ("a: !!binary aGk=", "tag .* is not supported"),
        ("a: ! 5", "tag ! is not supported"),
        ("5: a", "key 5 is not text"),
        ("null: a", "key None is not text"),
        ("[a]: b", r"key \['a'\] is not text"),
        ("a: 1\n\tb: 2", "line 2: .*check indentation"),
        ("a: [1, 2", "line 1: .*brackets"),
        ("a: 'open", "line 1: .*quotes"),
        ("a: b: c", "line 1: mapping values are not allowed here"),
        ("a: 1\n---\nb: 2", "line 2: .*another document"),
        ("a: 1\nb: \x00", "line 2: character 0 is not allowed"),
        (r'a: "\uD800"', "half a character"),
        ("[" * 10_000, f"nested deeper than {MAX_DEPTH}"),
        ("- " * 10_000, f"nested deeper than {MAX_DEPTH}"),
    ],
)
def test_faulty_yaml_is_refused_in_one_line_with_its_place(text, said):
    with pytest.raises(InputError, match=said) as raised:
        read(text)
    assert "\n" not in str(raised.value)


@few
@given(st.text(alphabet="ab1.0e-: \n\t[]{},&*!|>'\"#%@`?~\\<\x07é", max_size=30))
def test_any_text_is_a_value_or_an_input_error(text):
    try:
        value = read(text)
    except InputError as error:
        value = str(error)
        told = value.startswith("study.yaml, line ") and "\n" not in value
    else:
        told = True
    assert told
    assert read(to_yaml(value)) == value


def test_a_bomb_of_aliases_is_refused_at_its_first_anchor(tmp_path):
    lines = ["a0: &a0 [x, x, x]"]
    lines += [f"a{i}: &a{i} [*a{i - 1}, *a{i - 1}, *a{i - 1}]" for i in range(1, 40)]
    (tmp_path / "bomb.yaml").write_text("\n".join(lines))
    with pytest.raises(InputError, match="bomb.yaml, line 1: anchor &a0"):
        read_strict(tmp_path / "bomb.yaml")


def test_files_that_are_no_configuration_are_refused(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    contents = {
        "list": b"[1]",
        "empty": b"# nothing\n",
        "word": b"hello",
        "latin": b"a: 1\nb: \xe9",
        "utf16": "a: 1".encode("utf-16"),
        "large": b"#" * (MAX_BYTES + 1),
    }
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
    said = {
        "list": "holds a list, not keys",
        "empty": "holds nothing, not keys",
        "word": "holds a str, not keys",
        "latin": "line 2: is not UTF-8",
        "utf16": "is not UTF-8",
        "large": "larger than 1000000 bytes",
        "pipe": "no regular file",
        ".": "is a folder",
        "absent": "not found",
        "list/below": "cannot be read",
        "nul\0": "cannot be read",
    }
    for name, message in said.items():
        with pytest.raises(InputError, match=message) as raised:
            read_strict(tmp_path / name)
        assert str(raised.value).startswith(str(tmp_path))


def test_a_byte_order_mark_and_windows_line_ends_are_accepted(tmp_path):
    (tmp_path / "a.yaml").write_bytes(b"\xef\xbb\xbfa: 1\r\nb: x\r\n")
    assert read_strict(tmp_path / "a.yaml") == {"a": 1, "b": "x"}


# Writing

LIKE_TYPES = "NO on null ~ 1e3 1e-4 000001 2001-03-01 1.0e-05 .nan << ="
AWKWARD = [
    "",
    " a ",
    "a: b",
    "# a",
    "'",
    '"',
    "\n",
    "a\n\nb ",
    "\t",
    "\x85",
    "\u2028",
    "é",
    "😀",
    "- a",
]
words = st.sampled_from([*LIKE_TYPES.split(), *AWKWARD])
texts = (
    words
    | st.text(st.characters(exclude_categories=("Cs",)), max_size=8)
    | st.text("aé ", min_size=130)
)
numbers = st.integers() | st.floats(allow_nan=False, allow_infinity=False)
scalars = st.none() | st.booleans() | numbers | st.sampled_from([1e-5, -0.0, 1e16, 5e-324]) | texts
trees = st.dictionaries(
    texts,
    st.recursive(
        scalars,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    ),
    max_size=4,
)


@few
@given(trees)
def test_written_yaml_reads_back_exactly_in_old_and_new_yaml(tree):
    text = to_yaml(tree)
    expected = repr(sorted_section({"all": tree}, "all")["all"])
    assert repr(read(text)) == expected
    assert repr(yaml.safe_load(text)) == expected


def test_written_yaml_does_not_depend_on_the_order_of_keys_or_shared_values():
    shared = [1, 2]
    one, other = (
        {"b": shared, "a": {"y": 1, "x": shared}},
        {"a": {"x": [1, 2], "y": 1}, "b": [1, 2]},
    )
    assert to_yaml(one) == to_yaml(other)
    assert to_yaml({"symbols": ["NO", "1e3"], "rate": 1e-5}) == (
        "rate: 1.0e-05\nsymbols:\n- 'NO'\n- '1e3'\n"
    )


def test_the_written_configuration_resolves_to_itself(tmp_path):
    (tmp_path / "resolved.yaml").write_text(to_yaml(OWN))
    assert load_config([CONFIG, tmp_path / "resolved.yaml"], SCHEMA_FILE, {}, {}) == OWN


# Layers


def test_mappings_merge_and_all_else_is_replaced():
    base = {"a": {"x": 1, "y": [1, 2]}, "b": 1, "c": {"x": 1}}
    override = {"a": {"y": [3], "z": {"w": 1}}, "b": {"x": 1}, "c": None}
    before = copy.deepcopy([base, override])
    merged = merge(base, override)
    assert merged == {"a": {"x": 1, "y": [3], "z": {"w": 1}}, "b": {"x": 1}, "c": None}
    assert [base, override] == before


def leaves(tree, path=()):
    """Return the values of a tree by path; an empty mapping is a value."""
    if not isinstance(tree, dict) or not tree:
        return {path: tree}
    parts = [leaves(value, (*path, key)) for key, value in tree.items()]
    return {place: value for part in parts for place, value in part.items()}


small_trees = st.recursive(
    st.integers(0, 3),
    lambda inner: st.dictionaries(st.sampled_from("abc"), inner, min_size=1),
    max_leaves=8,
).filter(lambda tree: isinstance(tree, dict))


@few
@given(small_trees, small_trees)
def test_a_merge_holds_the_override_and_what_of_the_base_it_leaves(base, override):
    merged, over = leaves(merge(base, override)), leaves(override)
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
        "walkforge__algorithms__ppo__Epochs": "3",
        "WALKFORGE__SEEDS": "[0, 7]",
        "WALKFORGE__DATA": "{path: NO, end: 2001-02-03}",
        "WALKFORGE__DATA__PATH": "",
        "WALKFORGE__AGENTS__PPO_WEIGHTS": "null",
        "WALKFORGE_SEEDS": "[1]",
        "WALKFORGE": "x",
        "MY_WALKFORGE__SEEDS": "[2]",
    }
    assert from_environment(environ) == {
        "algorithms": {"ppo": {"gamma": 0.9, "epochs": 3}},
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
        ({"WALKFORGE__A__B": ".nan"}, "WALKFORGE__A__B, line 1: .nan is no finite number"),
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
    with pytest.raises(InputError, match=r"command line, report.rows\[1\]: .inf is no finite"):
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


# Checking

SETTINGS = sorted(leaves(OWN))
PPO_AGENT = {
    "algorithm": "ppo",
    "network": "shared_mlp",
    "scheme": "weights",
    "reward": "log_return",
    "overrides": {},
}


def agent_with(**changes):
    return {**PPO_AGENT, **changes}


def test_the_projects_own_configuration_has_no_fault():
    assert faults(OWN) == []


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("data.columns.clse", "x", r"data.columns.clse: unknown key: .* data.columns.close$"),
        ("sedes", [1], r"sedes: unknown key: remove it or write seeds$"),
        ("market.rewards.log_return.x", 1, "market.rewards.log_return.x: unknown key: .*remove it"),
        ("algorithms.sac", {}, "algorithms.sac: unknown key: .* algorithms.ppo"),
        ("data.columns.close", 3, "data.columns.close: 3 must be text .*quotes, '3'"),
        ("data.columns.close", None, "data.columns.close: null must be text"),
        ("data.columns.close", "", "data.columns.close: '' must be text that is not empty"),
        ("data.source", "yahoo", "data.source: 'yahoo' must be one of sample, parquet, csv"),
        ("data.path", "bars.csv", "data.path: 'bars.csv' is not read by source sample"),
        ("data.symbols", [], r"data.symbols: \[\] must be a non-empty list"),
        ("data.symbols", ["A", 700], r"data.symbols\[1\]: 700 must be text .*quotes, '700'"),
        ("data.symbols", ["A", "B", "A"], "data.symbols: .* must be .*list of different entries"),
        ("data.symbols", "NULL", "data.symbols: 'NULL' must be .*write null, in lower case"),
        ("data.start", "01/02/2003", "data.start: '01/02/2003' must be a date YYYY-MM-DD or null"),
        ("data.start", "2001-02-30", "data.start: '2001-02-30' must be a date"),
        ("data.start", "20010203", "data.start: '20010203' must be a date"),
        ("data.start", "0001-01-01", "data.start: '0001-01-01' must be a date"),
        ("data.start", "2001-03-02", "data.start: 2001-03-02 is after splits.start 2001-03-01"),
        ("data.end", "2013-02-27", "data.end: 2013-02-27 leaves out days before splits.end"),
        ("features.select", [], "features.select"),
        ("features.select", ["a", "a"], "features.select"),
        ("features.select", [""], r"features.select\[0\]"),
        ("splits.scheme", "sliding", "splits.scheme: 'sliding' must be one of expanding, rolling"),
        ("splits.start", None, "splits.start: null must be a date"),
        ("splits.end", "2001-03-01", "splits.start: 2001-03-01 is not before splits.end"),
        ("splits.train_months", 115, r"splits: no fold fits: .* 115 \+ 12 \+ 18 = 145 .* has 144"),
        ("splits.train_months", 0, "splits.train_months: 0 must be a whole number, at least 1"),
        ("splits.test_months", True, "splits.test_months: true must be a whole number"),
        ("splits.purge_days", 1, "splits.purge_days: 1 must be a whole number, at least 2"),
        ("market.initial_cash", 0, "market.initial_cash: 0 must be a number, above 0"),
        ("market.initial_cash", float("inf"), "market.initial_cash: inf must be a number"),
        ("market.commission_bps", float("nan"), "market.commission_bps: nan must be a number"),
        ("market.commission_bps", 1001, "market.commission_bps: 1001 .* at most 1000"),
        ("market.ruin_fraction", 1.0, "market.ruin_fraction: 1.0 must be .* below 1"),
        ("market.schemes.weights.kappa", 0.0, "kappa: 0.0 must be .* above 0 and at most 1"),
        ("market.schemes.weights.kappa", "0.5", "kappa: '0.5' must .*: write 0.5 without quotes"),
        ("market.schemes.weights.kappa", "00.5", "kappa: '00.5' must .*: write 0.5$"),
        ("market.schemes.weights", None, "market.schemes.weights: null must be a mapping with the"),
        ("algorithms.ppo.learning_rate", "1e-4", "learning_rate: '1e-4' must .*: write 1.0e-4"),
        ("algorithms.ppo.total_timesteps", "1e6", "total_timesteps: '1e6' must .*: write 1000000"),
        ("algorithms.ppo.total_timesteps", 1e6, "total_timesteps: 1000000.0 must .*write 1000000$"),
        ("algorithms.ppo.total_timesteps", 2047, "total_timesteps: 2047 is less than one rollout"),
        ("algorithms.ppo.epochs", "1e-4", "'1e-4' must be a whole number, at least 1$"),
        ("algorithms.ppo.minibatch", 4096, "ppo.minibatch: 4096 is more than one rollout holds"),
        ("algorithms.ppo.minibatch", 500, "ppo.minibatch: 500 does not divide a rollout, 2048"),
        ("algorithms.ppo.gamma", 1.1, "algorithms.ppo.gamma: 1.1 must be .* at most 1"),
        ("networks.shared_mlp.hidden", [32, 0], r"networks.shared_mlp.hidden\[1\]: 0 must be"),
        ("networks.shared_mlp.hidden", [], r"networks.shared_mlp.hidden: \[\] must be"),
        ("seeds", [0, 1, 0], r"seeds: \[0, 1, 0\] must be .*different entries"),
        ("seeds", [-1], r"seeds\[0\]: -1 must be a whole number, at least 0"),
        ("seeds", [2**32], r"seeds\[0\]: 4294967296 must be"),
        ("seeds", 3, "seeds: 3 must be a non-empty list"),
        (
            "evaluation.baselines",
            ["cahs"],
            r"evaluation.baselines\[0\]: 'cahs' must be one of cash",
        ),
        ("ranking.agent", "ppo", "ranking.agent: 'ppo' is no agent: write 'ppo_weights' or add"),
        ("report.ranking_rows", 0, "report.ranking_rows: 0 must be"),
        ("schema_version", 0, "schema_version: 0 is older than 1, .*carry your values over"),
        ("schema_version", 2, "schema_version: 2 is newer than 1, .*update walkforge"),
        ("schema_version", "1", "schema_version: '1' must be 1: write 1 without quotes"),
        ("agents.baselines", PPO_AGENT, "agents.baselines: name 'baselines' must be .*other than"),
        ("agents.Big", PPO_AGENT, "agents.Big: name 'Big' must be a lower-case letter"),
        ("agents.a/b", PPO_AGENT, "agents.a/b: name 'a/b' must be"),
        ("agents.a\n", PPO_AGENT, r"name 'a\\n' must be"),
        ("agents." + "a" * 42, PPO_AGENT, "name 'a{42}' must be"),
        ("agents.a", 5, "agents.a: 5 must be a mapping with the keys algorithm, network"),
        (
            "agents.a",
            agent_with(algorithm="pp"),
            "a.algorithm: 'pp' is not in algorithms: write ppo",
        ),
        ("agents.a", agent_with(network="mlp"), "agents.a.network: .* write shared_mlp"),
        (
            "agents.a",
            agent_with(scheme="w"),
            "a.scheme: 'w' is not in market.schemes: write weights",
        ),
        ("agents.a", agent_with(reward="log"), "a.reward: .* market.rewards: write log_return"),
        ("agents.a", agent_with(overrides={"algo": {}}), "a.overrides.algo: .*overrides.algorithm"),
        (
            "agents.a",
            agent_with(overrides={"algorithm": {"gama": 0.0}}),
            "a.overrides.algorithm.gama: unknown key: .*a.overrides.algorithm.gamma$",
        ),
        (
            "agents.a",
            agent_with(overrides={"scheme": {"kappa": 2}}),
            "agents.a.overrides.scheme.kappa: 2 must be .* at most 1",
        ),
        (
            "agents.a",
            agent_with(overrides={"reward": {"kappa": 1}}),
            "agents.a.overrides.reward.kappa: unknown key",
        ),
        (
            "agents.a",
            agent_with(overrides={"algorithm": {"environments": 8}}),
            "agents.a.overrides.algorithm.minibatch: 512 is more than one rollout holds, 256",
        ),
    ],
)
def test_one_fault_is_told_once_with_its_path_value_and_what_is_allowed(path, value, said):
    (fault,) = faults(changed({path: value}))
    assert re.search(said, fault), fault


def test_data_may_start_with_the_folds_and_end_the_day_before_they_do():
    assert faults(changed({"data.start": "2001-03-01", "data.end": "2013-02-28"})) == []


def test_all_faults_are_told_at_once():
    found = faults(
        changed(
            {
                "data.sorce": "csv",
                "seeds": [-1],
                "market.schemes.weights.kappa": 2.0,
                "splits.purge_days": "2",
                "ranking.agent": "x",
                "algorithms.ppo.minibatch": 500,
                "agents.baselines": agent_with(network="x", overrides={"scheme": {"kapa": 1}}),
            }
        )
    )
    paths = {line.partition(":")[0] for line in found}
    assert len(found) == 9
    assert paths == {
        "data.sorce",
        "seeds[0]",
        "market.schemes.weights.kappa",
        "splits.purge_days",
        "ranking.agent",
        "algorithms.ppo.minibatch",
        "agents.baselines",
        "agents.baselines.network",
        "agents.baselines.overrides.scheme.kapa",
    }


def test_the_heading_counts_the_faults():
    with pytest.raises(InputError, match="^the configuration has 2 faults:\n  seeds"):
        check(changed({"seeds": [-1], "ranking.agent": "x"}), SCHEMA)
    with pytest.raises(InputError, match="^the configuration has 1 fault:\n  seeds"):
        check(changed({"seeds": [-1]}), SCHEMA)


def test_each_missing_key_is_told():
    config = copy.deepcopy(OWN)
    del (
        config["data"]["columns"]["volume"],
        config["seeds"],
        config["agents"]["ppo_weights"]["reward"],
    )
    found = [line.partition(": give")[0] for line in faults(config)]
    assert found == [
        "seeds: is missing",
        "data.columns.volume: is missing",
        "agents.ppo_weights.reward: is missing",
    ]
    assert len(faults({})) == len(SCHEMA["required"])


@few
@given(st.sampled_from(SETTINGS), st.integers(1, 4), trees | scalars)
def test_no_misplaced_value_escapes_as_another_error(path, depth, value):
    place = path[:depth]
    config = merge(OWN, reduce(lambda v, k: {k: v}, reversed(place), value))
    sections = [re.match("[a-z_]*", line)[0] for line in faults(config)]
    assert set(sections) <= set(OWN)


def test_a_file_is_needed_exactly_where_the_source_reads_one(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bars.csv").write_text("date\n")
    for source in ("csv", "parquet"):
        assert faults(changed({"data.source": source, "data.path": "bars.csv"})) == []
        (missing,) = faults(changed({"data.source": source}))
        assert missing == f"data.path: null, but source {source} reads a file: write its path"
    (absent,) = faults(changed({"data.source": "csv", "data.path": "brs.csv"}))
    assert absent.startswith(f"data.path: 'brs.csv' not found: looked for from {tmp_path}")
    for path, said in {".": "is a folder", "x" * 300: "cannot be read", "a\0": "cannot be"}.items():
        (fault,) = faults(changed({"data.source": "csv", "data.path": path}))
        assert said in fault


@few
@given(
    st.dates(dt.date(2000, 1, 1), dt.date(2004, 12, 31)),
    st.integers(-40, 1600),
    st.tuples(*[st.integers(1, 16)] * 3),
)
def test_dates_pass_exactly_where_folds_can_be_planned(start, days, lengths):
    values = dict(zip(("train_months", "validation_months", "test_months"), lengths, strict=True))
    values |= {"start": str(start), "end": str(start + dt.timedelta(days=days))}
    config = changed({f"splits.{key}": value for key, value in values.items()})
    try:
        planned = bool(plan_folds(splits_config(config["splits"])))
    except ValueError:
        planned = False
    assert (faults(config) == []) == planned


@few
@given(st.dates(dt.date(2013, 2, 1), dt.date(2013, 3, 20)))
def test_data_may_end_early_by_a_weekend_alone(last):
    config = changed({"data.end": str(last), "splits.end": "2013-03-04"})
    left_out = np.busday_count(last + dt.timedelta(days=1), dt.date(2013, 3, 4)) > 0
    assert bool(faults(config)) == left_out


# The schema

STRICT = jsonschema.validators.extend(
    jsonschema.Draft202012Validator,
    type_checker=jsonschema.Draft202012Validator.TYPE_CHECKER.redefine(
        "integer", lambda _, value: type(value) is int
    ),
)
FORMATS = jsonschema.FormatChecker(formats=())


@FORMATS.checks("date", raises=ValueError)
def is_iso_date(value):
    return not isinstance(value, str) or bool(dt.datetime.strptime(value, "%Y-%m-%d").date())  # noqa: DTZ007


values = (
    scalars
    | st.integers(-2, 5)
    | st.sampled_from([0.0, 1.0, 0.5, "sample", "csv", "cash", "rolling"])
    | st.dates(dt.date(1000, 1, 1), dt.date(2999, 12, 31)).map(str)
    | st.lists(st.integers(0, 2) | st.sampled_from(["cash", "a", "", "equal_weight"]), max_size=3)
    | st.dictionaries(st.sampled_from(["kappa", "a"]), st.integers(), max_size=2)
)


@settings(derandomize=True, deadline=None, max_examples=200)
@given(st.sampled_from(SETTINGS), values)
def test_verdicts_are_those_of_the_jsonschema_package(path, value):
    config = merge(OWN, reduce(lambda v, k: {k: v}, reversed(path), value))
    reference = STRICT(SCHEMA, format_checker=FORMATS)
    assert (not list(schema_faults(config, SCHEMA))) == reference.is_valid(config)


@pytest.mark.parametrize("name", ["a", "a_1", "baselines", "baselines2", "A", "1a", "", "a" * 42])
def test_verdicts_on_agent_names_are_those_of_the_jsonschema_package(name):
    config = merge(OWN, {"agents": {name: PPO_AGENT}})
    assert (not list(schema_faults(config, SCHEMA))) == STRICT(SCHEMA).is_valid(config)


def test_the_schema_is_valid_and_a_keyword_that_is_not_checked_is_an_error():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    with pytest.raises(ValueError, match="multipleOf"):
        list(schema_faults(4, {"type": "integer", "multipleOf": 2}))


def assert_in_step(schema, value, path):
    """Assert that schema and configuration have the same keys, all described and required."""
    assert schema.get("description"), path
    if not isinstance(value, dict):
        assert schema.keys() & {"type", "enum"}, path
        return
    known = schema["properties"]
    entries = schema["additionalProperties"] if not known and value else False
    assert entries or schema["additionalProperties"] is False, path
    if entries:
        known = dict.fromkeys(value, entries)
    else:
        assert schema["required"] == list(value) == list(known), path
    for key, below in value.items():
        assert_in_step(known[key], below, f"{path}.{key}")


def test_schema_and_configuration_have_the_same_keys_in_the_same_order():
    config = copy.deepcopy(OWN)
    for name, agent in config["agents"].items():
        assert agent["overrides"] == {}, f"agents.{name} is no plain example"
        del agent["overrides"]
    schema = copy.deepcopy(SCHEMA)
    agent_schema = schema["properties"]["agents"]["additionalProperties"]
    agent_schema["required"].remove("overrides")
    overrides = agent_schema["properties"].pop("overrides")
    assert_in_step(schema, config, "config")
    assert list(overrides["properties"]) == ["algorithm", "network", "scheme", "reward"]
    assert overrides["additionalProperties"] is False


def test_every_value_of_the_configuration_has_a_comment():
    commented = {-1: False}
    for line in CONFIG.read_text(encoding="utf-8").splitlines():
        code, mark, comment = line.partition("#")
        if not code.strip():
            continue
        indent = len(code) - len(code.lstrip())
        above = max((i for i in commented if i < indent), default=-1)
        own = bool(mark and comment.strip())
        is_section = code.rstrip().endswith(":")
        assert own or is_section or commented[above], f"no comment: {line}"
        commented = {i: said for i, said in commented.items() if i < indent} | {indent: own}


def test_the_entries_are_those_of_the_registry():
    properties = SCHEMA["properties"]
    sections = {
        "algorithm": properties["algorithms"],
        "network": properties["networks"],
        "scheme": properties["market"]["properties"]["schemes"],
        "reward": properties["market"]["properties"]["rewards"],
    }
    assert {kind: set(names) for kind, names in MODULES.items()} == {
        kind: set(section["properties"]) for kind, section in sections.items()
    }


def fields_of(module, name):
    """Return the annotated fields of a class, from its source: nothing is imported."""
    tree = ast.parse((ROOT / "src/walkforge" / module).read_text(encoding="utf-8"))
    classes = [node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == name]
    return [node.target.id for node in classes[0].body if isinstance(node, ast.AnnAssign)]


@pytest.mark.parametrize(
    ("module", "name", "path"),
    [
        ("data/config.py", "DataConfig", "data"),
        ("data/config.py", "ColumnNames", "data.columns"),
        ("splits/windows.py", "SplitsConfig", "splits"),
        ("ranking/rank.py", "RankingConfig", "ranking"),
        ("agents/ppo.py", "Config", "algorithms.ppo"),
        ("agents/shared_mlp.py", "Config", "networks.shared_mlp"),
        ("market/schemes/weights.py", "Scheme", "market.schemes.weights"),
    ],
)
def test_each_section_has_the_fields_of_its_dataclass(module, name, path):
    section = reduce(lambda tree, key: tree[key], path.split("."), OWN)
    assert set(fields_of(module, name)) == set(section)


# Slices


def test_an_agents_slice_has_its_overrides_and_no_one_elses():
    own = {"algorithm": {"gamma": 0.0}, "scheme": {"kappa": 1.0}, "network": {"hidden": [8]}}
    config = changed({"agents.eager": agent_with(overrides=own)})
    assert faults(config) == []
    eager, plain = agent_slice(config, "eager"), agent_slice(config, "ppo_weights")
    assert eager["algorithm"] == {**config["algorithms"]["ppo"], "name": "ppo", "gamma": 0.0}
    assert eager["scheme"] == {"name": "weights", "kappa": 1.0, "cash_bias": -3.0}
    assert eager["network"]["hidden"] == [8]
    assert eager["reward"] == {"name": "log_return"}
    assert plain["algorithm"] == {**config["algorithms"]["ppo"], "name": "ppo"}
    assert plain["reward"] == {"name": "excess_log_return"}


def test_an_unknown_agent_has_no_slice():
    with pytest.raises(InputError, match="'ppo_wieghts': the nearest is 'ppo_weights'"):
        agent_slice(OWN, "ppo_wieghts")


def backwards(value):
    """Return a value with the keys of its mappings in reverse order, at every depth."""
    if isinstance(value, dict):
        return {key: backwards(value[key]) for key in reversed(value)}
    return [backwards(entry) for entry in value] if isinstance(value, list) else value


@few
@given(trees)
def test_equal_sections_have_equal_reprs(tree):
    section, other = ({"s": t, "a": 1, "b": 2} for t in (tree, backwards(tree)))
    assert repr(sorted_section(section, "s", "a")) == repr(sorted_section(other, "a", "s"))
    assert sorted_section(section, "s", "a") == {"s": tree, "a": 1}


def test_slices_do_not_depend_on_the_order_of_the_file():
    reordered = {key: backwards(value) for key, value in reversed(OWN.items())}
    assert repr(agent_slice(OWN, "ppo_weights")) == repr(agent_slice(reordered, "ppo_weights"))


def test_planning_imports_nothing_heavy():
    code = (
        "import sys; before = set(sys.modules); import walkforge.configuration;"
        "files = [getattr(sys.modules[name], '__file__', 0) for name in set(sys.modules) - before];"
        "print(*{file.partition('site-packages/')[2].partition('/')[0] for file in files if file})"
    )
    environ = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environ, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["yaml"]
