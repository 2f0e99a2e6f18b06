"""Every key as a page: `python -m walkforge.configuration.document > docs/configuration.md`."""

import sys
from collections.abc import Iterator

from walkforge.configuration.faults import allowed
from walkforge.configuration.sections import schema_of
from walkforge.configuration.shape import Shape

INTRODUCTION = """\
# Configuration

Written by `python -m walkforge.configuration.document` from the dataclasses that read the keys.
Their values, each with a comment, are in [config.yaml](../config.yaml), which nobody needs to edit:
a study is a small file of the keys that differ, laid over it.
"""


def document(schema: Shape) -> str:
    """The page, in markdown: one table for each section, its keys by their path."""
    sections = schema["properties"].items()
    return INTRODUCTION + "".join(_table(name, section) for name, section in sections)


def _table(name: str, section: Shape) -> str:
    """The heading and the table of a section."""
    rows = "".join(
        f"| `{key}` | {_cell(what)} | {_cell(said)} |\n" for key, what, said in _rows(name, section)
    )
    return f"\n## {name}\n\n| key | value | |\n|---|---|---|\n{rows}"


def _rows(path: str, shape: Shape) -> Iterator[tuple[str, str, str]]:
    """Each key's path, what it may be, and its sentence; entries by name stand for all of them."""
    below = shape.get("properties", {})
    entries = shape.get("additionalProperties") or {}
    if entries.get("properties"):
        below = {f"{shape_name(path)}": entries}
    if not below:
        yield path, allowed(shape), shape["description"]
    for key, value in below.items():
        yield from _rows(f"{path}.{key}", value)


def shape_name(path: str) -> str:
    """What stands for a name to choose, such as AGENT for those under agents."""
    return path.rpartition(".")[2].removesuffix("s").upper()


def _cell(text: str) -> str:
    """Text as a cell of a table holds it."""
    return text.replace("|", "\\|")


if __name__ == "__main__":
    sys.stdout.write(document(schema_of()))
