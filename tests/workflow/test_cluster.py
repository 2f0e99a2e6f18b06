"""On a Slurm cluster the same workflow writes the same bytes. Needs a cluster: else skipped."""

import importlib.util
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from pages import commands
from workflow_study import ROOT, Study

PROFILE = ROOT / "profiles/slurm/config.yaml"
PAGE = (ROOT / "docs/cluster.md").read_text()


def missing() -> str | None:
    """Why a job cannot be sent to a queue from here, None where it can."""
    if shutil.which("sbatch") is None:
        return "no Slurm: sbatch is not installed"
    if importlib.util.find_spec("snakemake_executor_plugin_slurm") is None:
        return "snakemake-executor-plugin-slurm is not installed (docs/cluster.md)"
    try:
        subprocess.run(["sinfo"], capture_output=True, check=True, timeout=10)
    except subprocess.SubprocessError:
        return "sinfo reaches no cluster"
    return None


def policies(study: Study) -> dict[str, str]:
    return {path: state[0] for path, state in study.files().items() if "/agents/" in path}


@pytest.mark.slow
def test_trainings_of_a_queue_have_the_hashes_of_a_run_on_one_machine(study: Study) -> None:
    why = missing()
    if why:
        pytest.skip(why)
    local = policies(study)
    shutil.rmtree(study.folder / "results/agents")
    asking = ["--slurm-status-command", "squeue", "--slurm-no-account"]
    waits = ["--slurm-init-seconds-before-status-checks", "1"]
    small = ["--set-resources", "train_agent:mem_mb=500", "train_agent:runtime=5"]
    done = study.snakemake(
        "--profile", "profiles/slurm", *asking, *waits, "--seconds-between-status-checks", "1",
        *small, "--", "training",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-4_000:]
    assert done.stderr.count("has been submitted with SLURM jobid") == 3
    assert policies(study) == local


def test_the_profile_names_rules_and_options_that_exist() -> None:
    profile = yaml.safe_load(PROFILE.read_text())
    assert profile["executor"] == "slurm"
    rules = "".join(path.read_text() for path in Path(ROOT / "workflow/rules").glob("*.smk"))
    for rule in profile["set-resources"]:
        assert f"rule {rule}:" in rules
    for command in commands(PAGE)[1:]:
        assert command.startswith("snakemake --profile profiles/slurm")
