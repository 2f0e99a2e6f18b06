"""The catalogue of pages and figures: a module in its folder is one, found by the folder.

Each module states in a literal what it is of, see Entry. The literal is read from the module's
text, so that nothing heavy is imported while a run is planned. What a page says is its
`write(material) -> str`, what a figure shows its `draw(material) -> Drawn`.
"""

import ast
import importlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

PAGES = "pages"
FIGURES = "figures"
STATED = "ENTRY"
_REMEDY = "{}: state ENTRY = Entry(place=..., inputs=...) in literals"

# What may stand in braces in a place: there is a page, or a figure, of each.
_PLACES = {"agent": "[a-z][a-z0-9_]*", "date": "[0-9]{4}-[0-9]{2}-[0-9]{2}"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What the module of a page or a figure states of it.

    Paths are of the folder of results. In braces may stand agent, date, newest (the date of the
    newest ranking), fold (each that is scored), trained (each fold, live too), seed, first_seed,
    and figure (each that the report shows).

    Attributes:
        place: where it is written, without the ending; of a figure in the folder of figures.
            In braces may stand agent or date: there is one of each.
        inputs: what it is made of, by name. A path that stands for several gives several.
        keys: of the configuration that it consumes, as in `market.execution`.
        newer_than: what it has to be newer than, though it is not made of it.
        after: the checkpoint that decides whether the inputs are made anew; '' for none.
        category, caption: where the report shows it, and what is said of it there.
    """

    place: str
    inputs: Mapping[str, str]
    keys: tuple[str, ...] = ()
    newer_than: tuple[str, ...] = ()
    after: str = "cut_folds"
    category: str = ""
    caption: str = ""
    of: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        """Note what there is one of each of."""
        object.__setattr__(self, "of", tuple(re.findall(r"\{(\w+)\}", self.place)))

    def names(self, name: str) -> bool:
        """Whether this stands in braces in a path that it is made of or newer than."""
        return any(f"{{{name}}}" in path for path in (*self.inputs.values(), *self.newer_than))

    def pattern(self, *, named: bool) -> str:
        """The regular expression of its places; named: with a group for each agent and date."""
        parts = re.split(r"\{(\w+)\}", self.place)
        braced = [f"(?P<{name}>{_PLACES[name]})" if named else _PLACES[name] for name in self.of]
        fixed = list(map(re.escape, parts[::2]))
        return fixed[0] + "".join(a + b for a, b in zip(braced, fixed[1:], strict=True))


class Asked(NamedTuple):
    """One page or figure: its module, what that states, and the agent or date that it is of."""

    module: str
    entry: Entry
    of: Mapping[str, str]


@cache
def catalogue(kind: str) -> Mapping[str, Entry]:
    """Every page, or every figure, by the name of its module."""
    folder = Path(__file__).with_name(kind)
    return {
        f"walkforge.reporting.{kind}.{path.stem}": stated(path)
        for path in sorted(folder.glob("[!_]*.py"))
    }


def stated(path: Path) -> Entry:
    """What a module states of itself.

    Raises:
        ValueError: it states nothing, or no literal.
    """
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == STATED:
            return _entry(node.value, path)
    raise ValueError(_REMEDY.format(path))


def _entry(value: ast.expr, path: Path) -> Entry:
    """The entry that an expression of literals makes."""
    try:
        words = value.keywords if isinstance(value, ast.Call) else []
        given = {str(each.arg): ast.literal_eval(each.value) for each in words}
        return Entry(**given)
    except (TypeError, ValueError) as error:
        raise ValueError(_REMEDY.format(path)) from error


def asked(kind: str, place: str) -> Asked:
    """The page or figure at a place; a fixed place goes before one of an agent.

    Raises:
        LookupError: there is none.
    """
    known = sorted(catalogue(kind).items(), key=lambda each: len(each[1].of))
    for module, entry in known:
        found = re.fullmatch(entry.pattern(named=True), place)
        if found is not None:
            return Asked(module, entry, found.groupdict())
    raise LookupError(f"no module in {kind} is of {place}")


def places(kind: str, *, of: tuple[str, ...] = ()) -> str:
    """The regular expression of all places of what is of nothing, of an agent, or of these."""
    entries = catalogue(kind).values()
    chosen = [each for each in entries if set(each.of) <= {"agent"}] if not of else [
        each for each in entries if each.of == of
    ]  # fmt: skip
    return "|".join(each.pattern(named=False) for each in chosen)


def load(found: Asked) -> ModuleType:
    """The module behind an entry, imported."""
    return importlib.import_module(found.module)
