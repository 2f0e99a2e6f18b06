"""Cross-validation is asked for by name, trains each split once, and moves nothing else."""

import json
from collections import Counter

import polars as pl
import pytest

from workflow_study import Study

pytestmark = pytest.mark.xdist_group("workflow")  # they share one study, built once

SMALL = {
    "WALKFORGE__ROBUSTNESS__GROUPS": "4",
    "WALKFORGE__ROBUSTNESS__TEST_GROUPS": "2",
    "WALKFORGE__AGENTS__PPO_WEIGHTS__OVERRIDES__ALGORITHM__TOTAL_TIMESTEPS": "2048",
}
SPLITS = 6
MADE = {
    "cut_splits": 1, "train_split": SPLITS, "evaluate_split": SPLITS, "evaluate_groups": 1,
    "measure_robustness": 1, "plot_robustness": 1, "write_robustness": 1,
}  # fmt: skip


def test_all_asks_for_no_split_and_robustness_for_each(study: Study) -> None:
    assert not set(MADE) & set(study.planned("--forceall"))
    planned = study.planned("robustness", **SMALL)
    assert planned == Counter({"cut_splits": 1} | dict.fromkeys(LATER, 1) | {"robustness": 1})


# until the checkpoint has run, what it decides is planned as far as it is known
LATER = ("measure_robustness", "plot_robustness", "write_robustness")


@pytest.mark.slow
def test_robustness_runs_once_counts_no_trial_and_leaves_the_rest_alone(study: Study) -> None:
    before = study.files()
    done = study.snakemake("--cores", "2", "robustness", **SMALL)
    assert done.returncode == 0, done.stderr[-4_000:]
    after = study.files()
    moved = {path for path in before if after.get(path) != before[path]}
    assert moved <= {"results/report.html"}
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
    assert paths["days"].unique().len() == 1
    assert paths.select("path", "seed").rows() == [
        (path, seed) for path in (1, 2, 3) for seed in ("0", "mean")
    ]

    assert study.planned("robustness", **SMALL) == Counter()
    study.append_bar()
    ran = Counter(study.build()) and study.snakemake("--cores", "2", "robustness", **SMALL)
    assert ran.returncode == 0, ran.stderr[-4_000:]
    policies = {path: state for path, state in study.files().items() if "robustness/a" in path}
    assert policies
    assert all(after[path] == state for path, state in policies.items())
    assert study.planned("robustness", **SMALL) == Counter()
