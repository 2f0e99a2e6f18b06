"""The modules behind the names that a configuration may use: the one dynamic import there is."""

import importlib
from collections.abc import Mapping
from types import ModuleType
from typing import Any

MODULES: Mapping[str, Mapping[str, str]] = {
    "algorithm": {"ppo": "walkforge.agents.algorithms.ppo.algorithm"},
    "network": {"shared_mlp": "walkforge.agents.networks.shared_mlp"},
    "scheme": {
        name: f"walkforge.market.schemes.{name}"
        for name in (
            "weights",
            "discrete9",
            "continuous1",
            "regimes12",
            "regimes_dynamic",
            "signals3",
        )
    },
    "reward": {
        name: f"walkforge.market.rewards.{name}"
        for name in (
            "excess_log_return",
            "log_return",
            "differential_sharpe",
            "realised_pnl",
            "weighted",
            "sortino",
            "calmar",
        )
    },
}


def modules_of(agent: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Return the modules that an agent's algorithm, network, scheme and reward live in.

    Args:
        agent: kind to {"name": ..., parameters}, for each kind of MODULES.
    """
    return [MODULES[kind][agent[kind]["name"]] for kind in MODULES]


def load(agent: Mapping[str, Mapping[str, Any]], kind: str) -> ModuleType:
    """Return the module behind one kind's name.

    Raises:
        ValueError: an unknown name; names the known ones.
    """
    name = agent[kind]["name"]
    if name not in MODULES[kind]:
        raise ValueError(f"unknown {kind} {name!r}: known are {', '.join(MODULES[kind])}")
    return importlib.import_module(MODULES[kind][name])


def parameters(agent: Mapping[str, Mapping[str, Any]], kind: str) -> dict[str, Any]:
    """Return one kind's parameters without its name; lists become tuples."""
    entries = {key: value for key, value in agent[kind].items() if key != "name"}
    return {key: tuple(v) if isinstance(v, list) else v for key, v in entries.items()}
