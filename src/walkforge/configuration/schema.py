"""What a JSON schema says about a value: the part of draft 2020-12 that the configuration uses.

The jsonschema package gives the same verdicts, and a test compares them. It is not used here
because importing it takes 0.1 s, three times all else, in each process that plans the workflow.
Stricter than the draft: 1.0 is no integer, NaN and infinity are no numbers, a pattern must match
the whole text, and a keyword that is not known here is an error.
"""

import datetime as dt
import math
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from walkforge.configuration.faults import Fault, KeyPath, allowed, nearest, remedy, shown

Schema = Mapping[str, Any]

# Years in which a calendar date of a study can lie.
FIRST_YEAR, LAST_YEAR = 1000, 2999

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def schema_faults(value: Any, schema: Schema, *, path: KeyPath = ()) -> Iterator[Fault]:
    """Give every fault that the schema finds in a value, in the order of the value's keys.

    Args:
        value: as YAML gives it.
        schema: of this value; its keywords are those of _TESTS and _STRUCTURE.
        path: of the value, for messages.

    Raises:
        ValueError: the schema has a keyword that is not known here.
    """
    unknown = set(schema) - set(_TESTS) - _STRUCTURE
    if unknown:
        raise ValueError(f"schema of {path} has unknown keywords {sorted(unknown)}")
    if not all(_TESTS[key](value, schema[key]) for key in schema if key in _TESTS):
        yield Fault(path, _mismatch(value, schema))
    if isinstance(value, dict) and "properties" in schema:
        yield from _mapping_faults(value, schema, path=path)
    if isinstance(value, list) and "items" in schema:
        for i, entry in enumerate(value):
            yield from schema_faults(entry, schema["items"], path=(*path, i))


def _mismatch(value: Any, schema: Schema) -> str:
    """Return what is wrong with a value, what is allowed and, where it can be told, the remedy."""
    kinds = _kinds(schema.get("type", []))
    meant = "" if _has_type(value, kinds) else remedy(value, kinds)
    return f"{shown(value)} is not {allowed(schema)}" + (f": {meant}" if meant else "")


def _mapping_faults(
    value: dict[str, Any], schema: Schema, *, path: KeyPath
) -> Iterator[Fault]:
    """Give the faults of a mapping's keys, and those of its values."""
    known, others = schema["properties"], schema["additionalProperties"]
    for key in schema["required"]:
        if key not in value:
            yield Fault((*path, key), f"is missing: give {allowed(known[key])}")
    for key, entry in value.items():
        below = (*path, key)
        if key in known:
            yield from schema_faults(entry, known[key], path=below)
        elif others is False:
            yield Fault(below, _unknown_key(key, known, path=path))
        else:
            yield from _entry_name_faults(key, schema, path=below)
            yield from schema_faults(entry, others, path=below)
