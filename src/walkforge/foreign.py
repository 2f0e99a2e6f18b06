"""Files that anybody may have written: regular ones of bounded size, plain JSON, known settings.

What a file says of its own size is compared with a bound before anything of that size is made.
"""

import json
import math
import os
import stat
from collections.abc import Mapping
from io import BufferedReader
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints

from walkforge.errors import InputError
from walkforge.settings import Bounds, Size

# Bytes of files, far above what honest ones have.
MOST_ARTIFACT_BYTES = 1 << 37
MOST_POLICY_BYTES = 1 << 32
MOST_JSON_BYTES = 1 << 27
MOST_MANIFEST_BYTES = 10_000_000
MOST_HEADER_BYTES = 10_000_000  # of safetensors

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


def open_regular(path: Path, *, most: int) -> BufferedReader:
    """A regular file of at most so many bytes, open for reading; a pipe is not waited for.

    Raises:
        InputError: it is a folder, a pipe or a device, or larger.
        OSError: it cannot be opened.
    """
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        found = os.fstat(handle)
        if not stat.S_ISREG(found.st_mode):
            kind = "a folder" if stat.S_ISDIR(found.st_mode) else "no regular file"
            raise InputError(f"{path}: cannot be read: is {kind}: put a regular file in its place")
        if found.st_size > most:
            raise InputError(
                f"{path}: cannot be read: has {found.st_size:,} bytes, at most {most:,} are "
                "read: is it the right file?"
            )
        return os.fdopen(handle, "rb")
    except BaseException:
        os.close(handle)
        raise


def read_regular(path: Path, *, most: int) -> bytes:
    """The content of a regular file of at most so many bytes.

    Raises:
        InputError, OSError: see open_regular.
    """
    with open_regular(path, most=most) as file:
        return file.read()


def strict_mapping(data: bytes) -> dict[str, Any]:
    """The object that JSON text describes.

    Raises:
        ValueError: it is no JSON, too long, no object, or holds a number that is not finite.
        RecursionError: it is nested too deeply.
    """
    if len(data) > MOST_JSON_BYTES:
        raise ValueError(f"{len(data):,} bytes of JSON, at most {MOST_JSON_BYTES:,} are read")
    value = json.loads(data, parse_constant=_finite, parse_float=_finite)
    if not isinstance(value, dict):
        raise ValueError(f"an object is expected, not {type(value).__name__}")
    return value


def _finite(text: str) -> float:
    """The number that a text says."""
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text} is not a finite number")
    return number


def check_safetensors(start: bytes) -> None:
    """Raise unless the header of safetensors is short enough to be taken apart.

    The library compares what the header says of each tensor with the bytes that there are.

    Args:
        start: the first eight bytes.

    Raises:
        ValueError: names the length.
    """
    length = int.from_bytes(start, "little")
    if len(start) < 8 or length > MOST_HEADER_BYTES:
        raise ValueError(f"a header of {length:,} bytes, at most {MOST_HEADER_BYTES:,} are read")


def check_settings(made: type, settings: Mapping[str, Any]) -> None:
    """Raise unless settings are the fields of a dataclass, each of its type and within its bounds.

    Raises:
        TypeError: names the field. ValueError: names the field and its bounds.
    """
    hints = {
        name: hint
        for name, hint in get_type_hints(made, include_extras=True).items()
        if not name.startswith("_")
    }
    if set(hints) != set(settings):
        raise TypeError(f"{sorted(settings)} given, {sorted(hints)} expected")
    for name, hint in hints.items():
        _check_setting(name, settings[name], hint)


def _check_setting(name: str, value: Any, hint: Any) -> None:
    """Raise unless a value is of the type and within the bounds that an annotation says."""
    origin = get_origin(hint)
    arguments = get_args(hint)
    if origin is Annotated:
        kind, *said = arguments
        _check_setting(name, value, kind)
        for limit in said:
            if isinstance(limit, Bounds) and isinstance(value, str):
                continue  # a schedule, see configuration.schedule
            if isinstance(limit, Bounds | Size) and value is not None and not limit.hold(value):
                raise ValueError(f"{name} must be {limit}, not {value!r:.80}")
    elif origin is tuple and isinstance(value, tuple):
        for each in value:
            _check_setting(name, each, arguments[0])
    elif not _is(value, hint):
        raise TypeError(f"{name} must be {hint}, not {value!r:.80}")


def _is(value: Any, hint: Any) -> bool:
    """Whether a value is of a type that settings have; a whole number may be a float."""
    if get_origin(hint) is Literal:
        return type(value) is str and value in get_args(hint)
    if get_origin(hint) is UnionType:
        return any(_is(value, each) for each in get_args(hint))
    if hint is float:
        return type(value) in (int, float)
    return type(value) is hint
