"""One flipped bit in any artifact that a rule reads stops that rule, and says what rebuilds it."""

import os
import resource
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from walkforge.provenance import check_artifact
from workflow_study import Study

POLICY = "results/agents/ppo_weights/fold_1/seed_0/policy"
DAILY = "results/evaluation/ppo_weights/fold_1/seed_0/daily.parquet"
BASELINE = "results/evaluation/baselines/cash/fold_1/daily.parquet"
# Artifact -> the rule that wrote it, and a target whose rule reads it.
READ = {
    "results/bars/bars.parquet": ("ingest_bars", "results/features/features.parquet"),
    "results/bars/quality.json": ("ingest_bars", "results/bars/quality.html"),
    "results/features/features.parquet": ("compute_features", "results/features/market.json"),
    "results/features/market.safetensors": ("build_market", "results/folds/latest.json"),
    "results/features/market.json": ("build_market", "results/folds/latest.json"),
    "results/folds/fold_1/manifest.json": ("cut_folds", f"{POLICY}/manifest.json"),
    "results/folds/fold_1/test.json": ("cut_folds", BASELINE),
    f"{POLICY}/policy.safetensors": ("train_agent", DAILY),
    f"{POLICY}/config.json": ("train_agent", DAILY),
    f"{POLICY}/manifest.json": ("train_agent", DAILY),
    DAILY: ("evaluate_agent", "results/evaluation/returns.parquet"),
    "results/evaluation/returns.parquet": ("stitch_returns", "results/figures/equity.png"),
    "results/evaluation/metrics.parquet": ("stitch_returns", "results/evaluation/metrics.html"),
    "results/evaluation/random/ppo_weights/fold_1/returns.parquet": (
        "evaluate_random",
        "results/evaluation/verdict.json",
    ),
    "results/evaluation/verdict.json": ("assess_record", "results/evaluation/evidence.html"),
    "results/evaluation/strategies.parquet": ("assess_record", "results/evaluation/evidence.html"),
    "results/evaluation/against.parquet": ("assess_record", "results/evaluation/evidence.html"),
    "results/evaluation/sensitivity/returns.parquet": (
        "roll_sensitivity",
        "results/evaluation/sensitivity/findings.json",
    ),
    "results/evaluation/sensitivity/figures.parquet": (
        "measure_sensitivity",
        "results/evaluation/sensitivity.html",
    ),
    "results/evaluation/sensitivity/findings.json": (
        "measure_sensitivity",
        "results/evaluation/sensitivity.html",
    ),
    "results/figures/equity.png": ("plot_figures", "results/evaluation/summary.html"),
    "results/rankings/2012-01-20/ranking.csv": ("rank_symbols", "results/rankings/latest.csv"),
    "results/rankings/latest.parquet": ("publish_ranking", "results/evaluation/summary.html"),
    "results/config.yaml": ("record_config", "results/evaluation/summary.html"),
    "results/folds/latest.json": ("cut_folds", "results/rankings/latest.csv"),
}


def flip(path: Path) -> None:
    """Flip one bit in the middle of a file, and leave its time as it was."""
    times = path.stat()
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))


@pytest.mark.slow
@pytest.mark.parametrize("artifact", READ)
def test_a_flipped_bit_is_refused_with_artifact_and_rule(study: Study, artifact: str) -> None:
    rule, target = READ[artifact]
    (study.folder / target).unlink()
    flip(study.folder / artifact)
    done = study.snakemake("--cores", "2", "--", target)
    said = done.stdout + done.stderr
    assert done.returncode != 0
    assert "Traceback" not in said
    assert f"HASH: {artifact}: " in said
    assert rule in said


@pytest.mark.slow
def test_a_full_disk_leaves_the_old_bars_and_no_temporary(study: Study) -> None:
    before = {path: state[0] for path, state in study.files().items() if "/bars/" in path}
    room = (study.folder / "results/bars/bars.parquet").stat().st_size
    source = pl.read_parquet(study.folder / "bars.parquet")
    finer = pl.col("volume") * (1 + 1e-7 * pl.int_range(pl.len()))  # takes more room
    source.with_columns(finer).write_parquet(study.folder / "bars.parquet")

    def full() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))

    done = subprocess.run(
        [sys.executable, "-m", "snakemake", "--configfile", "small.yaml", "--cores", "1",
         "--", "results/bars/bars.parquet"],
        cwd=study.folder, capture_output=True, text=True, check=False, preexec_fn=full,
    )  # fmt: skip
    assert done.returncode != 0
    assert "cannot write: File too large" in done.stdout + done.stderr
    after = {path: state[0] for path, state in study.files().items() if "/bars/" in path}
    assert after == before
    assert check_artifact(study.folder / "results/bars/bars.parquet")
