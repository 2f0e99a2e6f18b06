"""The schema of what annotations say: see walkforge.settings."""

import datetime as dt
import types
from collections.abc import Callable, Mapping
from dataclasses import is_dataclass
from typing import Annotated, Any, Literal, get_args, get_origin

from walkforge.configuration.annotations import OPTIONAL
from walkforge.configuration.schedule import RATE, SCHEDULE
from walkforge.settings import Bounds, Choice, OrName, Pattern, Scheduled, Size

Shape = dict[str, Any]

MOST_CHARACTERS = 256  # of text that says no more
MOST_ENTRIES = 1_000  # of a list or mapping that says no more

_OF_TYPE: Mapping[Any, Shape] = {
    bool: {"type": "boolean"},
    int: {"type": "integer"},
    float: {"type": "number"},
    str: {"type": "string", "minLength": 1, "maxLength": MOST_CHARACTERS},
    dt.date: {"type": "string", "format": "date"},
    types.NoneType: {"type": "null"},
    Any: {},
}
_BOUNDS = {
    "above": "exclusiveMinimum",
    "at_least": "minimum",
    "below": "exclusiveMaximum",
    "at_most": "maximum",
}
_SIZES = {
    "string": ("minLength", "maxLength"),
    "array": ("minItems", "maxItems"),
    "object": ("minProperties", "maxProperties"),
}


def shape_of(hint: Any) -> Shape:
    """The schema of one annotation.

    Raises:
        TypeError: an annotation that has no schema; names it.
    """
    if hint in _OF_TYPE:
        return dict(_OF_TYPE[hint])
    origin = get_origin(hint)
    arguments = get_args(hint)
    if origin in _OF_ORIGIN:
        return _OF_ORIGIN[origin](*arguments)
    if is_dataclass(hint) or hasattr(hint, OPTIONAL):
        return fields_of(hint)
    raise TypeError(f"no schema for {hint!r:.200}")


def fields_of(*classes: type) -> Shape:
    """The schema of a mapping whose keys are the fields of classes, in order.

    All are required but those with a default.
    """
    properties: dict[str, Shape] = {}
    optional: set[str] = set()
    for each in classes:
        hints = vars(each).get("__annotations__", {})
        properties |= {name: shape_of(hint) for name, hint in hints.items()}
        optional |= getattr(each, OPTIONAL, set())
    shape = mapping_of(properties, sentence=sentence_of(classes[0]))
    shape["required"] = [name for name in properties if name not in optional]
    return shape


def mapping_of(properties: Mapping[str, Shape], *, sentence: str) -> Shape:
    """The schema of a mapping of fixed keys, all required."""
    return {
        "description": sentence,
        "type": "object",
        "additionalProperties": False,
        "required": list(properties),
        "properties": dict(properties),
    }


def sentence_of(described: type) -> str:
    """The first line of a docstring as a table shows it: no full stop at its end."""
    return (described.__doc__ or "").strip().partition("\n")[0].removesuffix(".")


def _annotated(hint: Any, *said: Any) -> Shape:
    """The schema of a type, with bounds, sizes and its sentence."""
    shape = shape_of(hint)
    for each in said:
        if isinstance(each, str):
            shape["description"] = each
        elif isinstance(each, Bounds):
            given = {key: getattr(each, key) for key in _BOUNDS}
            shape |= {_BOUNDS[key]: value for key, value in given.items() if value is not None}
        elif isinstance(each, Size):
            shape |= _size(each, shape)
        elif isinstance(each, Choice):
            shape = {"enum": list(each.values)}
        elif isinstance(each, Scheduled):
            shape["format"] = RATE if each.plateau else SCHEDULE
        elif isinstance(each, OrName):
            shape |= {**_OF_TYPE[str], "type": [*shape["type"][:-1], "string", "null"]}
        elif isinstance(each, Pattern):
            shape |= {"pattern": each.regex, "description": each.words}
            del shape["minLength"], shape["maxLength"]
        else:
            raise TypeError(f"{each!r:.200} says nothing that a schema can")
    return shape


def _size(size: Size, shape: Shape) -> Shape:
    """What a size says of each type that there is a size of."""
    kinds = [shape["type"]] if isinstance(shape["type"], str) else shape["type"]
    said: Shape = {"uniqueItems": True} if size.distinct else {}
    for kind in kinds:
        if kind in _SIZES:
            least, most = _SIZES[kind]
            said |= {least: size.least, most: size.most}
    return said


def _choices(*values: Any) -> Shape:
    """The schema of one of these values."""
    return {"enum": list(values)}


def _or_null(*choices: Any) -> Shape:
    """The schema of one of several types, such as one and null."""
    shapes = [shape_of(choice) for choice in choices]
    if "enum" in shapes[0]:
        return {"enum": [*shapes[0]["enum"], None]}
    merged: Shape = {key: value for shape in shapes for key, value in shape.items()}
    return merged | {"type": [shape["type"] for shape in shapes]}


def _list_of(*entries: Any) -> Shape:
    """The schema of a list: of so many entries where each is stated."""
    counted = Ellipsis not in entries and len(entries) > 1
    least, most = (len(entries), len(entries)) if counted else (0, MOST_ENTRIES)
    return {"type": "array", "minItems": least, "maxItems": most, "items": shape_of(entries[0])}


def _entries_of(name: Any, entry: Any) -> Shape:
    """The schema of a mapping whose keys are names to choose."""
    return {
        "type": "object",
        "maxProperties": MOST_ENTRIES,
        "required": [],
        "properties": {},
        "propertyNames": shape_of(name),
        "additionalProperties": shape_of(entry),
    }


_OF_ORIGIN: Mapping[Any, Callable[..., Shape]] = {
    Annotated: _annotated,
    Literal: _choices,
    types.UnionType: _or_null,
    tuple: _list_of,
    list: _list_of,
    dict: _entries_of,
}
