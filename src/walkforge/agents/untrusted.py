"""Reading of files that anybody may have written: plain JSON, and settings of known types."""

import json
import math
from collections.abc import Mapping
from typing import Any, get_type_hints

# What reading a file of another make may raise, other than InputError.
MALFORMED = (
    ValueError,
    KeyError,
    IndexError,
    TypeError,
    AttributeError,
    OverflowError,
    RecursionError,
    RuntimeError,
)


def strict_mapping(data: bytes) -> dict[str, Any]:
    """Return the object that JSON text describes.

    Raises:
        ValueError: it is no JSON, no object, or holds a number that is not finite.
        RecursionError: it is nested too deeply.
    """
    value = json.loads(data, parse_constant=_finite, parse_float=_finite)
    if not isinstance(value, dict):
        raise ValueError(f"an object is expected, not {type(value).__name__}")
    return value


def _finite(text: str) -> float:
    """Return the number that a text says."""
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text} is no finite number")
    return number


def check_settings(made: type, settings: Mapping[str, Any]) -> None:
    """Raise unless settings are the fields of a dataclass, each of its type.

    Raises:
        TypeError: names the field.
    """
    hints = {name: hint for name, hint in get_type_hints(made).items() if not name.startswith("_")}
    if set(hints) != set(settings):
        raise TypeError(f"{sorted(settings)} given, {sorted(hints)} expected")
    for name, hint in hints.items():
        if not _is(settings[name], hint):
            raise TypeError(f"{name} must be {hint}, not {settings[name]!r}")


def _is(value: Any, hint: Any) -> bool:
    """Return whether a value is of a type that settings have; a whole number may be a float."""
    if hint == tuple[int, ...]:
        return isinstance(value, tuple) and all(type(each) is int for each in value)
    if hint is float:
        return type(value) in (int, float)
    return type(value) is hint
