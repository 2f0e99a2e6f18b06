"""What a JSON schema says about a value: the part of draft 2020-12 that the configuration uses.

The jsonschema package gives the same verdicts, and a test compares them. It is not used here
because importing it takes 0.1 s, three times all else, in each process that plans the workflow.
Stricter than the draft: 1.0 is no integer, NaN and infinity are no numbers, a pattern must match
the whole text, and a keyword that is not known here is an error.
"""

import datetime as dt
import math
import operator
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from walkforge.configuration.faults import (
    FIRST_YEAR,
    LAST_YEAR,
    Fault,
    KeyPath,
    allowed,
    dotted,
    remedy,
    shown,
)
from walkforge.configuration.schedule import RATE, SCHEDULE, is_rate, is_schedule, problem_of
from walkforge.errors import nearest

Schema = Mapping[str, Any]

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
    if isinstance(value, list) and "items" in schema and len(value) <= schema["maxItems"]:
        for i, entry in enumerate(value):
            yield from schema_faults(entry, schema["items"], path=(*path, i))


def _mismatch(value: Any, schema: Schema) -> str:
    """What is wrong with a value, what is allowed and, where it can be told, the remedy."""
    for kind, bound, noun in _SIZES:
        if isinstance(value, kind) and len(value) > schema.get(bound, len(value)):
            return f"{shown(value)} has {len(value):,} {noun}, at most {schema[bound]:,} may be"
    kinds = _kinds(schema.get("type", []))
    scheduled = isinstance(value, str) and schema.get("format") in (SCHEDULE, RATE)
    meant = "" if _has_type(value, kinds) and not scheduled else remedy(value, kinds)
    if scheduled and not meant:
        return f"{shown(value)} {problem_of(value)}"
    return f"{shown(value)} must be {allowed(schema)}" + (f": {meant}" if meant else "")


def _mapping_faults(value: dict[str, Any], schema: Schema, *, path: KeyPath) -> Iterator[Fault]:
    """Give the faults of a mapping's keys, and those of its values."""
    known = schema["properties"]
    others = schema["additionalProperties"]
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


def _unknown_key(key: str, known: Mapping[str, Any], *, path: KeyPath) -> str:
    """What is wrong with a key that a mapping cannot have."""
    if not known:
        return "unknown key: nothing can be set here, remove it"
    return f"unknown key: remove it or write {dotted((*path, nearest(key, known)))}"


def _entry_name_faults(key: str, schema: Schema, *, path: KeyPath) -> Iterator[Fault]:
    """Give the fault of an entry's name, in a mapping whose keys are names to choose."""
    for fault in schema_faults(key, schema.get("propertyNames", {})):
        yield Fault(path, f"name {fault.problem}")


def _kinds(named: str | list[str]) -> list[str]:
    """The types that a schema names, as a list."""
    return [named] if isinstance(named, str) else named


def _is_number(value: Any) -> bool:
    """Whether a value is a finite number, which a boolean is not."""
    if isinstance(value, float):
        return math.isfinite(value)
    return isinstance(value, int) and not isinstance(value, bool)


_IS_OF_TYPE: Mapping[str, Callable[[Any], bool]] = {
    "array": lambda value: isinstance(value, list),
    "boolean": lambda value: isinstance(value, bool),
    "integer": lambda value: _is_number(value) and isinstance(value, int),
    "null": lambda value: value is None,
    "number": _is_number,
    "object": lambda value: isinstance(value, dict),
    "string": lambda value: isinstance(value, str),
}


def _has_type(value: Any, named: str | list[str]) -> bool:
    """Whether a value is of one of the named types; any value where none is named."""
    kinds = _kinds(named)
    return not kinds or any(_IS_OF_TYPE[kind](value) for kind in kinds)


def is_date(text: str) -> bool:
    """Whether text is a day of the calendar, YYYY-MM-DD, in years that a study can hold."""
    if not _DATE.fullmatch(text):
        return False
    try:
        return FIRST_YEAR <= dt.date.fromisoformat(text).year <= LAST_YEAR
    except ValueError:
        return False


_FORMATS: Mapping[str, Callable[[str], bool]] = {
    "date": is_date,
    SCHEDULE: is_schedule,
    RATE: is_rate,
}

# Keyword of a schema -> whether a value passes, given the keyword's argument. As in the draft, a
# keyword passes values of a type that it does not speak of.
_TESTS: Mapping[str, Callable[[Any, Any], bool]] = {
    "type": _has_type,
    "const": operator.eq,
    "enum": lambda value, choices: value in choices,
    "minimum": lambda value, least: not _is_number(value) or value >= least,
    "maximum": lambda value, most: not _is_number(value) or value <= most,
    "exclusiveMinimum": lambda value, bound: not _is_number(value) or value > bound,
    "exclusiveMaximum": lambda value, bound: not _is_number(value) or value < bound,
    "minLength": lambda value, least: not isinstance(value, str) or len(value) >= least,
    "maxLength": lambda value, most: not isinstance(value, str) or len(value) <= most,
    "pattern": lambda value, regex: not isinstance(value, str) or _matches(regex, value),
    "format": lambda value, name: not isinstance(value, str) or _FORMATS[name](value),
    "minItems": lambda value, least: not isinstance(value, list) or len(value) >= least,
    "maxItems": lambda value, most: not isinstance(value, list) or len(value) <= most,
    "uniqueItems": lambda value, _: not isinstance(value, list) or _distinct(value),
    "minProperties": lambda value, least: not isinstance(value, dict) or len(value) >= least,
    "maxProperties": lambda value, most: not isinstance(value, dict) or len(value) <= most,
}
_SIZES = (
    (str, "maxLength", "characters"),
    (list, "maxItems", "entries"),
    (dict, "maxProperties", "entries"),
)
_STRUCTURE = frozenset(
    {"$schema", "title", "description", "items"}
    | {"properties", "required", "additionalProperties", "propertyNames"}
)


def _matches(regex: str, text: str) -> bool:
    """Whether the whole text matches, a final newline included."""
    return re.fullmatch(regex, text) is not None


def _distinct(entries: list[Any]) -> bool:
    """Whether no two entries are the same value of the same type."""
    return len(set(map(repr, entries))) == len(entries)
