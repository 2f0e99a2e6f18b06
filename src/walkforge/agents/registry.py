"""The modules behind the names that a configuration may use: the one dynamic import there is."""

import ast
import importlib
import importlib.util
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

from walkforge.errors import InputError

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


def schemes_of(algorithm: str) -> tuple[str, ...] | None:
    """The schemes that an algorithm can act in, as SCHEMES in its module says; None for all.

    The module is read, not imported: this is asked while a run is planned.
    """
    found = importlib.util.find_spec(MODULES["algorithm"][algorithm])
    if found is None or found.origin is None:
        return None
    for node in ast.parse(Path(found.origin).read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "SCHEMES":
            return tuple(ast.literal_eval(node.value))
    return None


def check_schemes(agents: Mapping[str, Mapping[str, Any]]) -> None:
    """Raise unless each agent's algorithm can act in its scheme.

    Args:
        agents: section `agents` of a checked configuration.

    Raises:
        InputError: names the agent, and the schemes that its algorithm can act in.
    """
    for name, agent in agents.items():
        known = schemes_of(agent["algorithm"])
        if known is not None and agent["scheme"] not in known:
            raise InputError(
                f"agents.{name}: algorithm {agent['algorithm']} cannot act in scheme "
                f"{agent['scheme']}: choose {' or '.join(known)}, or another algorithm"
            )


def parameters(agent: Mapping[str, Mapping[str, Any]], kind: str) -> dict[str, Any]:
    """Return one kind's parameters without its name; lists become tuples."""
    entries = {key: value for key, value in agent[kind].items() if key != "name"}
    return {key: tuple(v) if isinstance(v, list) else v for key, v in entries.items()}
