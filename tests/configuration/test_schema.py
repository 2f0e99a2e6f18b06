"""The schema, config.yaml, the dataclasses and the folders of parts are in step."""

import copy
import datetime as dt
import importlib
from dataclasses import MISSING, fields
from functools import reduce

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from configurations import CONFIG, OWN, PPO_AGENT, ROOT, SCHEMA, SETTINGS, scalars
from walkforge.agents.networks import shared_mlp
from walkforge.configuration.annotations import read_class
from walkforge.configuration.layers import merge
from walkforge.configuration.schedule import is_rate, is_schedule
from walkforge.configuration.schema import schema_faults
from walkforge.configuration.sections import CLASSES, STAGES
from walkforge.configuration.shape import shape_of
from walkforge.configuration.slices import SECTIONS, agent_slice, value_at
from walkforge.consumed import BASELINE_KEYS, BOOTSTRAP_KEYS, RANDOM_KEYS
from walkforge.foreign import check_settings
from walkforge.registry import PLACES, modules, parameters

STRICT = jsonschema.validators.extend(
    jsonschema.Draft202012Validator,
    type_checker=jsonschema.Draft202012Validator.TYPE_CHECKER.redefine(
        "integer", lambda _, value: type(value) is int
    ),
)
FORMATS = jsonschema.FormatChecker(formats=())

FORMATS.checks("schedule")(lambda value: not isinstance(value, str) or is_schedule(value))
FORMATS.checks("rate")(lambda value: not isinstance(value, str) or is_rate(value))


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


FOUND = {section[-1] for section in SECTIONS.values()}  # by folder, in no order


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
    elif path.rpartition(".")[2] in FOUND:
        assert sorted(schema["required"]) == sorted(value) == list(known), path
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
    overrides = agent_schema["properties"].pop("overrides")  # the two optional keys
    assert agent_schema["properties"].pop("features")["description"]
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


def test_the_entries_are_the_modules_of_their_folders():
    properties = SCHEMA["properties"]
    sections = {
        "algorithm": properties["algorithms"],
        "network": properties["networks"],
        "scheme": properties["schemes"],
        "reward": properties["rewards"],
    }
    assert {kind: set(modules(kind)) for kind in PLACES} == {
        kind: set(section["properties"]) for kind, section in sections.items()
    }


def fields_of(module, name):
    return list(read_class(f"walkforge.{module}", name, ROOT / "src").__annotations__)


def test_the_plan_hands_each_rule_of_evaluation_the_fields_of_its_dataclass():
    assert list(BASELINE_KEYS) == sorted(fields_of("evaluation.baseline_context", "BaselineConfig"))
    random = fields_of("evaluation.random_policies", "RandomConfig")
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


CLASSES_READ = [
    *(name for classes in STAGES.values() for name in classes),
    *(f"{module}.{CLASSES[kind]}" for kind in PLACES for module in modules(kind).values()),
]


@pytest.mark.parametrize("name", CLASSES_READ)
def test_what_is_read_of_a_source_is_what_python_makes_of_it(name):
    module, _, own = name.rpartition(".")
    made = getattr(importlib.import_module(module), own)
    assert fields_of(module.removeprefix("walkforge."), own) == [each.name for each in fields(made)]
    assert shape_of(read_class(module, own, ROOT / "src")) == shape_of_made(made)


def shape_of_made(made):
    """The schema of a class that was imported, with its defaults found by dataclasses."""
    shape = shape_of(made)
    shape["required"] = [each.name for each in fields(made) if needed(each)]
    if "overrides" in shape["properties"]:
        shape["properties"]["overrides"]["required"] = []
    return shape


def needed(each):
    return each.default is MISSING and each.default_factory is MISSING


def outside(schema):
    """Give values of a number's type that its schema does not allow."""
    for bound, step in (("minimum", -1), ("exclusiveMinimum", 0), ("maximum", 1)):
        if bound in schema:
            yield schema[bound] + step
    yield from [schema["exclusiveMaximum"]] if "exclusiveMaximum" in schema else []
    yield from ["x", None, True]


def test_a_policy_is_loaded_within_the_bounds_of_the_schema():
    looked_at = 0
    for kind in ("network", "scheme"):
        for name, module in modules(kind).items():
            made = getattr(importlib.import_module(module), CLASSES[kind])
            own = parameters(agent_slice(OWN, "ppo_weights") | {kind: part(kind, name)}, kind)
            check_settings(made, own)
            for key, schema in shape_of(made)["properties"].items():
                if schema.get("type") in ("number", "integer"):
                    for value in outside(schema):
                        looked_at += 1
                        with pytest.raises((TypeError, ValueError), match=key):
                            check_settings(made, own | {key: value})
    assert looked_at > 20


def part(kind, name):
    return {"name": name, **value_at(OWN, (*SECTIONS[kind], name))}


@pytest.mark.parametrize("hidden", [(), (0,), (32, 65_537), (1.5,), [32], (2,) * 33, 32])
def test_the_widths_of_a_given_network_are_few_whole_and_bounded(hidden):
    own = {"hidden": hidden, "separate_critic": False, "score_gain": 1, "initial_std": 1.0}
    with pytest.raises((TypeError, ValueError), match="hidden"):
        check_settings(shared_mlp.Config, own)


def test_an_annotation_that_needs_a_heavy_import_is_refused(tmp_path):
    (tmp_path / "own.py").write_text(
        "import torch\n@dataclass\nclass Config:\n    device: torch.device\n"
    )
    with pytest.raises(TypeError, match="needs torch, which is not imported"):
        read_class("own", "Config", tmp_path)


@pytest.mark.parametrize(("field", "refused"), [("", False), ("    rate: float\n", True)])
def test_a_class_of_keys_states_all_of_them_itself(tmp_path, field, refused):
    own = f"class Shared:\n    __slots__ = ()\n{field}\n\nclass Config(Shared):\n    size: int\n"
    (tmp_path / "own.py").write_text(own)
    if refused:
        with pytest.raises(TypeError, match="base class with fields"):
            read_class("own", "Config", tmp_path)
    else:
        assert read_class("own", "Config", tmp_path).__annotations__ == {"size": int}
