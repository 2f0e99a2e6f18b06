"""What is written for contributors is true of the code: packages, picture, places, releases."""

import ast
import re
import tomllib
from itertools import pairwise
from pathlib import Path

import yaml

from test_architecture import LAST, ORDER, allowed

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "src/walkforge"
PAGE = (ROOT / "docs/architecture.md").read_text()


def rows(heading: str) -> list[str]:
    """The names in the first column of the table under a heading row."""
    table = PAGE.partition(f"| {heading} |")[2].partition("\n\n")[0]
    return re.findall(r"^\| `(\w+)` \|", table, re.M)


def test_its_tables_hold_every_package_and_every_module_beside_them() -> None:
    folders = [path for path in PACKAGE.iterdir() if path.is_dir()]
    packages = [path.name for path in folders if path.name != "__pycache__"]
    assert sorted(rows("package")) == sorted(packages)
    beside = [path.stem for path in PACKAGE.glob("*.py") if path.stem != "__init__"]
    assert rows("module") == sorted(beside)


def test_its_picture_is_the_order_that_imports_are_held_to() -> None:
    picture = PAGE.partition("```mermaid")[2].partition("```")[0]
    chains = [line.strip().split(" --> ") for line in picture.splitlines() if "-->" in line]
    arrows = {pair for chain in chains for pair in pairwise(chain)}
    assert arrows == {*pairwise(ORDER), *((ORDER[-1], last) for last in LAST)}
    for lower, upper in arrows:
        assert lower in allowed(upper)
        assert upper not in allowed(lower)


def test_what_it_names_is_there() -> None:
    answers = PAGE.partition("## Where to look")[2]
    files = re.findall(r"src/walkforge/[\w/]+", PAGE)
    assert len(files) > 4
    for named in files:
        assert (ROOT / named).exists() or (ROOT / f"{named}.py").exists(), named
    placed = re.findall(r"((?:`\w+`(?: and )?)+) in (src/\S+?\.py)", answers)
    assert len(placed) >= answers.count("| where ")
    for functions, file in placed:
        tree = ast.parse((ROOT / file).read_text())
        there = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
        assert set(re.findall(r"`(\w+)`", functions)) <= there, file
    for module in re.findall(r"`walkforge\.([\w.]+)`", PAGE):
        assert (PACKAGE / f"{module.replace('.', '/')}.py").exists(), module
    for short in re.findall(rf"`((?:{'|'.join(rows('package'))})/[\w./]+)`", PAGE):
        assert (PACKAGE / short).exists(), short
    rules = "".join(path.read_text() for path in (ROOT / "workflow/rules").glob("*.smk"))
    way = PAGE.partition("## How a run flows")[2].partition("## ")[0]
    told = re.findall(r"`(\w+_\w+)`", way)
    assert len(told) > 8
    for rule in told:
        assert re.search(rf"^(rule|checkpoint) {rule}:", rules, re.M), rule


def test_what_contributing_names_is_there() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text()
    files = re.findall(r"(?:src|tests|workflow)/[\w./]*\w", text)
    assert len(files) > 10
    for named in files:
        assert (ROOT / named).exists(), named


def test_one_version_and_date_are_told_everywhere() -> None:
    released = re.search(r"^## ([\d.]+) \(([\d-]+)\)", (ROOT / "CHANGELOG.md").read_text(), re.M)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    assert released[1] == project["version"] == cited["version"]
    assert released[2] == str(cited["date-released"])
    assert cited["cff-version"] == "1.2.0"
    assert cited["license"] == project["license"]
    assert {"message", "title", "abstract", "authors"} <= cited.keys()
