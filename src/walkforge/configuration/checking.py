"""Check of a configuration as a whole: one error that lists every fault."""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from walkforge.configuration.agent_rules import (
    agent_faults,
    algorithm_faults,
    schedule_faults,
)
from walkforge.configuration.faults import Fault, KeyPath, dotted, shown
from walkforge.configuration.layers import resolve
from walkforge.configuration.renamed import renamed_keys, taken_in_keys
from walkforge.configuration.rules import rule_faults
from walkforge.configuration.schema import Schema, schema_faults
from walkforge.configuration.sections import VERSION, schema_of
from walkforge.configuration.strict_yaml import read_strict
from walkforge.errors import InputError, nearest
from walkforge.registry import SOURCE

MARKUP = re.compile(r"</|<!|<script", re.IGNORECASE)


def check(config: Mapping[str, Any], schema: Schema, *, source: Path = SOURCE) -> None:
    """Raise unless a configuration is complete, known in every key, and consistent.

    Relative paths in it are looked for from the current folder.

    Args:
        config: the resolved configuration.
        schema: of the whole; see sections.schema_of.
        source: the folder of packages that sources of bars are looked for in.

    Raises:
        InputError: lists all faults, a line each: the key's path, its value, what is allowed.
    """
    single = list(schema_faults(config, schema))
    faulty = {fault.path for fault in single}
    renamed = [
        Fault(old, f"is named {dotted(new)} since format {VERSION}")
        for old, new in renamed_keys(config)
    ]
    renamed += [Fault(old, remedy) for old, remedy in taken_in_keys(config)]
    faults = [_explained(fault, config, schema) for fault in single]
    faults += rule_faults(config, faulty, source=source)
    faults += algorithm_faults(config, faulty=faulty)
    faults += agent_faults(config, schema, faulty=faulty)
    faults += schedule_faults(config, schema, faulty=faulty)
    faults += markup_faults(config)
    told = {fault.path for fault in renamed}
    faults = [*renamed, *(fault for fault in faults if fault.path not in told)]
    if faults:
        count = "1 fault" if len(faults) == 1 else f"{len(faults)} faults"
        raise InputError(
            f"the configuration has {count}:",
            code="CONFIG",
            lines=[f"  {fault}" for fault in faults],
        )


def markup_faults(value: Any, path: KeyPath = ()) -> Iterator[Fault]:
    """Give the fault of each text that would end a script of the report, which holds settings."""
    if isinstance(value, Mapping):
        for key, entry in value.items():
            yield from markup_faults(entry, (*path, key))
    elif isinstance(value, list):
        for place, entry in enumerate(value):
            yield from markup_faults(entry, (*path, place))
    elif isinstance(value, str) and (found := MARKUP.search(value)):
        problem = f"{shown(value)} has {found[0]}, which the report would read as HTML"
        yield Fault(path, f"{problem}: write it in another way")


def _explained(fault: Fault, config: Mapping[str, Any], schema: Schema) -> Fault:
    """A fault in better words, where more is known than its schema says."""
    match fault.path:
        case ("schema_version",) if (
            "schema_version" in config and type(config["schema_version"]) is int
        ):
            known = schema["properties"]["schema_version"]["const"]
            return fault._replace(problem=_version_problem(config["schema_version"], known))
        case ("agents", str() as name) if config["agents"].get(name, "") is None:
            return fault._replace(problem=_removal_problem(name, config["agents"]))
    if fault.problem.startswith("is missing") and fault.path[0] != "agents":
        value = fault.problem.partition(" with the keys ")[0]
        return fault._replace(problem=f"{value}, as config.yaml does")
    return fault


def _version_problem(given: int, known: int) -> str:
    """What is wrong with another version of the format."""
    if given > known:
        return f"{shown(given)} is newer than {known}, which this walkforge reads: update walkforge"
    return (
        f"{shown(given)} is older than {known}, which this walkforge reads: "
        f"rename what is listed, if anything is, and write {known}"
    )


def _removal_problem(name: str, agents: Mapping[str, Any]) -> str:
    """What is wrong with a null that removes no agent."""
    present = [agent for agent, entry in agents.items() if entry is not None]
    close = f": the nearest is {shown(nearest(name, present))}" if present else ""
    return f"null removes an agent, but {shown(name)} is none{close}"


def load_config(
    files: Sequence[Path],
    source: Path,
    environ: Mapping[str, str],
    command_line: Mapping[str, Any],
) -> dict[str, Any]:
    """The resolved and checked configuration.

    The configuration that a run records is of its study alone: where files lack section `runtime`,
    as that does, it is that of config.yaml beside the folder of packages.

    Args:
        files: strict YAML files, each over the one before.
        source: the folder of packages whose stages and parts say what their keys may be.
        environ: the environment; WALKFORGE__SECTION__KEY overrides files.
        command_line: values of --config; they override both.

    Raises:
        InputError: a layer cannot be read, or the configuration has faults, all of them listed.
    """
    config = resolve(files, environ, command_line)
    if "runtime" not in config:
        config["runtime"] = read_strict(source.parent / "config.yaml")["runtime"]
    check(config, schema_of(source), source=source)
    return config
