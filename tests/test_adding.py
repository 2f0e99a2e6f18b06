"""Adding one of each kind takes few files, and reruns nothing that is there already."""

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from bar_files import sound_bars
from configurations import ROOT
from pages import follow
from planned import asked_of, copy_of_the_project, planned, shown_by
from walkforge.planning import Plan
from walkforge.reporting import catalogue

pytestmark = pytest.mark.xdist_group("adding")  # they share one copy of the project

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

RULE = """

rule count_bars:
    input:
        bars="results/bars/bars.parquet",
    output:
        counts="results/features/counts.parquet",
    log:
        "results/logs/count_bars.log",
    conda:
        "../../envs/features.yaml"
    params:
        code=PLAN.code("count_bars.py"),
    script:
        "../scripts/count_bars.py"
"""
SCRIPT = '''"""Count the bars of each symbol."""

from pathlib import Path

from walkforge.console import redirect_to
from walkforge.frames import parquet_content, read_frame
from walkforge.provenance import write_artifacts

redirect_to(snakemake.log[0])
counts = read_frame(Path(snakemake.input.bars)).group_by("symbol").len().sort("symbol")
write_artifacts(snakemake, {Path(snakemake.output.counts): parquet_content(counts)})
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


def key(root: Path) -> None:
    """A key of section `report`."""
    text = '    added: Annotated[int, Bounds(at_least=0, at_most=9), "nothing"]\n'
    insert(root / PACKAGE / "configuration/sections.py", text,
           above="    ranking_rows: Annotated[\n")  # fmt: skip
    insert(root / "config.yaml", "  added: 1 # nothing\n", above="  ranking_rows:")


def rule(root: Path) -> None:
    with (root / "workflow/rules/features.smk").open("a") as rules:
        rules.write(RULE)
    (root / "workflow/scripts/count_bars.py").write_text(SCRIPT)


# Of each kind but an indicator, which families that are selected may hold.
ADD: Mapping[str, Callable[[Path], None]] = {
    "reward": by_the_page("A reward"),
    "network": by_the_page("A network"),
    "algorithm": by_the_page("An algorithm"),
    "scheme": scheme,
    "source": lambda root: follow(SOURCES_PAGE.partition("## Adding a source")[2], root),
    "baseline": new("evaluation/baselines/added.py", BASELINE),
    "figure": new("reporting/figures/added.py", FIGURE),
    "page": new("reporting/pages/added.py", PAGE),
    "key": key,
    "rule": rule,
}


def contents(root: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}


def touched(add: Callable[[Path], None], root: Path) -> set[str]:
    """The files that adding one writes."""
    before = contents(root)
    add(root)
    after = contents(root)
    return {str(path.relative_to(root)) for path in after if after[path] != before.get(path)}


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A plan, and what its jobs, pages and figures ask of it."""

    plan: Plan
    jobs: dict[str, object]
    shown: dict[str, object]
    inputs: dict[str, dict[str, object]]


@contextmanager
def catalogue_of(root: Path) -> Iterator[None]:
    """Have the catalogue of pages and figures read a copy."""
    own = catalogue.__file__
    try:
        catalogue.__file__ = str(root / PACKAGE / "reporting/catalogue.py")
        catalogue.catalogue.cache_clear()
        yield
    finally:
        catalogue.__file__ = own
        catalogue.catalogue.cache_clear()


def asked_in(folder: Path, root: Path = ROOT) -> Asked:
    """What is asked in a copy of the project."""
    with catalogue_of(root):
        plan = planned(folder, root)
        pages = [each for each in catalogue.catalogue(catalogue.PAGES).values() if not each.of]
        inputs = {each.place: plan.inputs_of(catalogue.PAGES, each.place) for each in pages}
        return Asked(plan=plan, jobs=asked_of(plan), shown=shown_by(plan), inputs=inputs)


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Asked:
    return asked_in(tmp_path_factory.mktemp("before"))


@dataclass(frozen=True, kw_only=True)
class Grown:
    """A copy of the project to which one of each kind of ADD was added, by the files of each."""

    root: Path
    files: dict[str, set[str]]
    asked: Asked


@pytest.fixture(scope="module")
def grown(tmp_path_factory: pytest.TempPathFactory) -> Grown:
    folder = tmp_path_factory.mktemp("grown")
    root = copy_of_the_project(folder / "copy")
    files = {kind: touched(add, root) for kind, add in ADD.items()}
    return Grown(root=root, files=files, asked=asked_in(folder, root))


def test_each_kind_takes_as_many_files_as_the_table_says(grown: Grown) -> None:
    assert {kind: len(files) for kind, files in grown.files.items()} == {
        kind: COUNTS[kind] for kind in ADD
    }
    assert COUNTS.keys() == {*ADD, "indicator"}
    assert max(COUNTS.values()) <= 2


def test_no_job_reruns_for_what_is_added(grown: Grown, before: Asked) -> None:
    jobs = dict(grown.asked.jobs)
    assert jobs.pop("count_bars.py")  # the new rule's own
    assert jobs == before.jobs


def test_pages_and_figures_rerun_for_their_own_alone(grown: Grown, before: Asked) -> None:
    found = grown.asked.shown
    added = {f"walkforge.reporting.{kind}.added" for kind in ("pages", "figures")}
    assert found.keys() - before.shown.keys() == added
    # The summary names the keys that it takes, so that one more of the report's reruns nothing.
    assert {name: each for name, each in found.items() if name not in added} == before.shown
    assert grown.asked.plan.keys("report")["report"]["added"] == 1


def test_the_summary_alone_waits_for_a_figure_that_the_report_shows(
    grown: Grown, before: Asked
) -> None:
    places = {*before.inputs}
    differ = {place for place in places if grown.asked.inputs[place] != before.inputs[place]}
    assert differ == {"evaluation/summary"}
    known, now = (dict(each.inputs["evaluation/summary"]) for each in (before, grown.asked))
    more = {*now.pop("newer_than")} - {*known.pop("newer_than")}
    assert more == {"figures/turnover_by_strategy.png"}
    assert now == known


def test_what_is_added_is_known_by_its_name(tmp_path: Path, grown: Grown, before: Asked) -> None:
    own = {"algorithm": "reinforce", "network": "linear", "scheme": "added", "reward": "downside"}
    chosen = [*before.plan.config["evaluation"]["baselines"], "added"]
    given = {"agents": {"own": {**own, "overrides": {}}}, "evaluation": {"baselines": chosen}}
    plan = planned(tmp_path, grown.root, **given)
    code = {entry.partition("@")[0] for entry in plan.code("evaluate_baselines.py", "own")}
    assert code >= {
        "walkforge.evaluation.baselines.added", "walkforge.market.schemes.added",
        "walkforge.market.rewards.downside", "walkforge.agents.networks.linear",
    }  # fmt: skip


def test_a_source_by_the_page_is_planned_and_read(tmp_path: Path, grown: Grown) -> None:
    bars = sound_bars(["AAA", "BBB"], 60)
    folder = tmp_path / "bars"
    folder.mkdir()
    bars.write_ndjson(folder / "bars.jsonl")
    chosen = {"source": "json_lines", "path": str(folder)}
    plan = planned(tmp_path, grown.root, data=chosen)
    assert plan.sources() == [str(folder / "bars.jsonl")]
    code = {entry.partition("@")[0] for entry in plan.code("ingest_bars.py")}
    assert "walkforge.data.sources.json_lines" in code
    read = (  # by the copy's package, which is another than the one that is imported here
        "import sys; from bar_files import ingested; "
        "print(ingested('json_lines', sys.argv[1]).bars.height)"
    )
    paths = os.pathsep.join(map(str, (grown.root / "src", ROOT / "tests/support")))
    done = subprocess.run(
        [sys.executable, "-c", read, folder],
        env={**os.environ, "PYTHONPATH": paths},
        capture_output=True,
        text=True,
        check=True,
    )
    assert int(done.stdout) == bars.height


def indicator(root: Path) -> None:
    """The indicator of docs/add_indicator.md, without what the library `ta` makes of it."""
    page = (ROOT / "docs/add_indicator.md").read_text()
    follow(page.partition("\n## 3. The reference\n")[0], root)
    insert(root / PACKAGE / "features/families.json", '    "williams_r_120",\n',
           above='    "rsi_14",\n')  # fmt: skip


def test_an_indicator_reruns_what_computes_features_or_is_told_of_them(
    tmp_path: Path, before: Asked
) -> None:
    root = copy_of_the_project(tmp_path / "copy")
    files = touched(indicator, root)
    assert files == {f"{PACKAGE}/features/{name}" for name in ("families.json", "momentum.py")}
    assert len(files) == COUNTS["indicator"]
    after = asked_of(planned(tmp_path, root))
    assert {name for name, each in after.items() if each != before.jobs[name]} == {
        # what computes features, or computes them again: the default study selects its family
        "compute_features.py", "audit_features.py", "check_indicators.py", "audit_chain.py",
        "build_market.py",  # packs them, and knows flags from numbers
        "measure_health.py",  # says each feature's family
        "ablation",  # variants are sets of features
    }  # fmt: skip
