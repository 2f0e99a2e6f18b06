"""A newcomer's walk, each step as README and docs say it: run, take own data, run, rank a date."""

import os
import subprocess
import sys
import time
from pathlib import Path

import polars as pl
import pytest
import yaml

from pages import commands, follow
from walkforge.configuration.strict_yaml import read_strict
from workflow_study import ROOT, Study

README = (ROOT / "README.md").read_text()
OUTER_MAKE = ("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "MAKEOVERRIDES", "ARGS")
OWN_DATA = (ROOT / "docs/own_data.md").read_text()
# Smaller than the tests' study: the walk is about what is typed and what then lies where.
SMALLER = {
    "features": {"select": ["momentum"]},
    "evaluation": {"baselines": ["cash", "equal_weight"], "random_policies": 3},
    "verdict": {"replications": 100},
}


def merged(*layers: dict) -> dict:
    """Configurations laid over each other."""
    result: dict = {}
    for layer in layers:
        for key, value in layer.items():
            both = isinstance(value, dict) and isinstance(result.get(key), dict)
            result[key] = merged(result[key], value) if both else value
    return result


def settle(folder: Path) -> None:
    """Make the copy small, with the Makefile and an environment that is installed already."""
    config = merged(
        read_strict(folder / "config.yaml"), read_strict(folder / "small.yaml"), SMALLER
    )
    (folder / "config.yaml").write_text(yaml.safe_dump(config, sort_keys=False))
    for name in ("Makefile", "pyproject.toml", "requirements.lock"):
        (folder / name).write_bytes((ROOT / name).read_bytes())
    place = folder / ".venv/bin"
    place.mkdir(parents=True)
    for name, words in {"python": "", "snakemake": "-m snakemake"}.items():
        (place / name).write_text(f'#!/bin/sh\nexec "{sys.executable}" {words} "$@"\n')
        (place / name).chmod(0o755)
    (folder / ".venv/installed-cpu").touch()


def typed(folder: Path, command: str) -> str:
    """Type a command as it stands in a page, print how long it took, and return what was said."""
    path = os.pathsep.join([str(folder / ".venv/bin"), os.environ["PATH"]])
    # what an outer make passes on (`make test ARGS=...`) is no word of the newcomer's
    kept = {name: value for name, value in os.environ.items() if name not in OUTER_MAKE}
    begun = time.monotonic()
    done = subprocess.run(
        ["bash", "-c", command], cwd=folder, capture_output=True, text=True, check=False,
        env={**kept, "PATH": path, "TORCH": "cpu", "PYTHONPATH": ""},
    )  # fmt: skip
    sys.stderr.write(f"\nnewcomer: {time.monotonic() - begun:5.1f} s  {command}\n")
    assert done.returncode == 0, f"{command}: {done.stdout[-2_000:]}{done.stderr[-4_000:]}"
    return done.stdout + done.stderr


def stands_in_the_readme(*words: str) -> str:
    """The one command of the README that begins with these words."""
    (found,) = [each for each in commands(README) if each.split()[: len(words)] == list(words)]
    return found


@pytest.mark.slow
def test_a_newcomer_gets_from_the_readme_to_a_ranking_of_own_data(unbuilt: Study) -> None:
    folder = unbuilt.folder
    results = unbuilt.folder / "results"
    settle(folder)
    said = typed(folder, stands_in_the_readme("make", "run"))
    assert "Report:  results/report.html" in said
    assert (results / "report.html").stat().st_size > 100_000
    assert "source: parquet" in (results / "config.yaml").read_text()
    first = (results / "rankings/latest.csv").read_bytes()
    policies = {path: state for path, state in unbuilt.files().items() if "/agents/" in path}

    pl.read_parquet(folder / "bars.parquet").write_csv(folder / "my_bars.csv")
    follow(OWN_DATA, folder)
    look, run, newest, dated = commands(OWN_DATA)
    typed(folder, look)
    assert "Of 6 symbols" in (results / "bars/quality.html").read_text()
    typed(folder, run)
    assert "source: csv" in (results / "config.yaml").read_text()
    # the bars are the same, so nothing was trained and the ranking is the same to the byte
    assert (results / "rankings/latest.csv").read_bytes() == first
    assert policies.items() <= unbuilt.files().items()
    assert "Nothing to be done" in typed(folder, newest)

    typed(folder, dated)
    target = next(word for word in dated.split() if word.startswith("results/"))
    ranking = pl.read_csv(folder / target)
    assert sorted(ranking["rank"]) == [1, 2, 3, 4, 5, 6]
    assert set(ranking["as_of"]) == {Path(target).parent.name}
