"""The house: imports point one way, adapters stay small, environments hold the lock's pins."""

import ast
import re
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import pytest
import yaml

from walkforge.digests import code_digest
from walkforge.registry import PLACES, baselines, modules
from walkforge.reporting.catalogue import FIGURES, PAGES, catalogue

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src"
ORDER = ["data", "features", "splits", "market", "metrics", "agents", "evaluation"]
LAST = ["reporting", "ranking"]  # side by side: neither imports the other
BASE = {"errors", "configuration", "manifests", "provenance", "frames", "digests", "console",
        "compiler", "lifeline", "foreign", "registry", "settings"}  # fmt: skip
EXTRAS = {"yfinance"}  # imported where it is used, and installed by who wants it
INDEPENDENT = "verify"  # checks results, and shares no code with what made them
OUTSIDE = {"numpy", "polars", "yaml"}  # all that it takes beside the standard library
SCRIPTS = sorted((ROOT / "workflow/scripts").glob("*.py"))
NO_TORCH = ["ingest_bars", "compute_features", "build_market", "check_indicators",
            "audit_features", "cut_folds", "measure_health", "stitch_returns", "publish_ranking",
            "measure_ablation", "cut_splits", "measure_robustness", "measure_sensitivity",
            "write_page", "plot_figure", "plot_trades", "write_provenance"]  # fmt: skip
# Rules that render; all others measure, and what they write holds no look.
RENDER = {"write_page", "write_provenance", "plot_figure", "plot_trades"}
SHOWN = {"write_page": catalogue(PAGES), "plot_figure": catalogue(FIGURES)}


def imported(path: Path) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add(node.module or "")
    return names


def allowed(package: str) -> set[str]:
    if package in LAST:
        return {*ORDER, package}
    return set(ORDER[: ORDER.index(package) + 1])


@pytest.mark.parametrize("package", [*ORDER, *LAST])
def test_imports_point_one_way(package: str) -> None:
    for path in (SOURCE / "walkforge" / package).rglob("*.py"):
        for name in imported(path):
            if name.startswith("walkforge."):
                assert name.split(".")[1] in allowed(package) | BASE, f"{path} imports {name}"


def test_no_package_or_module_reaches_itself_through_others() -> None:
    reached: dict[str, set[str]] = {}
    for path in (SOURCE / "walkforge").rglob("*.py"):
        own = path.relative_to(SOURCE / "walkforge").parts[0].removesuffix(".py")
        named = {name.split(".")[1] for name in imported(path) if name.startswith("walkforge.")}
        reached[own] = reached.get(own, set()) | (named - {own})
    assert {"configuration", "data"} <= set(reached)
    order = TopologicalSorter(reached)
    order.prepare()  # raises CycleError, which names the circle


def test_the_check_of_results_shares_no_code_with_what_made_them() -> None:
    files = sorted((SOURCE / "walkforge" / INDEPENDENT).rglob("*.py"))
    assert files
    for path in files:
        for name in imported(path):
            package, *inner = name.split(".")
            if package == "walkforge":
                assert inner[:1] == [INDEPENDENT], f"{path} imports {name}"
            else:
                assert package in OUTSIDE | sys.stdlib_module_names, f"{path} imports {name}"


def test_nothing_imports_the_check_of_results() -> None:
    for folder in ("src", "workflow"):
        for path in (ROOT / folder).rglob("*.py"):
            if INDEPENDENT not in path.parts:
                own = f"walkforge.{INDEPENDENT}"
                assert not any(name.startswith(own) for name in imported(path)), path


def test_the_core_knows_neither_snakemake_nor_results() -> None:
    for path in (SOURCE / "walkforge").rglob("*.py"):
        assert not any(name.startswith("snakemake") for name in imported(path)), path
        strings = [
            node.value
            for node in ast.walk(ast.parse(path.read_text()))
            if isinstance(node, ast.Constant) and isinstance(node.value, str)
        ]
        assert not any(text.startswith("results/") for text in strings), path


@pytest.mark.parametrize("script", NO_TORCH)
def test_stages_before_the_market_and_pages_do_not_reach_torch(script: str) -> None:
    reached = code_digest(ROOT / f"workflow/scripts/{script}.py", SOURCE, shown_by(script))
    assert not any(entry.startswith(("torch==", "stable_baselines3==")) for entry in reached)


def shown_by(script: str) -> list[str]:
    """The modules that a script loads from the catalogue of pages and figures."""
    return [*SHOWN.get(script, ())]


@pytest.mark.parametrize("path", [each for each in SCRIPTS if each.stem not in RENDER])
def test_what_measures_does_not_reach_what_renders(path: Path) -> None:
    reached = code_digest(path, SOURCE)
    assert not [entry for entry in reached if entry.startswith("walkforge.reporting")]


def test_what_renders_is_loaded_by_name_alone() -> None:
    for script, shown in SHOWN.items():
        reached = code_digest(ROOT / f"workflow/scripts/{script}.py", SOURCE)
        assert shown
        assert not {entry.partition("@")[0] for entry in reached} & set(shown)


def test_planning_reaches_nothing_heavy() -> None:
    reached = code_digest(SOURCE / "walkforge/planning.py", SOURCE)
    versions = {entry.partition("==")[0] for entry in reached if "==" in entry}
    assert versions <= {"PyYAML", "jsonschema"}


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_adapters_have_at_most_40_lines_and_a_rule_and_a_log_of_their_name(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= 40
    rules = "".join(file.read_text() for file in (ROOT / "workflow/rules").glob("*.smk"))
    assert re.search(rf"^(rule|checkpoint) {path.stem}:", rules, re.M)
    assert f'"../scripts/{path.name}"' in rules
    assert f"results/logs/{path.stem}" in rules


def test_the_snakefile_and_common_rules_stay_small() -> None:
    assert len((ROOT / "Snakefile").read_text().splitlines()) <= 45
    families = (
        "data",
        "features",
        "splits",
        "training",
        "evaluation",
        "ablation",
        "ranking",
        "figures",
        "reporting",
        "robustness",
    )
    for name in families:
        text = (ROOT / f"workflow/rules/{name}.smk").read_text()
        assert re.search(rf"^rule {name}:", text, re.M)
        assert "lambda" not in text


def locked() -> dict[str, str]:
    text = (ROOT / "requirements.lock").read_text()
    pins = {"torch": re.search(r"version=([\d.]+)", (ROOT / "envs/install.sh").read_text())[1]}
    for line in text.splitlines():
        match = re.match(r"([A-Za-z0-9._-]+)==([^ ;\\]+)(?: ;(.*?))?\s*\\?$", line)
        if match and (not match[3] or "< '3.12'" in match[3]):
            pins[normal(match[1])] = match[2]
    return pins


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def test_the_lock_has_hashes_for_everything_and_leaves_torch_out() -> None:
    text = (ROOT / "requirements.lock").read_text()
    blocks = re.split(r"\n(?=[A-Za-z])", text.strip())
    assert all("--hash=sha256:" in block for block in blocks)
    assert not re.search(r"^torch==", text, re.M)
    assert "nvidia" not in text
    development = (ROOT / "requirements/dev.lock").read_text()
    assert all(block in development for block in blocks)


@pytest.mark.parametrize("family", sorted((ROOT / "workflow/rules").glob("[!c]*.smk")))
def test_each_environment_pins_what_its_rules_import_as_the_lock_does(family: Path) -> None:
    text = family.read_text()
    environments = set(re.findall(r'"\.\./\.\./envs/(\w+)\.yaml"', text))
    assert environments == {family.stem}
    environment = yaml.safe_load((ROOT / f"envs/{family.stem}.yaml").read_text())
    pins = dict(
        pin.split("==") for part in environment["dependencies"] if isinstance(part, dict)
        for pin in part["pip"]
    )  # fmt: skip
    named = [module for kind in PLACES for module in modules(kind).values()]
    needed = set()
    for script in re.findall(r"scripts/(\w+\.py)", text):
        own = (ROOT / f"workflow/scripts/{script}").read_text()
        dynamic = named if re.search("agents|ensemble", own) else []
        dynamic = [*dynamic, *shown_by(script.removesuffix(".py"))]
        reached = code_digest(ROOT / "workflow/scripts" / script, SOURCE, dynamic)
        names = {entry.partition("@")[0] for entry in reached}
        if "walkforge.evaluation.roll_baselines" in names:
            dynamic = [*dynamic, *baselines().values()]
        if "walkforge.data.ingest" in names:
            dynamic = [*dynamic, *modules("source").values()]
        reached = code_digest(ROOT / "workflow/scripts" / script, SOURCE, dynamic)
        needed |= {normal(entry.partition("==")[0]) for entry in reached if "==" in entry}
    needed -= EXTRAS
    assert set(map(normal, pins)) == needed
    lock = locked()
    assert {normal(name): version for name, version in pins.items()} == {
        name: lock[name] for name in needed
    }
