"""A given policy is rolled through given data, and nothing is trained for it."""

import shutil
import subprocess
from collections import Counter
from pathlib import Path

import polars as pl
import pytest

from workflow_study import Study, jobs_run, pages

LIVE = "results/agents/ppo_weights/live/seed_0/policy"
WARM_IN_DAYS = 60  # evaluation.warm_in_days of config.yaml
ROLLED = Counter({"backtest_policy": 1} | pages("backtest/metrics"))
RESULTS = {
    f"results/backtest/{name}{end}"
    for name in (
        *(f"{frame}.parquet" for frame in ("daily", "weights", "ledger", "metrics")),
        "backtest.json",
        "metrics.html",
    )
    for end in ("", ".sha256")
}


def run(study: Study, policy: str, **window: str) -> subprocess.CompletedProcess[str]:
    given = {f"WALKFORGE__BACKTEST__{key.upper()}": value for key, value in window.items()}
    given["WALKFORGE__BACKTEST__POLICY"] = policy
    return study.snakemake("--cores", "1", "backtest", **given)


def backtested(study: Study, policy: str, **window: str) -> Counter[str]:
    done = run(study, policy, **window)
    assert done.returncode == 0, done.stderr[-4_000:]
    return jobs_run(done.stderr) - Counter({"backtest": 1})


def page(study: Study) -> str:
    return (study.folder / "results/backtest/metrics.html").read_text()


def test_a_window_gives_the_same_days_as_the_evaluation_of_its_fold(study: Study) -> None:
    policy = "results/agents/ppo_weights/fold_1/seed_0/policy"
    assert backtested(study, policy, start="2010-01-03", end="2011-01-03") == ROLLED
    folder = study.folder / "results/evaluation/ppo_weights/fold_1/seed_0"
    for name in ("daily", "weights", "ledger"):
        own = pl.read_parquet(study.folder / f"results/backtest/{name}.parquet")
        assert own.equals(pl.read_parquet(folder / f"{name}.parquet"))
    assert "none of these dates" in page(study)


@pytest.mark.slow
def test_null_dates_are_all_after_the_warm_up_and_training_is_told(study: Study) -> None:
    before = set(study.files())
    done = run(study, LIVE)
    assert done.returncode == 0, done.stderr[-4_000:]
    assert set(study.files()) - before == RESULTS
    assert "warning: The policy's training could read 2007-01-03 up to 2012-01-03" in done.stderr
    assert "the window overlaps it from 2007-01-03 up to 2012-01-03" in page(study)
    features = pl.read_parquet(study.folder / "results/features/features.parquet")
    whole = features.drop_nulls()["date"].unique().sort().to_list()
    daily = pl.read_parquet(study.folder / "results/backtest/daily.parquet")
    assert daily["date"].to_list() == whole[1 + WARM_IN_DAYS :]
    assert backtested(study, LIVE) == Counter()
    assert backtested(study, str(study.folder / LIVE)) == Counter()


@pytest.mark.slow
def test_a_changed_policy_runs_again_and_none_is_trained_for_it(study: Study) -> None:
    copy = study.folder / "kept/best"
    shutil.copytree(study.folder / LIVE, copy)
    assert backtested(study, "kept/best") == ROLLED
    assert "cannot be told from its folder" in page(study)
    first = pl.read_parquet(study.folder / "results/backtest/daily.parquet")
    shutil.rmtree(copy)
    shutil.copytree(study.folder / LIVE.replace("live", "fold_1"), copy)
    assert backtested(study, "kept/best") == ROLLED
    assert not first.equals(pl.read_parquet(study.folder / "results/backtest/daily.parquet"))
    study.edit("small.yaml", lambda text: text.replace("episode_days: 60", "episode_days: 61"))
    assert backtested(study, LIVE) == ROLLED


@pytest.mark.slow
def test_other_data_in_a_folder_of_its_own_leaves_the_study_alone(study: Study) -> None:
    before = study.files()
    other = study.folder / "other"
    other.mkdir()
    bars = pl.read_parquet(study.folder / "bars.parquet")
    bars.filter(pl.col("symbol").is_in(["AAPL", "IBM", "NVDA"])).write_parquet(
        other / "bars.parquet"
    )
    done = study.snakemake(
        "--cores", "2", "--directory", "other", "backtest",
        WALKFORGE__BACKTEST__POLICY=str(study.folder / LIVE),
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-4_000:]
    ran = jobs_run(done.stderr)
    assert not {"train_agent", "cut_folds", "audit_features"} & set(ran)
    assert ran["backtest_policy"] == 1
    weights = pl.read_parquet(other / "results/backtest/weights.parquet")
    assert set(weights["symbol"]) <= {"AAPL", "IBM", "NVDA", "cash"}
    assert "the window overlaps it" in (other / "results/backtest/metrics.html").read_text()
    assert study.files() == before


def refused(study: Study, policy: str | None, *expected: str, **window: str) -> None:
    done = run(study, "null" if policy is None else policy, **window)
    said = done.stdout + done.stderr
    assert done.returncode != 0
    assert "Traceback" not in said
    for words in expected:
        assert words in said
    assert not list((study.folder / "results/backtest").glob("*"))


@pytest.mark.slow
def test_a_mistake_is_told_and_nothing_is_written(study: Study) -> None:
    refused(study, None, "backtest.policy is null", "WALKFORGE__BACKTEST__POLICY=")
    refused(study, "nowhere", "backtest.policy 'nowhere'", "holds no manifest.json", "train first")
    refused(study, f"{LIVE}/manifest.json", "holds no manifest.json")
    shutil.copytree(study.folder / LIVE, study.folder / "a{b}")
    refused(study, "'a{b}'", "has a brace")
    refused(study, LIVE, "backtest.start 2006-01-03 is before 200", start="2006-01-03")
    refused(
        study, LIVE, "backtest.end 2013-01-03 is after the data", "2012-01-20", end="2013-01-03"
    )
    refused(study, LIVE, "hold no session", start="2011-12-24", end="2011-12-26")
    refused(study, LIVE, "backtest.end: 2010", start="2011-01-03", end="2010-01-03")
    assert study.planned(WALKFORGE__BACKTEST__POLICY="nowhere") == Counter(
        {"record_config": 1, "write_provenance": 1} | pages("evaluation/summary")
    )


@pytest.mark.slow
def test_a_damaged_policy_is_told(study: Study) -> None:
    copy = study.folder / "damaged"
    shutil.copytree(study.folder / LIVE, copy)
    flip(copy / "policy.safetensors")
    refused(study, "damaged", "HASH: ", "policy.safetensors")


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def test_other_features_are_refused_with_what_is_lacking(study: Study) -> None:
    shutil.copytree(study.folder / LIVE, study.folder / "kept")
    done = study.snakemake(
        "--cores", "2", "backtest",
        WALKFORGE__BACKTEST__POLICY="kept", WALKFORGE__FEATURES__SELECT="[momentum]",
    )  # fmt: skip
    said = done.stdout + done.stderr
    assert done.returncode != 0
    assert "the policy was trained on 85 features (" in said
    assert "the data have" in said
    assert "more: select what is lacking (features.select)" in said
    assert "Traceback" not in said
    assert not list((study.folder / "results/backtest").glob("*"))
