"""README and docs are true: every command in them is run, every file they name exists."""

import ast
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from pages import arguments, commands, environment, messages
from walkforge.reporting.catalogue import catalogue
from workflow_study import ROOT, Study

PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
README = PAGES[0].read_text()


# Commands that no test runs, and why.
NOT_RUN = {
    ".venv/bin/python -m pip install --no-deps -r requirements/yahoo.lock": "asks the network",
    ".venv/bin/python -m pip install snakemake-executor-plugin-slurm": "asks the network",
    "snakemake --profile profiles/slurm": "needs a cluster: test_cluster.py",
    "snakemake --profile profiles/slurm "
    "--slurm-status-command squeue --slurm-no-account": "needs a cluster",
    "snakemake --profile profiles/slurm --resources gpu=4": "needs a cluster",
}
# Pages whose commands tests of their own follow, in order.
FOLLOWED = {
    "README.md": "here",
    "holdout_and_backtest.md": "here",
    "ablation.md": "here",
    "robustness.md": "here",
    "rankings.md": "here",
    "own_data.md": "test_newcomer.py",
    "add_indicator.md": "test_own_parts.py",
    "add_agent.md": "test_own_parts.py",
}


@pytest.mark.slow
def test_every_command_of_a_page_is_run_or_has_a_reason_not_to_be(study: Study) -> None:
    """Plan or run what no other test follows; the same command once."""
    left = [page for page in PAGES if page.name not in FOLLOWED]
    found = {command for page in left for command in commands(page.read_text())}
    known = set(commands(README))
    assert set(NOT_RUN) <= found
    for command in sorted(found - set(NOT_RUN) - known):
        if "snakemake" in command:
            words = arguments(command)
            dry = [] if "--unlock" in words else ["-n"]
            done = study.snakemake(*dry, *words, **environment(command))
            assert done.returncode == 0, f"{command}: {done.stderr[-2_000:]}"
        else:
            assert command.startswith(("make ", "python -m walkforge.", "python workflow/")), (
                command
            )


def test_every_message_of_the_page_on_trouble_is_one_that_the_code_says() -> None:
    said = "\n".join(
        piece
        for path in [*(ROOT / "src").rglob("*.py"), *(ROOT / "workflow").glob("*.py")]
        for piece in strings(path)
    )
    found = messages((ROOT / "docs/troubleshooting.md").read_text())
    assert len(found) > 12
    for message in found:
        for piece in message.split("..."):
            assert piece in said, f"{message}: {piece!r} is said nowhere"


def test_every_page_is_linked_from_the_readme() -> None:
    for page in (ROOT / "docs").glob("*.md"):
        assert f"](docs/{page.name})" in README, page.name


def test_every_method_that_is_cited_is_among_the_references() -> None:
    body, references = (ROOT / "docs/methods.md").read_text().split("## References")
    listed = [line for line in references.splitlines() if line.startswith("- ")]
    cited = re.findall(
        r"\b([A-Z]\w+)(?:,? (?:and )?[A-Z]\w+| de Prado|'s| et al\.)* \(?((?:19|20)\d\d)\b(?!-)",
        body,
    )
    assert len(cited) > 12
    for name, year in cited:
        assert any(line.startswith(f"- {name}") and f"({year})" in line for line in listed), (
            name,
            year,
        )


def strings(path: Path) -> list[str]:
    """The constant parts of a file's texts."""
    tree = ast.parse(path.read_text())
    return [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]


def test_every_snakemake_command_of_the_readme_plans_without_fault(study: Study) -> None:
    found = [command for command in commands(README) if command.startswith("snakemake")]
    assert len(found) == 5
    (study.folder / "my_bars.parquet").write_bytes((study.folder / "bars.parquet").read_bytes())
    for command in found:
        words = [word for word in shlex.split(command)[1:] if word != "-n"]
        done = study.snakemake("-n", *words)
        assert done.returncode == 0, f"{command}: {done.stderr[-2_000:]}"


def test_the_check_of_results_that_the_readme_names_holds_of_a_run(study: Study) -> None:
    (command,) = [each for each in commands(README) if each.startswith("python -m walkforge")]
    done = subprocess.run(
        [sys.executable, *shlex.split(command)[1:]],
        cwd=study.folder, capture_output=True, text=True, check=False,
        env={"PYTHONPATH": str(ROOT / "src")},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(("page", "count"), [("holdout_and_backtest", 6), ("robustness", 3)])
def test_every_command_of_a_page_of_its_own_targets_plans(
    study: Study, page: str, count: int
) -> None:
    found = commands((ROOT / f"docs/{page}.md").read_text())
    assert len(found) == count
    for command in found:
        dry = command.replace("snakemake ", f"{sys.executable} -m snakemake -n ")
        done = subprocess.run(
            ["bash", "-c", dry], cwd=study.folder, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr[-2_000:]}"


def test_the_command_of_the_page_on_ablation_plans_and_its_agent_is_sound(study: Study) -> None:
    text = (ROOT / "docs/ablation.md").read_text()
    (command,) = commands(text)
    (example,) = re.findall(r"```yaml\n(.*?)```", text, re.S)
    (study.folder / "page.yaml").write_text(example)
    words = shlex.split(command)[1:]
    done = study.snakemake("-n", *words, "--configfile", "small.yaml", "page.yaml")
    assert done.returncode == 0, done.stderr[-2_000:]


def test_every_command_of_the_page_on_rankings_plans(study: Study) -> None:
    found = commands((ROOT / "docs/rankings.md").read_text())
    assert len(found) == 2
    for command in found:
        done = study.snakemake("-n", *shlex.split(command)[1:])
        assert done.returncode == 0, f"{command}: {done.stderr[-2_000:]}"


def test_the_example_in_python_of_the_page_on_rankings_runs(built: Study) -> None:
    (example,) = re.findall(r"```python\n(.*?)```", (ROOT / "docs/rankings.md").read_text(), re.S)
    done = subprocess.run(
        [sys.executable, "-c", example], cwd=built.folder, capture_output=True, text=True,
        check=False, env={"PYTHONPATH": str(ROOT / "src"), "OMP_NUM_THREADS": "1"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "feature_1" in done.stdout


def test_targets_stand_before_configuration_files_in_every_command() -> None:
    texts = [path.read_text() for path in [*PAGES, *sorted((ROOT / "examples").glob("*.yaml"))]]
    found = [
        each for text in texts for each in re.findall(r"snakemake [^`\n]*--configfile[^`\n]*", text)
    ]
    assert len(found) > 10
    for command in set(found) - {"snakemake --cores all --configfile my.yaml ranking"}:
        _, _, after = command.partition("--configfile ")
        files = after.split(" -")[0].split()
        assert all(word.endswith(".yaml") for word in files), command
        assert " -- " not in after, command


def test_every_make_command_exists() -> None:
    makefile = (ROOT / "Makefile").read_text()
    named = {word for page in PAGES for word in re.findall(r"`make (\w+)", page.read_text())}
    typed = [line for page in PAGES for line in commands(page.read_text())]
    named |= {line.split()[1] for line in typed if line.startswith("make ")}
    assert {"run", "test", "lint", "clean"} <= named
    for target in named:
        assert re.search(rf"^{target}:", makefile, re.M), target


def test_make_says_what_it_can_do() -> None:
    said = subprocess.run(
        ["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    assert {"run", "test", "lint", "clean"} <= {line.split()[0] for line in said.splitlines()}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_local_link_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", page.read_text()):
        if not target.startswith("http"):
            assert (page.parent / target).exists(), target


def test_every_result_that_the_readme_names_is_made(study: Study) -> None:
    made = set(study.files())
    rows = re.findall(r"^\| (results/\S+?)[ ,|]", README, re.M)
    assert len(rows) > 5
    for row in rows:
        if "logs" in row:
            continue
        wanted = row.replace("AGENT", "ppo_weights").replace("FOLD", "fold_1")
        wanted = wanted.replace("seed_SEED", "seed_0")
        assert any(path.startswith(wanted) for path in made), wanted


def test_every_page_that_the_guide_to_the_report_names_is_in_the_report() -> None:
    rules = "".join(path.read_text() for path in (ROOT / "workflow/rules").glob("*.smk"))
    shown = {Path(path).stem for path in re.findall(r'report\(\s*"([^"]+)"', rules)}
    entries = [*catalogue("pages").values(), *catalogue("figures").values()]
    shown |= {Path(entry.place).name for entry in entries if entry.category}
    _, others = (ROOT / "docs/read_report.md").read_text().split("## 5. The other pages")
    rows = re.findall(r"^\| ([\w, ]+) \|", others.partition("## 6.")[0], re.M)
    assert rows[0] == "page"
    named = {name for row in rows[1:] for name in row.split(", ")}
    assert {"chain", "sensitivity", "evidence"} <= named
    assert named <= shown


def test_the_readme_claims_no_number_that_the_page_does_not_show() -> None:
    assert not re.search(r"Sharpe[^.]*\d+\.\d{2}", README)
