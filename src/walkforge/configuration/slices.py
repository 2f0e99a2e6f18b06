"""Slices of a checked configuration: what one rule or one agent consumes, keys sorted."""

from collections.abc import Mapping
from typing import Any

from walkforge.errors import InputError, nearest

# What an agent names, and the section that holds its parameters by name.
SECTIONS: Mapping[str, tuple[str, ...]] = {
    "algorithm": ("algorithms",),
    "network": ("networks",),
    "reward": ("rewards",),
    "scheme": ("schemes",),
}


def sorted_deep(value: Any) -> Any:
    """A copy of a value with the keys of its mappings sorted, at every depth."""
    if isinstance(value, Mapping):
        return {key: sorted_deep(value[key]) for key in sorted(value)}
    if isinstance(value, list):
        return [sorted_deep(entry) for entry in value]
    return value


def agent_slice(config: Mapping[str, Any], agent: str) -> dict[str, dict[str, Any]]:
    """Algorithm, network, reward and scheme of one agent: {"name": ..., its parameters}.

    The agent's overrides are applied; keys are sorted.

    Args:
        config: a configuration that `check` accepts.
        agent: a name under agents.

    Raises:
        InputError: no such agent; shows the nearest name.
    """
    agents = config["agents"]
    if agent not in agents:
        raise InputError(f"no agent is named {agent!r}: the nearest is {nearest(agent, agents)!r}")
    chosen = agents[agent]
    resolved = {}
    for kind, section in SECTIONS.items():
        own = chosen.get("overrides", {}).get(kind, {})
        entry = value_at(config, (*section, chosen[kind]))
        resolved[kind] = sorted_deep({"name": chosen[kind], **entry, **own})
    return resolved


def value_at(config: Mapping[str, Any], path: tuple[str, ...]) -> Any:
    """The value at a path of keys.

    Raises:
        KeyError: a key of the path is missing.
    """
    value: Any = config
    for key in path:
        value = value[key]
    return value


def chosen_keys(config: Mapping[str, Any], *keys: str) -> dict[str, Any]:
    """The keys that are named, as in `market.execution`, nested as in the configuration.

    They are sorted at every depth: equal values have equal reprs.

    Raises:
        KeyError: no such key.
    """
    found: dict[str, Any] = {}
    for key in sorted(keys):
        *above, last = key.split(".")
        here = found
        for name in above:
            here = here.setdefault(name, {})
        here[last] = chosen_value(config, key)
    return found


def chosen_value(config: Mapping[str, Any], key: str) -> Any:
    """The value of a key, as in `market.execution`, the keys in it sorted at every depth.

    Raises:
        KeyError: no such key.
    """
    return sorted_deep(value_at(config, tuple(key.split("."))))
