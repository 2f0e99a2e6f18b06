"""Faults of a configuration, and the words for them."""

import math
import re
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any, NamedTuple

from walkforge.configuration.schedule import EXAMPLE
from walkforge.configuration.strict_yaml import plain_value

KeyPath = tuple[str | int, ...]

MAX_SHOWN_CHARACTERS = 60

# Years in which a calendar date of a study can lie.
FIRST_YEAR = 1000
LAST_YEAR = 2999

_EXPONENT_WITHOUT_POINT = re.compile(r"([-+]?[0-9]+)([eE][-+]?[0-9]+)")
_NULL_WORDS = frozenset({"null", "none", "nil"})


class Fault(NamedTuple):
    """One mistake: the path of its key, and what is wrong there."""

    path: KeyPath
    problem: str

    def __str__(self) -> str:
        return f"{dotted(self.path)}: {self.problem}"


def dotted(path: KeyPath) -> str:
    """A path as text, such as data.symbols[2]."""
    steps = [f"[{step}]" if isinstance(step, int) else f".{_shown_key(step)}" for step in path]
    return "".join(steps).removeprefix(".") or "configuration"


def _shown_key(key: str) -> str:
    """A key as it is, escaped where it would break or bend a line."""
    return key if key.isprintable() and key else repr(key)


def shown(value: Any) -> str:
    """A value as messages show it: in YAML's words, cut where it is long."""
    words = {"None": "null", "True": "true", "False": "false"}
    text = repr(value)
    if len(text) > MAX_SHOWN_CHARACTERS:
        return text[:MAX_SHOWN_CHARACTERS] + "..."
    return words.get(text, text)


def allowed(schema: Mapping[str, Any]) -> str:
    """In words what a schema allows."""
    if "const" in schema:
        return shown(schema["const"])
    if "enum" in schema:
        return "one of " + ", ".join(map(_choice, schema["enum"]))
    kinds = schema.get("type", [])
    kinds = [kinds] if isinstance(kinds, str) else kinds
    words = [_WORDS[kind](schema) for kind in kinds]
    return " or ".join(words) or "any value"


def _choice(value: Any) -> str:
    """One of several values as messages list it: a word as it is, marks in quotes."""
    return value if isinstance(value, str) and any(map(str.isalnum, value)) else shown(value)


def _number_words(schema: Mapping[str, Any], *, noun: str) -> str:
    """The words for a number and its range."""
    bounds = {
        "minimum": "at least",
        "exclusiveMinimum": "above",
        "maximum": "at most",
        "exclusiveMaximum": "below",
    }
    limits = [f"{words} {schema[bound]}" for bound, words in bounds.items() if bound in schema]
    return noun + (f", {' and '.join(limits)}" if limits else "")


def _text_words(schema: Mapping[str, Any]) -> str:
    """The words for text: a date, a pattern that its description explains, or any text."""
    if schema.get("format") == "date":
        return f"a date YYYY-MM-DD of the years {FIRST_YEAR} to {LAST_YEAR}"
    if "format" in schema:
        return f"a schedule, such as {EXAMPLE}"
    if "pattern" in schema:
        return str(schema["description"])
    return "text that is not empty" if schema.get("minLength") else "text"


def _list_words(schema: Mapping[str, Any]) -> str:
    """The words for a list and its entries."""
    distinct = "different " if schema.get("uniqueItems") else ""
    least = schema.get("minItems")
    most = schema.get("maxItems")
    filled = "non-empty " if least and least != most else ""
    count = f"{least} " if least and least == most else ""
    return f"a {filled}list of {count}{distinct}entries, each {allowed(schema['items'])}"


def _mapping_words(schema: Mapping[str, Any]) -> str:
    """The words for a mapping and its keys."""
    keys = ", ".join(schema.get("properties", {}))
    if keys:
        return f"a mapping with the keys {keys}"
    return "a mapping with at least one entry" if schema.get("minProperties") else "a mapping"


def _null_words(_: Mapping[str, Any]) -> str:
    """The word for null."""
    return "null"


def _boolean_words(_: Mapping[str, Any]) -> str:
    """The words for a boolean."""
    return "true or false"


_WORDS: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "boolean": _boolean_words,
    "integer": partial(_number_words, noun="a whole number"),
    "number": partial(_number_words, noun="a number"),
    "string": _text_words,
    "array": _list_words,
    "object": _mapping_words,
    "null": _null_words,
}


def remedy(value: Any, kinds: Iterable[str]) -> str:
    """What to write instead, where the value shows what was meant; empty where not.

    Args:
        value: a value of the wrong type.
        kinds: the types that are allowed, as a schema names them.
    """
    kinds = set(kinds)
    if isinstance(value, str) and kinds & {"integer", "number"}:
        return _number_remedy(value, whole="number" not in kinds)
    if isinstance(value, str) and "null" in kinds and value.lower() in _NULL_WORDS:
        return "write null, in lower case"
    if isinstance(value, float) and "integer" in kinds and value.is_integer():
        return f"write {int(value)}"
    if isinstance(value, int | float) and "string" in kinds:
        return f"put it in quotes, '{shown(value)}'"
    return ""


def _number_remedy(text: str, *, whole: bool) -> str:
    """How to write the number that text shows, empty where it shows none."""
    try:
        number = float(text)
        plain = plain_value(text)
    except ValueError:
        return ""
    if not math.isfinite(number) or (whole and not number.is_integer()):
        return ""
    if not isinstance(plain, str) and not (whole and isinstance(plain, float)):
        return f"write {text} without quotes"
    if exponent := _EXPONENT_WITHOUT_POINT.fullmatch(text):
        remedy = str(int(number)) if whole else f"{exponent[1]}.0{exponent[2]}"
        return f"write {remedy}: YAML reads {text} as text"
    value = str(int(number)) if number.is_integer() else repr(number)
    return "write " + _EXPONENT_WITHOUT_POINT.sub(r"\1.0\2", value)
