"""Cross-validation is asked for by name, trains each split once, and moves nothing else."""

import json
from collections import Counter

import polars as pl
import pytest

from workflow_study import AFTER_ALL, Study, figures, jobs_run, pages

SMALL = {
    "WALKFORGE__ROBUSTNESS__N_FOLDS": "4",
    "WALKFORGE__ROBUSTNESS__N_TEST_FOLDS": "2",
}
SPLITS = 6
SHOWN = figures("robustness") | pages("robustness/robustness")
MADE = {
    "cut_splits": 1, "train_split": SPLITS, "evaluate_split": SPLITS, "evaluate_groups": 1,
    "measure_robustness": 1, **SHOWN,
}  # fmt: skip
# What is known before the checkpoint has run.
KNOWN = ("cut_splits", "measure_robustness", *SHOWN, "robustness")


def test_all_asks_for_no_split_and_robustness_for_nothing_that_is_there(study: Study) -> None:
    assert not {*MADE, *KNOWN} & set(study.planned("--forceall"))
    assert study.planned("robustness", **SMALL) == Counter(KNOWN)


def made(study: Study) -> Counter[str]:
    done = study.snakemake("--cores", "2", "robustness", **SMALL)
    assert done.returncode == 0, done.stderr[-4_000:]
    return Counter({name: n for name, n in jobs_run(done.stderr).items() if name != "robustness"})


@pytest.mark.slow
def test_robustness_runs_once_counts_no_trial_and_leaves_the_rest_alone(study: Study) -> None:
    before = study.files()
    assert made(study) == Counter(MADE)
    after = study.files()
    moved = {path for path in before if after.get(path) != before[path]}
    assert moved <= AFTER_ALL
    new = {path for path in after if path not in before}
    assert all(path.startswith(("results/robustness/", "results/figures/r")) for path in new), new
    assert {f"{path}.sha256" for path in new if not path.endswith(".sha256")} <= new

    said = json.loads((study.folder / "results/robustness/robustness.json").read_text())
    assert (said["splits"], said["paths"]) == (SPLITS, 3)
    metrics = pl.read_parquet(study.folder / "results/evaluation/metrics.parquet")
    headline = metrics.filter(strategy="ppo_weights", seed="mean")["sharpe"].item()
    own = said["agents"]["ppo_weights"]
    assert own["walk_forward"]["sharpe"] == pytest.approx(headline, rel=1e-12)
    paths = pl.read_parquet(study.folder / "results/robustness/paths.parquet")
    assert sorted(paths.select("path", "seed", "dates").rows()) == [
        (path, seed, dates)
        for path in (1, 2, 3)
        for seed in ("0", "mean")
        for dates in ("all", "walk_forward")
    ]
    assert paths.group_by("dates").agg(pl.col("days").n_unique())["days"].to_list() == [1, 1]

    assert study.planned("robustness", **SMALL) == Counter()
    study.append_bar()
    assert not {"train_agent", "train_split", "evaluate_split"} & set(made(study))
    policies = {path: state for path, state in study.files().items() if "robustness/a" in path}
    assert policies
    assert all(after[path] == state for path, state in policies.items())
    assert study.planned("robustness", **SMALL) == Counter()
