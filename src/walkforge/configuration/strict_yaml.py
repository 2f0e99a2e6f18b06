"""YAML read and written strictly: nothing is lost, guessed or built from references.

Plain text becomes a number, a boolean or null by a narrow reading of YAML 1.2's core schema; all
else stays text. So symbols such as NO, ON, TRUE, NULL, NA, 000001 and 1e3 need no quotes.
"""

import math
import re
from pathlib import Path
from typing import Any, ClassVar

import yaml

from walkforge.errors import InputError
from walkforge.foreign import read_regular
from walkforge.provenance import read_bytes

MAX_BYTES = 1_000_000
MAX_DEPTH = 40
MAX_NUMBER_CHARACTERS = 300

Scalar = str | int | float | bool | None

_WORDS: dict[str, bool | None] = {
    "": None,
    "~": None,
    "null": None,
    "true": True,
    "false": False,
}
_INTEGER = re.compile(r"[-+]?(?:0|[1-9][0-9]*)")
_DECIMAL = re.compile(r"[-+]?(?:\.[0-9]+|(?:0|[1-9][0-9]*)\.[0-9]*)(?:[eE][-+]?[0-9]+)?")
_NOT_FINITE = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
_SURROGATE = re.compile("[\ud800-\udfff]")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")

_TEXT_TAG = "tag:yaml.org,2002:str"
_ONE_LINE = 1 << 30  # characters: the writer never folds


def plain_value(text: str) -> Scalar:
    """What unquoted text stands for: null, a boolean, a finite number, or the text itself.

    Raises:
        ValueError: a number that is not finite, or too long to be meant.
    """
    if text in _WORDS:
        return _WORDS[text]
    whole = _INTEGER.fullmatch(text)
    decimal = _DECIMAL.fullmatch(text)
    if (whole or decimal) and len(text) > MAX_NUMBER_CHARACTERS:
        raise ValueError(f"number {text[:20]}... has {len(text)} characters: shorten it")
    if whole:
        return int(text)
    if _NOT_FINITE.fullmatch(text) or (decimal and not math.isfinite(float(text))):
        raise ValueError(f"{text} is not a finite number: give one, or put text in quotes")
    return float(text) if decimal else text


class _StrictLoader(yaml.SafeLoader):
    """A safe loader without implicit types, references, tags, or keys that are given twice."""

    # No type is resolved by the library: _scalar does it, for plain text alone.
    yaml_implicit_resolvers: ClassVar[dict[str, Any]] = {}  # type: ignore[misc]
    depth = 0

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        """The next node, unless it is a reference, is tagged or is nested too deep."""
        event: Any = self.peek_event()  # type: ignore[no-untyped-call]
        problem = _refusal(event)
        self.depth += 1
        if self.depth > MAX_DEPTH:
            problem = f"nested deeper than {MAX_DEPTH} levels: flatten it"
        if problem:
            raise yaml.composer.ComposerError(None, None, problem, event.start_mark)
        node: yaml.Node | None = super().compose_node(parent, index)
        self.depth -= 1
        return node

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002
        """A mapping whose keys are text and distinct."""
        lines: dict[str, int] = {}
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if not isinstance(key, str):
                problem = f"key {key!r} is not text: correct it, or put it in quotes"
                raise _fault(problem, key_node)
            if key in lines:
                raise _fault(f"key {key!r} is given twice, first on line {lines[key]}", key_node)
            lines[key] = key_node.start_mark.line + 1
        return super().construct_mapping(node, deep=deep)


def _refusal(event: Any) -> str | None:
    """Why a parser's event is refused, None where it is not."""
    if isinstance(event, yaml.AliasEvent):
        return f"alias *{event.anchor} is not supported: write the value out"
    if event.anchor is not None:
        return f"anchor &{event.anchor} is not supported: remove it and write values out"
    if event.tag is not None:
        return f"tag {event.tag} is not supported: remove it"
    return None


def _fault(problem: str, node: yaml.Node) -> yaml.constructor.ConstructorError:
    """An error at a node's place."""
    return yaml.constructor.ConstructorError(None, None, problem, node.start_mark)


def _scalar(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> Scalar:
    """A scalar: quoted and block text as it is, plain text for what it stands for."""
    text = str(loader.construct_scalar(node))
    if _SURROGATE.search(text):
        raise _fault(f"text {text!r} has half a character: correct its escape", node)
    if node.style is not None:
        return text
    try:
        return plain_value(text)
    except ValueError as error:
        raise _fault(str(error), node) from error


_StrictLoader.add_constructor(_TEXT_TAG, _scalar)


def read_value(text: str, *, source: str) -> Any:
    """The value of one YAML document.

    Args:
        text: the document.
        source: what messages call it, such as its file.

    Raises:
        InputError: names the source, the line and the fault.
    """
    try:
        loader = _StrictLoader(text)
        return loader.get_single_data()
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        character = f"character {error.character!r} is not allowed in YAML: remove it"
        raise InputError(f"{source}, line {line}: {character}") from error
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f"{source}, line {mark.line + 1}" if mark else source
        parser_spoke = isinstance(error, yaml.scanner.ScannerError | yaml.parser.ParserError)
        remedy = ": check indentation, colons, brackets and quotes" if parser_spoke else ""
        raise InputError(f"{place}: {error.problem}{remedy}") from error


def read_strict(path: Path) -> dict[str, Any]:
    """The mapping that a YAML file holds, in the order of its keys; dates stay text.

    Raises:
        InputError: no such file, not a regular file, over 1 MB, not UTF-8, not YAML, not a
            mapping, a key given twice, an anchor, alias or tag, a number that is not finite.
    """
    value = read_value(_content(path), source=str(path))
    if not isinstance(value, dict):
        kind = "nothing" if value is None else f"a {type(value).__name__}"
        raise InputError(f"{path}: holds {kind}, not keys with values such as `seeds: [0]`")
    return value


def read_recorded(path: Path) -> dict[str, Any]:
    """The configuration that results were made with, once its hash agrees with that beside it.

    Raises:
        InputError: it is missing, or not what was recorded.
    """
    text = read_bytes(path, most=MAX_BYTES).decode()
    config: dict[str, Any] = read_value(text, source=str(path))
    return config


def _content(path: Path) -> str:
    """The text of a regular UTF-8 file of at most MAX_BYTES."""
    try:
        data = read_regular(path, most=MAX_BYTES)
    except FileNotFoundError as error:
        raise InputError(f"{path}: not found: correct the name of the file") from error
    except InputError:
        raise
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: cannot be read: {error}") from error
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise InputError(f"{path}, line {line}: is not UTF-8: save the file as UTF-8") from error


class _Dumper(yaml.SafeDumper):
    """A safe dumper that writes values out in full and quotes what any reader might mistake."""

    def ignore_aliases(self, data: Any) -> bool:
        """True: a value met twice is written twice."""
        return True


def _quoted_text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    """The node of text: plain for a name, in quotes otherwise.

    Names that YAML 1.1 reads as booleans or null get their quotes from the library.
    """
    return dumper.represent_scalar(_TEXT_TAG, text, style=None if _NAME.fullmatch(text) else "'")


_Dumper.add_representer(str, _quoted_text)


def to_yaml(config: dict[str, Any]) -> str:
    """A configuration as YAML, the same text for equal values: keys sorted at every depth.

    read_strict gives back exactly the same values; readers of YAML 1.1 do so too.
    """
    options: dict[str, Any] = {"sort_keys": True, "default_flow_style": False, "width": _ONE_LINE}
    text: str = yaml.dump(config, Dumper=_Dumper, **options)
    return text
