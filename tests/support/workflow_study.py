"""A copy of the project with small real data, and Snakemake run in it as a user would."""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import polars as pl
import yaml

from walkforge.data.config import data_config
from walkforge.data.reading import read_parts
from walkforge.data.sample import read_sample
from walkforge.provenance import sha256_file

ROOT = Path(__file__).parents[2]
COPIED = ["Snakefile", "config.yaml", "workflow", "src", "profiles", "docs", "envs", "examples"]
SHOWN = ("write_page", "plot_figure")  # rules that many pages and figures share
# What every run writes at its end, of all that stands in results.
AFTER_ALL = {f"results/{name}" for name in ("report.html", "manifest.json", "manifest.json.sha256")}


@dataclass(frozen=True)
class Study:
    """A copy of the project in a folder of its own."""

    folder: Path

    def snakemake(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run snakemake here with the small configuration."""
        given = ["--configfile", "small.yaml", *arguments]
        if "-n" in arguments:
            return planned_by_loaded(self.folder, given, {**os.environ, **environment})
        return subprocess.run(
            [sys.executable, "-m", "snakemake", *given],
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, **environment},
        )

    def python(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run Python here with this copy's code."""
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "PYTHONPATH": str(self.folder / "src")},
        )

    def build(self, *arguments: str) -> Counter[str]:
        """Run to the end and return how many jobs of each rule ran."""
        done = self.snakemake("--cores", "2", *arguments)
        assert done.returncode == 0, done.stderr[-4_000:]
        return jobs_run(done.stderr)

    def planned(self, *arguments: str, **environment: str) -> Counter[str]:
        """How many jobs of each rule a dry run plans."""
        done = self.snakemake("-n", *arguments, **environment)
        assert done.returncode == 0, done.stderr[-4_000:]
        return jobs_planned(done.stdout + done.stderr)

    def edit(self, path: str, change: Callable[[str], str]) -> None:
        """Rewrite one file."""
        file = self.folder / path
        before = file.read_text()
        after = change(before)
        assert after != before, f"the edit of {path} changes nothing"
        file.write_text(after)

    def append_bar(self) -> None:
        """Add one session to every symbol of the source, on the weekday after its last."""
        path = self.folder / "bars.parquet"
        bars = pl.read_parquet(path)
        last = bars.filter(pl.col("date") == bars["date"].max())
        moved = pl.col("date").dt.add_business_days(1)
        bigger = [pl.col(name) * 1.01 for name in ("open", "high", "low", "close", "adj_close")]
        pl.concat([bars, last.with_columns(moved, *bigger)]).write_parquet(path)

    def remove_bars(self, count: int) -> None:
        """Take some sessions of one symbol out of the source."""
        path = self.folder / "bars.parquet"
        bars = pl.read_parquet(path)
        bars.filter(~pl.int_range(pl.len()).is_between(100, 99 + count)).write_parquet(path)

    def files(self) -> dict[str, tuple[str, int]]:
        """Hash and time of every result but logs."""
        return {
            str(path.relative_to(self.folder)): (sha256_file(path), path.stat().st_mtime_ns)
            for path in (self.folder / "results").rglob("*")
            if path.is_file() and "logs" not in path.parts
        }

    def as_of(self) -> str:
        """The date of the newest ranking."""
        text = (self.folder / "results/folds/latest.json").read_text()
        return str(json.loads(text)["as_of"])


@cache
def loaded_snakemake() -> subprocess.Popen[str]:
    """The process of Snakemake, loaded once, that this process asks for plans."""
    command = [sys.executable, str(Path(__file__).with_name("loaded_snakemake.py"))]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def planned_by_loaded(
    folder: Path, arguments: list[str], environment: dict[str, str]
) -> subprocess.CompletedProcess[str]:
    """What `python -m snakemake` with -n does in a folder, by a Snakemake that is loaded."""
    process = loaded_snakemake()
    with tempfile.TemporaryDirectory() as place:
        files = {name: f"{place}/{name}" for name in ("said", "warned")}
        asked = {"folder": str(folder), "arguments": arguments, "environment": environment}
        assert process.stdin
        assert process.stdout
        process.stdin.write(json.dumps(asked | files) + "\n")
        process.stdin.flush()
        code = int(process.stdout.readline())
        said, warned = (Path(file).read_text() for file in files.values())
    return subprocess.CompletedProcess(arguments, code, said, warned)


def copied_project(folder: Path) -> Path:
    """Copy the project and its small data into a folder, nothing run yet; return the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            ignored = shutil.ignore_patterns("__pycache__", "*.egg-info")
            shutil.copytree(source, folder / name, ignore=ignored)
        else:
            shutil.copy(source, folder / name)
    shutil.copy(ROOT / "tests/config.yaml", folder / "small.yaml")
    sample_rows().write_parquet(folder / "bars.parquet")
    return folder


def jobs_run(log: str) -> Counter[str]:
    """How many jobs of each rule a log says were started; of a page or a figure with its name."""
    return Counter(name for name in started(log) if name != "all")


def jobs_planned(log: str) -> Counter[str]:
    """The table of jobs that a dry run prints; pages and figures are counted each by its name."""
    rows = re.findall(r"^(\w+) +(\d+)$", log, re.M)
    counts = {name: int(count) for name, count in rows}
    named = [name for name in started(log) if name.split(" ")[0] in SHOWN]
    rest = {name: n for name, n in counts.items() if name not in ("all", "total", *SHOWN)}
    assert sum(counts.get(name, 0) for name in SHOWN) == len(named)
    return Counter(rest) + Counter(named)


def started(log: str) -> Iterator[str]:
    """The rules of the jobs that a log tells, a page's and a figure's followed by its name."""
    told = r"^(?:local)?(?:rule|checkpoint) (\w+):\n((?:    .*\n)*)"
    for rule, lines in re.findall(told, log, re.M):
        named = re.search(r"^    wildcards: \w+=(\S+)$", lines, re.M)
        yield f"{rule} {named[1]}" if rule in SHOWN and named else rule


def pages(*names: str) -> dict[str, int]:
    """One job for each page, as jobs are counted."""
    return {f"write_page {name}": 1 for name in names}


def figures(*names: str) -> dict[str, int]:
    """One job for each figure, as jobs are counted."""
    return {f"plot_figure {name}": 1 for name in names}


def sample_rows() -> pl.DataFrame:
    """The packaged sample's raw rows from late 2004 to early 2012."""
    section = yaml.safe_load((ROOT / "config.yaml").read_text())["data"]
    del section["quality_gate"]
    config = data_config(section)
    rows = read_parts(read_sample(config), config, zone="America/New_York").rows
    kept = rows.filter(pl.col("date").is_between(pl.date(2004, 9, 1), pl.date(2012, 1, 20)))
    return kept.drop("row", "part", "line", "second", "code")
