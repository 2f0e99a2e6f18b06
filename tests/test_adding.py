"""Adding one of each kind takes few files, and reruns nothing that is there already."""

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from bar_files import sound_bars
from configurations import ROOT
from pages import follow
from planned import asked_of, copy_of_the_project, planned, shown_by
from walkforge.planning import Plan
from walkforge.reporting import catalogue

PACKAGE = "src/walkforge"
SOURCES_PAGE = (ROOT / "docs/sources.md").read_text()
AGENT_PAGE = (ROOT / "docs/add_agent.md").read_text()
FIGURE = re.search(r"```python\n(.*?)```", (ROOT / "docs/pictures.md").read_text(), re.S)[1]
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text()
# The files that adding one touches, by kind, as the table says: those that are counted here.
COUNTS = {
    kind: int(count) for kind, count in re.findall(r"^\| (\w+) \* \| (\d+)", CONTRIBUTING, re.M)
}
PAGE = '''"""A page."""

from walkforge.reporting.catalogue import Entry
from walkforge.reporting.material import Material

ENTRY = Entry(place="evaluation/added", inputs={"metrics": "evaluation/metrics.parquet"})


def write(material: Material) -> str:
    """The page."""
    return str(material.files["metrics"])
'''

BASELINE = '''"""Baseline `added`: all cash."""

from walkforge.evaluation.baseline_context import Baseline
from walkforge.evaluation.baselines.naive import cash

BASELINES = {"added": Baseline(lambda context: cash)}
'''


def by_the_page(heading: str) -> Callable[[Path], None]:
    """What adds a part as docs/add_agent.md says under a heading."""
    section = AGENT_PAGE.partition(f"\n### {heading}\n")[2].partition("\n### ")[0]
    return lambda root: follow(section, root)


def new(name: str, text: str) -> Callable[[Path], None]:
    """What adds a module."""
    return lambda root: (root / PACKAGE / name).write_text(text) and None


def insert(file: Path, text: str, *, above: str) -> None:
    before = file.read_text()
    assert before.count(above) == 1, above
    file.write_text(before.replace(above, text + above))


def scheme(root: Path) -> None:
    folder = root / PACKAGE / "market/schemes"
    (folder / "added.py").write_text((folder / "signals3.py").read_text())
    insert(root / "config.yaml", "  added: {} # as signals3\n", above="  signals3: {}")


ADD: Mapping[str, Callable[[Path], None]] = {
    "reward": by_the_page("A reward"),
    "network": by_the_page("A network"),
    "algorithm": by_the_page("An algorithm"),
    "scheme": scheme,
    "source": lambda root: follow(SOURCES_PAGE.partition("## Adding a source")[2], root),
    "baseline": new("evaluation/baselines/added.py", BASELINE),
    "figure": new("reporting/figures/added.py", FIGURE),
    "page": new("reporting/pages/added.py", PAGE),
}


def contents(root: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}


def touched(add: Callable[[Path], None], root: Path) -> set[str]:
    """The files that adding one writes."""
    before = contents(root)
    add(root)
    after = contents(root)
    return {str(path.relative_to(root)) for path in after if after[path] != before.get(path)}


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    return planned(tmp_path_factory.mktemp("before"))


@pytest.fixture(scope="module")
def asked(before: Plan) -> dict[str, object]:
    return asked_of(before)


@pytest.fixture
def catalogue_of() -> Iterator[Callable[[Path], None]]:
    """What has the catalogue of pages and figures read a copy, and afterwards the project."""
    own = catalogue.__file__

    def read(file: Path | str) -> None:
        catalogue.__file__ = str(file)
        catalogue.catalogue.cache_clear()

    yield lambda root: read(root / PACKAGE / "reporting/catalogue.py")
    read(own)


def test_parts_pages_and_figures_rerun_nothing(tmp_path: Path, before, asked, catalogue_of) -> None:
    shown = shown_by(before)
    root = copy_of_the_project(tmp_path / "copy")
    files = {kind: touched(add, root) for kind, add in ADD.items()}
    assert {kind: len(each) for kind, each in files.items()} == {kind: COUNTS[kind] for kind in ADD}
    catalogue_of(root)
    after = planned(tmp_path, root)
    assert asked_of(after) == asked
    found = shown_by(after)
    added = {f"walkforge.reporting.{kind}.added" for kind in ("pages", "figures")}
    assert found.keys() - shown.keys() == added
    assert {name: each for name, each in found.items() if name not in added} == shown
    own = {"algorithm": "reinforce", "network": "linear", "scheme": "added", "reward": "downside"}
    chosen = {"baselines": [*before.config["evaluation"]["baselines"], "added"]}
    given = {"agents": {"own": {**own, "overrides": {}}}, "evaluation": chosen}
    code = planned(tmp_path, root, **given).code("evaluate_baselines.py", "own")
    assert any(entry.startswith("walkforge.evaluation.baselines.added@") for entry in code)
    assert ingested_by_json_lines(tmp_path, root)


def ingested_by_json_lines(tmp_path: Path, root: Path) -> bool:
    """Whether the source of docs/sources.md is planned in a copy, and reads the bars it is given.

    The copy's package is another than the one that is imported here.
    """
    bars = sound_bars(["AAA", "BBB"], 60)
    folder = tmp_path / "bars"
    folder.mkdir()
    bars.write_ndjson(folder / "bars.jsonl")
    plan = planned(tmp_path, root, data={"source": "json_lines", "path": str(folder)})
    assert plan.sources() == [str(folder / "bars.jsonl")]
    ran = [entry.partition("@")[0] for entry in plan.code("ingest_bars.py")]
    assert "walkforge.data.sources.json_lines" in ran
    read = (
        "import sys; from bar_files import ingested; "
        "print(ingested('json_lines', sys.argv[1]).bars.height)"
    )
    paths = os.pathsep.join(map(str, (root / "src", ROOT / "tests/support")))
    done = subprocess.run(
        [sys.executable, "-c", read, folder],
        env={**os.environ, "PYTHONPATH": paths},
        capture_output=True,
        text=True,
        check=True,
    )
    return int(done.stdout) == bars.height


def test_the_summary_alone_waits_for_a_figure_that_the_report_shows(
    tmp_path: Path, before, catalogue_of
) -> None:
    def inputs(plan: Plan) -> dict[str, dict[str, object]]:
        places = [
            each.place for each in catalogue.catalogue(catalogue.PAGES).values() if not each.of
        ]
        return {place: plan.inputs_of(catalogue.PAGES, place) for place in places}

    known = inputs(before)
    root = copy_of_the_project(tmp_path / "copy")
    ADD["figure"](root)
    catalogue_of(root)
    after = inputs(planned(tmp_path, root))
    assert {place for place in known if known[place] != after[place]} == {"evaluation/summary"}
    more = {*after["evaluation/summary"]["newer_than"]} - {
        *known["evaluation/summary"]["newer_than"]
    }
    assert more == {"figures/turnover_by_strategy.png"}
    del known["evaluation/summary"]["newer_than"], after["evaluation/summary"]["newer_than"]
    assert known == after


def key(root: Path) -> None:
    """A key of section `report`."""
    text = '    added: Annotated[int, Bounds(at_least=0, at_most=9), "nothing"]\n'
    insert(root / PACKAGE / "configuration/sections.py", text,
           above="    ranking_rows: Annotated[\n")  # fmt: skip
    insert(root / "config.yaml", "  added: 1 # nothing\n", above="  ranking_rows:")


def indicator(root: Path) -> None:
    """The indicator of docs/add_indicator.md, without what the library `ta` makes of it."""
    page = (ROOT / "docs/add_indicator.md").read_text()
    follow(page.partition("\n## 3. The reference\n")[0], root)
    insert(root / PACKAGE / "features/families.json", '    "williams_r_120",\n',
           above='    "rsi_14",\n')  # fmt: skip


def changed(asked: dict[str, object], plan: Plan) -> set[str]:
    return {name for name, each in asked_of(plan).items() if each != asked[name]}


def test_a_key_of_the_report_reruns_nothing(tmp_path: Path, before, asked) -> None:
    root = copy_of_the_project(tmp_path / "copy")
    assert len(touched(key, root)) == COUNTS["key"]
    after = planned(tmp_path, root)
    assert after.keys("report")["report"]["added"] == 1
    assert changed(asked, after) == set()
    assert shown_by(after) == shown_by(before)  # the summary names the keys that it takes


def test_an_indicator_reruns_what_computes_features_or_is_told_of_them(tmp_path, asked) -> None:
    root = copy_of_the_project(tmp_path / "copy")
    files = touched(indicator, root)
    assert files == {f"{PACKAGE}/features/{name}" for name in ("families.json", "momentum.py")}
    assert len(files) == COUNTS["indicator"]
    assert changed(asked, planned(tmp_path, root)) == {
        # what computes features, or computes them again: the default study selects its family
        "compute_features.py", "audit_features.py", "check_indicators.py", "audit_chain.py",
        "build_market.py",  # packs them, and knows flags from numbers
        "measure_health.py",  # says each feature's family
        "ablation",  # variants are sets of features
    }  # fmt: skip
