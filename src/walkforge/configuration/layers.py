"""Layers of a configuration: files, then the environment, then the command line."""

from collections.abc import Mapping, Sequence
from functools import reduce
from pathlib import Path
from typing import Any

from walkforge.configuration.strict_yaml import plain_value, read_strict, read_value
from walkforge.errors import InputError

PREFIX = "WALKFORGE__"


def merge(base: Mapping[str, Any], override: Mapping[str, Any]) -> dict[str, Any]:
    """Base with override laid over it; neither is changed.

    Mappings are merged at every depth; lists and scalars replace. A null for an agent that base
    has removes it. A null for one that base has not stays, for `check` to tell.
    """
    merged = _laid_over(base, override)
    there = base.get("agents")
    given = override.get("agents")
    if isinstance(there, Mapping) and isinstance(given, Mapping):
        removed = {n for n, agent in given.items() if agent is None and there.get(n) is not None}
        merged["agents"] = {n: a for n, a in merged["agents"].items() if n not in removed}
    return merged


def _laid_over(base: Mapping[str, Any], override: Mapping[str, Any]) -> dict[str, Any]:
    """Base with override laid over it, mappings merged at every depth."""
    result = dict(base)
    for key, value in override.items():
        below = base.get(key)
        if isinstance(below, Mapping) and isinstance(value, Mapping):
            result[key] = _laid_over(below, value)
        else:
            result[key] = value
    return result


def from_environment(environ: Mapping[str, str]) -> dict[str, Any]:
    """What variables named WALKFORGE__SECTION__KEY set, nested; other names are ignored.

    Keys are lower-cased; values are YAML, read as strictly as files. A deeper variable is laid
    over a shallower one.

    Raises:
        InputError: a name with an empty key, two names for one key, a key inside a value that is
            no mapping, or a value that is not strict YAML; names the variable.
    """
    values: dict[tuple[str, ...], Any] = {}
    for name in sorted(name for name in environ if name.upper().startswith(PREFIX)):
        path = tuple(name[len(PREFIX) :].lower().split("__"))
        if not all(path):
            raise InputError(f"environment variable {name}: has an empty key: write {PREFIX}KEY")
        if path in values:
            raise InputError(f"environment variable {name}: is set twice: keep one letter case")
        values[path] = read_value(environ[name], source=f"environment variable {name}")
    result: dict[str, Any] = {}
    for path in sorted(values):
        _refuse_inside_scalar(path, values)
        result = merge(result, _nested(path, values[path]))
    return result


def _refuse_inside_scalar(path: tuple[str, ...], values: Mapping[tuple[str, ...], Any]) -> None:
    """Raise where a shallower variable gives the path's section a value that is no mapping."""
    for depth in range(1, len(path)):
        above = values.get(path[:depth], {})
        if not isinstance(above, Mapping):
            outer, inner = (PREFIX + "__".join(keys).upper() for keys in (path[:depth], path))
            raise InputError(
                f"environment variable {outer}: {above!r} has no keys, yet {inner} is set"
            )


def _nested(path: tuple[str, ...], value: Any) -> dict[str, Any]:
    """The value inside one mapping per key of its path."""
    return reduce(lambda inner, key: {key: inner}, reversed(path), value)


def from_command_line(given: Mapping[str, Any]) -> dict[str, Any]:
    """Values of the command line with plain text read as in a file.

    Snakemake's --config hands over every entry of a list or mapping as text: seeds=[0] gives
    ["0"]. Quotes are lost on that way: a symbol such as 700 needs a configuration file.

    Raises:
        InputError: a number that is not finite; names the key.
    """
    return {key: _typed(value, key=str(key)) for key, value in given.items()}


def _typed(value: Any, *, key: str) -> Any:
    """A value with the text in it read as plain YAML scalars, at every depth."""
    if isinstance(value, Mapping):
        return {name: _typed(entry, key=f"{key}.{name}") for name, entry in value.items()}
    if isinstance(value, list):
        return [_typed(entry, key=f"{key}[{i}]") for i, entry in enumerate(value)]
    if not isinstance(value, str):
        return value
    try:
        return plain_value(value)
    except ValueError as error:
        raise InputError(f"command line, {key}: {error}") from error


def resolve(
    files: Sequence[Path], environ: Mapping[str, str], command_line: Mapping[str, Any]
) -> dict[str, Any]:
    """One configuration: each file over the one before, environment, then command line.

    Args:
        files: strict YAML files, the study's own last.
        environ: the environment; see from_environment.
        command_line: values of --config; see from_command_line.

    Raises:
        InputError: the first layer that cannot be read.
    """
    layers = [*map(read_strict, files), from_environment(environ), from_command_line(command_line)]
    return reduce(merge, layers, {})
