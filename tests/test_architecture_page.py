"""The page on the house is true of the code: its packages, its picture, what it names."""

import ast
import re
from pathlib import Path

from test_architecture import LAST, ORDER

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "src/walkforge"
PAGE = (ROOT / "docs/architecture.md").read_text()


def rows(heading: str) -> list[str]:
    """The names in the first column of the table under a heading row."""
    table = PAGE.partition(f"| {heading} |")[2].partition("\n\n")[0]
    return re.findall(r"^\| `(\w+)` \|", table, re.M)


def test_its_tables_hold_every_package_and_every_module_beside_them() -> None:
    packages = [path.parent.name for path in PACKAGE.glob("*/__init__.py")]
    assert sorted(rows("package")) == sorted(packages)
    beside = [path.stem for path in PACKAGE.glob("*.py") if path.stem != "__init__"]
    assert rows("module") == sorted(beside)


def test_its_picture_is_the_order_that_imports_are_held_to() -> None:
    picture = PAGE.partition("```mermaid")[2].partition("```")[0]
    chain, *ends = [line.split(" --> ") for line in picture.split("\n") if "-->" in line]
    assert [name.strip() for name in chain] == ORDER
    assert sorted(end[-1].strip() for end in ends) == sorted(LAST)


def test_what_it_names_is_there() -> None:
    answers = PAGE.partition("## Where to look")[2]
    files = re.findall(r"src/walkforge/[\w/]+", PAGE)
    assert len(files) > 4
    for named in files:
        assert (ROOT / named).exists() or (ROOT / f"{named}.py").exists(), named
    for functions, file in re.findall(r"((?:`\w+`(?: and )?)+) in (src/\S+?\.py)", answers):
        tree = ast.parse((ROOT / file).read_text())
        there = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
        assert set(re.findall(r"`(\w+)`", functions)) <= there, file
    for short in re.findall(r"`((?:agents|market|reporting|configuration)/[\w./]+)`", PAGE):
        assert (PACKAGE / short).exists(), short
    rules = "".join(path.read_text() for path in (ROOT / "workflow/rules").glob("*.smk"))
    way = PAGE.partition("## The way of a run")[2].partition("## ")[0]
    for rule in re.findall(r"`(\w+_\w+)`", way):
        assert re.search(rf"^(rule|checkpoint) {rule}:", rules, re.M), rule
