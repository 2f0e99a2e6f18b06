"""The schema, config.yaml, the dataclasses and the registry are in step."""

import ast
import copy
import datetime as dt
import importlib
from functools import reduce
from typing import get_args, get_type_hints

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from configurations import CONFIG, OWN, PPO_AGENT, ROOT, SCHEMA, SETTINGS, scalars
from walkforge.agents.registry import MODULES
from walkforge.configuration import (
    merge,
)
from walkforge.configuration.schema import schema_faults
from walkforge.consumed import BASELINE_KEYS, BOOTSTRAP_KEYS, RANDOM_KEYS
from walkforge.foreign import Bounds

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


@pytest.mark.parametrize(
    "name",
    ["a", "a_1", "a__b", "a__", "baselines", "baselines2", "sensitivity", "A", "1a", "", "a" * 42],
)
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
        assert agent["features"] is None, f"agents.{name} is no plain example"
        del agent["overrides"], agent["features"]
    schema = copy.deepcopy(SCHEMA)
    agent_schema = schema["properties"]["agents"]["additionalProperties"]
    agent_schema["required"].remove("overrides")
    overrides = agent_schema["properties"].pop("overrides")
    assert agent_schema["properties"].pop("features")["description"]  # the one optional key
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


# Keys that another rule reads than the section's own.
READ_ELSEWHERE = {
    "data": {"quality_gate"},
    "BaselineConfig": {"random_policies", "random_seed", "warm_in_days"},
    "RandomConfig": {
        "baselines",
        "lookback_days",
        "rebalance_days",
        "ranker_kappa",
        "warm_in_days",
    },
}


@pytest.mark.parametrize(
    ("module", "name", "path"),
    [
        ("data/config.py", "DataConfig", "data"),
        ("data/config.py", "ColumnNames", "data.columns"),
        ("data/config.py", "TextFormat", "data.text"),
        ("data/config.py", "QuarantineLimits", "data.quarantine"),
        ("splits/windows.py", "SplitsConfig", "splits"),
        ("evaluation/baseline_context.py", "BaselineConfig", "evaluation"),
        ("evaluation/random_policies.py", "RandomConfig", "evaluation"),
        ("evaluation/variants.py", "AblationConfig", "ablation"),
        ("evaluation/sensitivity_grid.py", "SensitivityConfig", "sensitivity"),
        ("ranking/consensus.py", "RankingConfig", "ranking"),
        ("agents/ppo/config.py", "Config", "algorithms.ppo"),
        ("agents/shared_mlp.py", "Config", "networks.shared_mlp"),
        ("market/schemes/weights.py", "Scheme", "market.schemes.weights"),
    ],
)
def test_each_section_has_the_fields_of_its_dataclass(module, name, path):
    section = reduce(lambda tree, key: tree[key], path.split("."), OWN)
    elsewhere = READ_ELSEWHERE.get(name, READ_ELSEWHERE.get(path, set()))
    assert set(fields_of(module, name)) == set(section) - elsewhere


def test_the_plan_hands_each_rule_of_evaluation_the_fields_of_its_dataclass():
    assert list(BASELINE_KEYS) == sorted(
        fields_of("evaluation/baseline_context.py", "BaselineConfig")
    )
    random = fields_of("evaluation/random_policies.py", "RandomConfig")
    assert list(RANDOM_KEYS) == sorted(random)
    assert set(OWN["verdict"]) - set(BOOTSTRAP_KEYS) == {"no_skill_sharpe"}


def unbounded(schema, path):
    """Give the paths of numbers, lists, texts and mappings of any names that have no bound."""
    kinds = schema.get("type", [])
    kinds = {kinds} if isinstance(kinds, str) else set(kinds)
    needed = {
        "number": [{"minimum", "exclusiveMinimum"}, {"maximum", "exclusiveMaximum"}],
        "integer": [{"minimum", "exclusiveMinimum"}, {"maximum", "exclusiveMaximum"}],
        "array": [{"maxItems"}],
        "string": [{"maxLength", "enum", "pattern", "format"}],
    }
    if not schema.keys() & {"enum", "const"}:
        for kind in kinds & set(needed):
            if not all(schema.keys() & bounds for bounds in needed[kind]):
                yield f"{path} ({kind})"
    for name, below in schema.get("properties", {}).items():
        yield from unbounded(below, f"{path}.{name}")
    for name in ("items", "additionalProperties", "propertyNames"):
        if isinstance(schema.get(name), dict):
            yield from unbounded(schema[name], f"{path}.{name}")


def test_every_number_list_and_text_of_the_schema_has_its_bounds():
    assert list(unbounded(SCHEMA, "config")) == []


SIGNS = {
    "minimum": ("least", False, "open_below"),
    "exclusiveMinimum": ("least", True, "open_below"),
    "maximum": ("most", False, "open_above"),
    "exclusiveMaximum": ("most", True, "open_above"),
}


def bounds_of(schema):
    """Return the bounds that a schema gives a number, or each number of a list."""
    of_each = schema.get("items", schema)
    found = {"entries": schema.get("maxItems")}
    for keyword, (end, is_open, name) in SIGNS.items():
        if keyword in of_each:
            found |= {end: of_each[keyword], name: is_open}
    return Bounds(**found)


def test_a_policy_is_loaded_within_the_bounds_of_the_schema():
    properties = SCHEMA["properties"]
    places = {
        "network": properties["networks"]["properties"],
        "scheme": properties["market"]["properties"]["schemes"]["properties"],
    }
    for kind, class_name in (("network", "Config"), ("scheme", "Scheme")):
        for name, module in MODULES[kind].items():
            made = getattr(importlib.import_module(module), class_name)
            hints = get_type_hints(made, include_extras=True)
            known = places[kind][name]["properties"]
            for key in hints.keys() & known.keys():
                if known[key]["type"] != "boolean":
                    assert get_args(hints[key])[1] == bounds_of(known[key]), f"{name}.{key}"
