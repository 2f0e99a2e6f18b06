"""What a stage consumes is one value with a stable repr."""

import os
import subprocess
import sys

import pytest
from hypothesis import given

from configurations import OWN, ROOT, agent_with, changed, faults, few, trees
from walkforge.configuration.slices import agent_slice, chosen_keys
from walkforge.consumed import Consumed
from walkforge.errors import InputError


def test_an_agents_slice_has_its_overrides_and_no_one_elses():
    own = {"algorithm": {"gamma": 0.0}, "scheme": {"kappa": 1.0}, "network": {"hidden": [8]}}
    config = changed({"agents.eager": agent_with(overrides=own)})
    assert faults(config) == []
    eager = agent_slice(config, "eager")
    plain = agent_slice(config, "ppo_weights")
    assert eager["algorithm"] == {**config["algorithms"]["ppo"], "name": "ppo", "gamma": 0.0}
    assert eager["scheme"] == {"name": "weights", "kappa": 1.0, "cash_bias": -3.0}
    assert eager["network"]["hidden"] == [8]
    assert eager["reward"] == {"name": "log_return", "trade_penalty": 0.0}
    assert plain["algorithm"] == {**config["algorithms"]["ppo"], "name": "ppo"}
    assert plain["reward"] == {"name": "excess_log_return", "trade_penalty": 0.0}


def test_an_unknown_agent_has_no_slice():
    with pytest.raises(InputError, match="'ppo_wieghts': the nearest is 'ppo_weights'"):
        agent_slice(OWN, "ppo_wieghts")


def test_a_universe_stands_for_its_list_of_symbols():
    config = changed({"universes": {"few": ["IBM", "AAPL"]}, "data.symbols": "few"})
    data = Consumed(config=config, reading=None).data()["data"]
    assert data["symbols"] == ["IBM", "AAPL"]
    own = changed({"universes": {"few": ["AAPL"], "other": ["MSFT"]}, "data.symbols": ["IBM"]})
    assert Consumed(config=own, reading=None).data()["data"]["symbols"] == ["IBM"]


def backwards(value):
    """A value with the keys of its mappings in reverse order, at every depth."""
    if isinstance(value, dict):
        return {key: backwards(value[key]) for key in reversed(value)}
    return [backwards(entry) for entry in value] if isinstance(value, list) else value


@few
@given(trees)
def test_equal_sections_have_equal_reprs(tree):
    section, other = ({"s": t, "a": 1, "b": 2} for t in (tree, backwards(tree)))
    assert repr(chosen_keys(section, "s", "a")) == repr(chosen_keys(other, "a", "s"))
    assert chosen_keys(section, "s", "a") == {"s": tree, "a": 1}


def test_slices_do_not_depend_on_the_order_of_the_file():
    reordered = {key: backwards(value) for key, value in reversed(OWN.items())}
    assert repr(agent_slice(OWN, "ppo_weights")) == repr(agent_slice(reordered, "ppo_weights"))


def test_planning_imports_nothing_heavy():
    code = (
        "import sys; before = set(sys.modules); import walkforge.configuration.checking;"
        "files = [getattr(sys.modules[name], '__file__', 0) for name in set(sys.modules) - before];"
        "print(*{file.partition('site-packages/')[2].partition('/')[0] for file in files if file})"
    )
    environ = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environ, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["yaml"]


def test_keys_are_taken_by_name_and_nested_as_they_are():
    config = {"b": {"y": {"q": 1, "p": 2}, "x": 3}, "a": [4], "c": 5}
    found = chosen_keys(config, "b.y", "a")
    assert repr(found) == "{'a': [4], 'b': {'y': {'p': 2, 'q': 1}}}"
    assert chosen_keys(config) == {}
    with pytest.raises(KeyError):
        chosen_keys(config, "b.z")
