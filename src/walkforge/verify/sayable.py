"""What the pages can say, read as data from the source of what writes them, never imported.

A sentence that is reworded there is reworded here. Of a page's module, and of those that it
imports: texts that a name or a call of `say` or `make_table` holds, in braces their figures;
columns, as label, field and format; the choices that a figure's value decides; the templates'
texts and tags, the style and the script.
"""

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import NamedTuple

from walkforge.verify.page import Mark, Page, Part, Pieces

REPORTING = Path(__file__).parents[1] / "reporting"
TEMPLATES = REPORTING / "html/templates"
PACKAGE = "walkforge.reporting"
CHOICES = "choices"
SAYING = ("say", "make_table")
ANY = "\N{REPLACEMENT CHARACTER}"  # in place of what a template fills in
# Places of figures of the record, and those that sentences take them from.
RECORD = re.compile(r"evaluation/(?:verdict\.json|metrics\.parquet|strategies|against)")
IN_SENTENCES = re.compile(
    r"evaluation/verdict\.json(?:/agents/[^/]+)?"
    r"|evaluation/metrics\.parquet/(?:agent/[^/]+/mean|baseline/[^/]+/-)"
)
_HOLE = re.compile(r"\{([^{}:]+)(?::([^{}]*))?\}")
_FILLED = re.compile(r"\{\{(.*?)\}\}", re.S)
_STATEMENT = re.compile(r"\{%.*?%\}|\{#.*?#\}", re.S)
_LITERAL = re.compile(r'"([^"]*)"')


class Template(NamedTuple):
    """A text cut at its figures: what stands between them, and each one's field and format."""

    between: tuple[str, ...]
    holes: tuple[tuple[str, str], ...]

    def fits(self, pieces: Pieces) -> bool:
        """Whether pieces are this text, with figures of these fields and formats."""
        between, parts = cut(pieces)
        if between != self.between:
            return False
        return all(
            part.format == how and re.split("[#/]", part.source)[-name.count("/") - 1 :]
            == name.split("/")
            for part, (name, how) in zip(parts, self.holes, strict=True)
        )  # fmt: skip


def borrows(template: Template, pieces: Pieces) -> bool:
    """Whether a sentence has a figure of the record from where sentences have none.

    That is of another part of the verdict than the field says, of one seed, or of two files.
    """
    files = set()
    for part, (name, _) in zip(cut(pieces)[1], template.holes, strict=True):
        prefix = "/".join(re.split("[#/]", part.source)[: -name.count("/") - 1])
        if RECORD.match(prefix):
            if not IN_SENTENCES.fullmatch(prefix):
                return True
            files.add(part.source.partition("#")[0])
    return len(files) > 1


def cut(pieces: Pieces) -> tuple[tuple[str, ...], list[Part]]:
    """What stands between the figures of pieces, and the figures."""
    between = [""]
    parts: list[Part] = []
    for each in pieces:
        if isinstance(each, str):
            between[-1] += each
        else:
            parts.append(each)
            between.append("")
    return tuple(between), parts


def template_of(text: str) -> Template:
    """The template of a text."""
    found = list(_HOLE.finditer(text))
    ends = [0, *(each.end() for each in found)]
    starts = [*(each.start() for each in found), len(text)]
    between = tuple(text[end:start] for end, start in zip(ends, starts, strict=True))
    return Template(between, tuple((each[1], each[2] or "") for each in found))


@dataclass(slots=True)
class Sayable:
    """What a page can say.

    Attributes:
        texts: with and without figures, by what stands between these. named: texts of each name,
        by module and name. columns: label, field and format. choices: by name, the text by value.
        headings: texts of the page's own template. marks: tags, with ANY in what is filled in.
        unseen: style and script.
    """

    texts: dict[tuple[str, ...], list[Template]] = field(default_factory=dict)
    named: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    columns: set[tuple[str, str, str]] = field(default_factory=set)
    choices: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    headings: list[str] = field(default_factory=list)
    marks: set[Mark] = field(default_factory=set)
    unseen: str = ""

    def says(self, pieces: Pieces) -> bool:
        """Whether this is one of the texts."""
        return self.template(pieces) is not None

    def template(self, pieces: Pieces) -> Template | None:
        """The text that pieces are, None where they are none."""
        offered = self.texts.get(cut(pieces)[0], ())
        return next((each for each in offered if each.fits(pieces)), None)

    def formats(self) -> set[str]:
        """Every format of a figure in a text or choice."""
        chosen = [template_of(text) for group in self.choices.values() for text in group.values()]
        every = [each for found in self.texts.values() for each in found]
        return {how for each in [*every, *chosen] for _, how in each.holes}

    def add(self, text: str) -> None:
        """Keep a text."""
        template = template_of(text)
        self.texts.setdefault(template.between, []).append(template)


@cache
def sayable(page: str) -> Sayable:
    """What the page of this module and template can say."""
    found = Sayable()
    modules = {path.stem: ast.parse(path.read_text(encoding="utf-8"))
               for path in _imported(REPORTING / f"pages/{page}.py")}  # fmt: skip
    found.choices = _choices()
    for module, tree in modules.items():
        for name, text in _named(tree):
            found.named.setdefault((module, name), []).append(text)
    constants = {name: texts[0] for (_, name), texts in found.named.items()}
    for text in [*(each for texts in found.named.values() for each in texts),
                 *(each for tree in modules.values() for each in _said(tree))]:  # fmt: skip
        if " " in text or "{" in text:
            found.add(text)
        if text.endswith(".html"):
            found.marks.add(Mark("a", (("href", text),)))
    for tree in modules.values():
        found.columns |= set(_columns(tree, constants))
    _read_templates(found, f"{page}.html.j2")
    spans = ast.parse((REPORTING / "told.py").read_text(encoding="utf-8"))
    for node in ast.walk(spans):
        if isinstance(node, ast.Constant) and str(node.value).startswith("<"):
            found.marks |= Page(str(node.value).replace("{}", ANY)).marks
    return found


def _imported(path: Path) -> set[Path]:
    """A module, and what it imports of reporting, the choices left out."""
    found: set[Path] = set()
    open_ones = [path]
    while open_ones:
        each = open_ones.pop()
        if each in found or not each.is_file():
            continue
        found.add(each)
        for node in ast.walk(ast.parse(each.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and str(node.module).startswith(PACKAGE):
                below = str(node.module).removeprefix(PACKAGE).strip(".").replace(".", "/")
                names = [below] if below else [alias.name for alias in node.names]
                open_ones += [REPORTING / f"{name}.py" for name in names if name != CHOICES]
    return found


def _choices() -> dict[str, dict[str, str]]:
    """Every choice, by its name."""
    tree = ast.parse((REPORTING / f"{CHOICES}.py").read_text(encoding="utf-8"))
    return {
        ast.unparse(node.targets[0]): ast.literal_eval(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign)
    }


def _named(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Yield every name and each text that it holds."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            for text in _texts(node.value):
                yield node.targets[0].id, text


def _texts(node: ast.expr) -> Iterator[str]:
    """Yield the texts of a literal."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.Tuple | ast.List):
        for each in node.elts:
            yield from _texts(each)
    elif isinstance(node, ast.Dict):
        for each in node.values:
            yield from _texts(each)


def _said(tree: ast.Module) -> Iterator[str]:
    """Yield the texts that calls are given first."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func) in SAYING and node.args:
            yield from _texts(node.args[0])


def _columns(tree: ast.Module, constants: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    """Yield label, field and format of every column; '' is none, or one that is made."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "Column" and len(node.args) > 2:
            given = [
                str(each.value) if isinstance(each, ast.Constant)
                else constants.get(ast.unparse(each), "")
                for each in (*node.args, *[ast.Constant("")] * 4)
            ]  # fmt: skip
            made = isinstance(node.args[2], ast.Constant)
            yield given[0], given[2] if made else "", given[3]


def _read_templates(found: Sayable, name: str) -> None:
    """Read the template of a page, where it has its own, and those that every page has."""
    own_one = [name] if (TEMPLATES / name).is_file() else []
    for each in ("page.html.j2", "table.html.j2", *own_one):
        source = (TEMPLATES / each).read_text(encoding="utf-8")
        literals = [text for code in _FILLED.findall(source) for text in _LITERAL.findall(code)]
        own = Page(_FILLED.sub(ANY, _STATEMENT.sub("", source)))
        found.marks |= {mark for mark in own.marks if mark.tag != "a"}
        texts = [text for text in own.texts() if ANY not in text]
        texts += [text for text in literals if " " in text]
        found.headings += texts
        for text in texts:
            found.add(text)
        found.marks |= {Mark("a", (("href", text),)) for text in literals if text.endswith(".html")}
    style, script = (
        (TEMPLATES / each).read_text(encoding="utf-8") for each in ("style.css.j2", "sort.js.j2")
    )
    found.unseen = _FILLED.sub(ANY, "\n".join([style, script]))
