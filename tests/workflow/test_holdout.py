"""The hold-out is opened by request alone, is counted before it is read, and moves nothing else."""

import json
import os
import shutil
import subprocess
from collections import Counter
from pathlib import Path

import polars as pl
import pytest

from walkforge.metrics.performance import sharpe
from walkforge.provenance import sha256_file
from workflow_study import AFTER_ALL, ROOT, Study, figures, jobs_run, pages

SEALED = {"WALKFORGE__HOLDOUT__START": "2012-01-03", "WALKFORGE__HOLDOUT__END": "2012-01-21"}
POLICY = "results/agents/ppo_weights/live/seed_0/policy/manifest.json"
ACCESS = "results/holdout/access.jsonl"
PAGE = "results/holdout/holdout.html"
ROLLED = Counter({"roll_holdout": 1} | pages("holdout/holdout"))
OPENED = ROLLED + Counter({"seal_holdout": 1})


def opened(study: Study, *arguments: str, **environment: str) -> Counter[str]:
    done = study.snakemake("--cores", "2", *arguments, "open_holdout", **(SEALED | environment))
    assert done.returncode == 0, done.stderr[-4_000:]
    return jobs_run(done.stderr) - Counter({"open_holdout": 1})


def record(study: Study) -> list[str]:
    path = study.folder / ACCESS
    return path.read_text().splitlines() if path.exists() else []


def change_bars(study: Study, day: tuple[int, int, int]) -> None:
    path = study.folder / "bars.parquet"
    bars = pl.read_parquet(path)
    chosen = (pl.col("symbol") == "IBM") & (pl.col("date") == pl.date(*day))
    names = ("open", "high", "low", "close", "adj_close")
    bigger = [pl.when(chosen).then(pl.col(n) * 1.001).otherwise(pl.col(n)).alias(n) for n in names]
    bars.with_columns(bigger).write_parquet(path)


@pytest.mark.slow
def test_an_opening_is_counted_rolled_and_repeated_only_by_force(study: Study) -> None:
    before = study.files()
    assert opened(study) == OPENED
    (line,) = map(json.loads, record(study))
    assert set(line) == {"time", "config", "policies", "window", "rows_sha256"}
    assert line["window"] == {"start": "2012-01-03", "end": "2012-01-21"}
    assert line["policies"] == {POLICY: sha256_file(study.folder / POLICY)}
    assert "no hold-out was opened before" in (study.folder / PAGE).read_text()
    returns = pl.read_parquet(study.folder / "results/holdout/returns.parquet")
    assert returns["date"].unique().sort().to_list() == sessions(study)
    rolled = {"ppo_weights", "cash", "buy_and_hold", "equal_weight", "ranker"}
    assert rolled < set(returns["strategy"])
    metrics = pl.read_parquet(study.folder / "results/holdout/metrics.parquet")
    own = returns.filter(strategy="equal_weight")["net_return"].to_numpy()
    assert metrics.filter(strategy="equal_weight")["sharpe"].item() == sharpe(own, 252)
    kept = {path: state for path, state in study.files().items() if path in before}
    assert {path for path in before if kept.get(path) != before[path]} <= AFTER_ALL

    assert opened(study) == Counter()
    assert len(record(study)) == 1

    first = returns_hash(study)
    assert opened(study, "-R", "roll_holdout", "--") == ROLLED
    assert len(record(study)) == 2
    assert "a hold-out was opened once before" in (study.folder / PAGE).read_text()
    assert returns_hash(study) == first


def returns_hash(study: Study) -> str:
    return sha256_file(study.folder / "results/holdout/returns.parquet")


def sessions(study: Study) -> list[object]:
    days = pl.read_parquet(study.folder / "bars.parquet")["date"].unique().sort().to_list()
    return [day for day in days if str(day) >= "2012-01-03"]


@pytest.mark.slow
def test_the_record_is_written_before_a_row_is_read(study: Study) -> None:
    assert opened(study) == OPENED
    damage = study.folder / "results/features/market.safetensors"
    times = damage.stat()
    content = bytearray(damage.read_bytes())
    content[-1] ^= 1
    damage.write_bytes(content)
    os.utime(damage, ns=(times.st_atime_ns, times.st_mtime_ns))
    done = study.snakemake("--cores", "2", "-R", "roll_holdout", "--", "open_holdout", **SEALED)
    said = done.stdout + done.stderr
    assert done.returncode != 0
    assert "HASH: results/features/market.safetensors" in said
    assert "Traceback" not in said
    assert len(record(study)) == 2


@pytest.mark.slow
def test_where_the_opening_cannot_be_recorded_nothing_is_read(study: Study) -> None:
    (study.folder / ACCESS).mkdir(parents=True)
    done = study.snakemake("--cores", "2", "--", "open_holdout", **SEALED)
    said = done.stdout + done.stderr
    assert done.returncode != 0
    assert "access.jsonl: cannot be read: is a folder: put a regular file in its place" in said
    assert not (study.folder / "results/holdout/returns.parquet").exists()
    assert "Traceback" not in said


def test_all_depends_neither_on_the_holdout_nor_on_a_backtest(study: Study) -> None:
    planned = study.planned("--forceall", **SEALED)
    assert planned["cut_folds"] == 1
    assert not {"roll_holdout", "open_holdout", "backtest_policy", "backtest"} & set(planned)
    sealing = {"seal_holdout": 1, "record_config": 1, "write_provenance": 1}
    sealing |= figures("folds") | pages("evaluation/summary")
    assert study.planned(**SEALED) == Counter(sealing)


@pytest.mark.slow
def test_a_bar_that_changes_inside_moves_rankings_and_the_holdout_alone(study: Study) -> None:
    assert opened(study) == OPENED
    change_bars(study, (2012, 1, 10))
    ran = study.build()
    assert not {"train_agent", "evaluate_agent", "evaluate_baselines", "roll_holdout"} & set(ran)
    assert ran["rank_symbols"] == 1
    assert len(record(study)) == 1
    assert opened(study) == OPENED
    assert len(record(study)) == 2


@pytest.mark.slow
def test_a_bar_after_the_holdout_does_not_open_it(study: Study) -> None:
    assert opened(study) == OPENED
    study.append_bar()
    study.build()
    assert opened(study) == Counter({"seal_holdout": 1})
    assert len(record(study)) == 1


MISTAKES = {
    "nothing sealed": ({}, ["no hold-out is sealed", "holdout.start"]),
    "half": ({"WALKFORGE__HOLDOUT__START": "2012-01-03"}, ["holdout: start is '2012-01-03'"]),
    "read by folds": (
        SEALED | {"WALKFORGE__HOLDOUT__START": "2012-01-02"},
        ["holdout.start: 2012-01-02 is before splits.end 2012-01-03", "may not read sealed dates"],
    ),
    "outside the data": (
        SEALED | {"WALKFORGE__HOLDOUT__END": "2012-03-01"},
        ["holdout.end 2012-03-01 is after the data", "2012-01-20"],
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_told_and_opens_nothing(study: Study, name: str) -> None:
    environment, expected = MISTAKES[name]
    done = study.snakemake("--cores", "2", "--", "open_holdout", **environment)
    said = done.stdout + done.stderr
    assert done.returncode != 0
    assert "Traceback" not in said
    for words in expected:
        assert words in said
    folder = study.folder / "results/holdout"
    assert [file for file in Path(folder).rglob("*") if file.is_file()] == []


def cleaned(folder: Path) -> subprocess.CompletedProcess[str]:
    command = ["make", "-f", str(ROOT / "Makefile"), "clean"]
    return subprocess.run(command, cwd=folder, check=False, capture_output=True, text=True)


@pytest.fixture
def full(tmp_path: Path) -> Path:
    """A folder with what a run leaves, and the script that cleans."""
    folder = tmp_path / "with a space"
    for name in ("trials/1.json", "holdout/access.jsonl", "bars/a b.parquet", ".report.html"):
        (folder / "results" / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / "results" / name).write_text("{}\n")
    for name in (".snakemake", ".work", "envs"):
        (folder / name).mkdir()
    shutil.copy(ROOT / "envs/clean.sh", folder / "envs")
    return folder


@pytest.mark.parametrize("linked", ["", "results", "results/trials", "results/bars"])
def test_cleaning_removes_results_through_a_link_and_keeps_the_records(
    full: Path, tmp_path: Path, linked: str
) -> None:
    if linked:
        (full / linked).rename(tmp_path / "other disk")
        (full / linked).symlink_to(tmp_path / "other disk")
    done = cleaned(full)
    assert done.returncode == 0, done.stderr
    assert {path.name for path in (full / "results").iterdir()} == {"holdout", "trials"}
    assert (full / "results/holdout/access.jsonl").read_text() == "{}\n"
    assert (full / "results/trials/1.json").read_text() == "{}\n"
    assert not (full / ".snakemake").exists()
    named = "results/bars was a link: what it points to stays"
    assert (named in done.stdout) == (linked == "results/bars")
    assert (tmp_path / "other disk/a b.parquet").exists() == (linked == "results/bars")
    assert cleaned(full).returncode == 0


def test_cleaning_says_that_results_are_no_folder(full: Path) -> None:
    shutil.rmtree(full / "results")
    (full / "results").write_text("notes\n")
    done = cleaned(full)
    assert done.returncode != 0
    assert "results is a file, no folder: nothing is removed" in done.stderr
    assert (full / "results").read_text() == "notes\n"
    assert (full / ".snakemake").exists()


def test_cleaning_says_that_a_link_leads_nowhere(full: Path) -> None:
    shutil.rmtree(full / "results")
    (full / "results").symlink_to("gone")
    done = cleaned(full)
    assert done.returncode != 0
    assert "results is a link to gone, which is no folder" in done.stderr
    assert (full / ".snakemake").exists()
