"""Slices of a checked configuration: what one rule or one agent consumes, keys sorted."""

from collections.abc import Mapping
from typing import Any

from walkforge.errors import InputError, nearest

# What an agent names, and the section that holds its parameters by name.
SECTIONS: Mapping[str, tuple[str, ...]] = {
    "algorithm": ("algorithms",),
    "network": ("networks",),
    "reward": ("market", "rewards"),
    "scheme": ("market", "schemes"),
}


def sorted_deep(value: Any) -> Any:
    """Return a copy of a value with the keys of its mappings sorted, at every depth."""
    if isinstance(value, Mapping):
        return {key: sorted_deep(value[key]) for key in sorted(value)}
    if isinstance(value, list):
        return [sorted_deep(entry) for entry in value]
    return value


def sorted_section(config: Mapping[str, Any], *names: str) -> dict[str, Any]:
    """Return the named sections, keys sorted at every depth: equal sections have equal reprs.

    Raises:
        KeyError: no such section.
    """
    return {name: sorted_deep(config[name]) for name in sorted(names)}


def agent_slice(config: Mapping[str, Any], agent: str) -> dict[str, dict[str, Any]]:
    """Return algorithm, network, reward and scheme of one agent: {"name": ..., its parameters}.

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
    """Return the value at a path of keys.

    Raises:
        KeyError: a key of the path is missing.
    """
    value: Any = config
    for key in path:
        value = value[key]
    return value
