"""The names that a configuration may use are files of their folders: nothing lists them.

A name is a module in its kind's folder that defines what its kind must have, or a package there
with such a module named after the kind (algorithms/ppo/algorithm.py). Adding one changes no code
that others reach. Here is the one dynamic import that there is.
"""

import ast
import importlib
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

from walkforge.errors import InputError

SOURCE = Path(__file__).parents[1]  # the folder of packages that this module is read from


class Place(NamedTuple):
    """The package that modules of a kind are in, and the line that makes a module one of them."""

    package: str
    definition: re.Pattern[str]


# Of each kind of part that an agent has.
PLACES: Mapping[str, Place] = {
    "algorithm": Place(
        "walkforge.agents.algorithms", re.compile(r"^(class Algorithm\b|Algorithm = )", re.M)
    ),
    "network": Place("walkforge.agents.networks", re.compile(r"^class Network\b", re.M)),
    "scheme": Place("walkforge.market.schemes", re.compile(r"^class Scheme(?!\(Protocol)", re.M)),
    "reward": Place("walkforge.market.rewards", re.compile(r"^class Reward(?!\(Protocol)", re.M)),
}
_SOURCES = Place("walkforge.data.sources", re.compile(r"^SOURCE = Source\(", re.M))


@cache
def modules(kind: str, source: Path = SOURCE) -> Mapping[str, str]:
    """The dotted names of the modules of a kind, by the name that a configuration uses, sorted.

    A kind of PLACES, or "source".

    Nothing is imported, so that a plan may ask. What is added later in the same process is not
    seen.
    """
    package, definition = {**PLACES, "source": _SOURCES}[kind]
    folder = source.joinpath(*package.split("."))
    found = {}
    for file in sorted([*folder.glob("*.py"), *folder.glob(f"*/{kind}.py")]):
        if definition.search(file.read_text(encoding="utf-8")):
            inner = file.relative_to(folder).with_suffix("").parts
            found[inner[0]] = ".".join([package, *inner])
    return found


BASELINES = "walkforge.evaluation.baselines"  # the package whose modules name baselines


@cache
def baselines(source: Path = SOURCE) -> Mapping[str, str]:
    """The dotted names of the modules of baselines, by the names that they define, sorted.

    A module names them as the keys of its BASELINES. Nothing is imported, as in modules.
    """
    found: dict[str, str] = {}
    for file in source.joinpath(*BASELINES.split(".")).glob("*.py"):
        for node in ast.parse(file.read_text(encoding="utf-8")).body:
            match node:
                case ast.Assign(targets=[ast.Name(id="BASELINES")], value=ast.Dict(keys=keys)):
                    named = [ast.literal_eval(key) for key in keys if key is not None]
                    found |= dict.fromkeys(named, f"{BASELINES}.{file.stem}")
    return dict(sorted(found.items()))


def load_baselines(name: str) -> ModuleType:
    """The module that defines a baseline, imported.

    Raises:
        ValueError: an unknown name; names the known ones.
    """
    known = baselines()
    if name not in known:
        raise ValueError(f"unknown baseline {name!r}: known are {', '.join(known)}")
    return importlib.import_module(known[name])


def load_source(name: str) -> ModuleType:
    """The module of a source of bars, imported.

    Raises:
        KeyError: an unknown name; see data.source_entry for one that tells the known ones.
    """
    return importlib.import_module(modules("source")[name])


def modules_of(agent: Mapping[str, Mapping[str, Any]], source: Path = SOURCE) -> list[str]:
    """The modules that an agent's algorithm, network, scheme and reward live in.

    Args:
        agent: kind to {"name": ..., parameters}, for each kind of PLACES.
        source: the folder of packages that is looked into.

    Raises:
        KeyError: a kind or name that is not there.
    """
    return [modules(kind, source)[agent[kind]["name"]] for kind in PLACES]


def schemes_of(algorithm: str, source: Path = SOURCE) -> tuple[str, ...] | None:
    """The schemes that an algorithm can act in, as SCHEMES in its module says; None for all.

    The module is read, not imported: this is asked while a run is planned.
    """
    parts = modules("algorithm", source)[algorithm].split(".")
    text = source.joinpath(*parts).with_suffix(".py").read_text(encoding="utf-8")
    for node in ast.parse(text).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "SCHEMES":
            return tuple(ast.literal_eval(node.value))
    return None


def check_schemes(agents: Mapping[str, Mapping[str, Any]], source: Path = SOURCE) -> None:
    """Raise unless each agent's algorithm can act in its scheme.

    Args:
        agents: section `agents` of a checked configuration.
        source: the folder of packages that is looked into.

    Raises:
        InputError: names the agent, and the schemes that its algorithm can act in.
    """
    for name, agent in agents.items():
        fitting = schemes_of(agent["algorithm"], source)
        if fitting is not None and agent["scheme"] not in fitting:
            raise InputError(
                f"agents.{name}: algorithm {agent['algorithm']} cannot act in scheme "
                f"{agent['scheme']}: choose {' or '.join(fitting)}, or another algorithm"
            )


def load(agent: Mapping[str, Mapping[str, Any]], kind: str) -> ModuleType:
    """The module behind one kind's name, imported.

    Raises:
        ValueError: an unknown name; names the known ones.
    """
    name = agent[kind]["name"]
    known = modules(kind)
    if name not in known:
        raise ValueError(f"unknown {kind} {name!r}: known are {', '.join(known)}")
    return importlib.import_module(known[name])


def parameters(agent: Mapping[str, Mapping[str, Any]], kind: str) -> dict[str, Any]:
    """One kind's parameters without its name; lists become tuples."""
    entries = {key: value for key, value in agent[kind].items() if key != "name"}
    return {key: tuple(v) if isinstance(v, list) else v for key, v in entries.items()}
