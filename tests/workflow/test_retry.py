"""A training that the machine kills goes on within the same run."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml

from workflow_study import Study


def trainers(folder: Path) -> list[int]:
    """Return the processes that train in a folder."""
    found = []
    for each in Path("/proc").iterdir():
        if each.name.isdigit():
            try:
                command = (each / "cmdline").read_bytes()
                place = (each / "cwd").readlink()
            except OSError:
                continue
            if b"train_agent.py" in command and place == folder:
                found.append(int(each.name))
    return found


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/cwd").exists(), reason="needs /proc")
def test_a_killed_training_resumes_in_the_same_run(study: Study) -> None:
    config = yaml.safe_load((study.folder / "small.yaml").read_text())
    algorithm = config["agents"]["ppo_weights"]["overrides"]["algorithm"]
    algorithm |= {"total_timesteps": 16_384, "checkpoint_every": 1_024}
    (study.folder / "small.yaml").write_text(yaml.safe_dump(config))
    target = "results/agents/ppo_weights/fold_1/seed_0/policy/manifest.json"
    policy = (study.folder / target).with_name("policy.safetensors")
    assert study.build("--", target)["train_agent"] == 1
    whole = policy.read_bytes()
    command = [sys.executable, "-m", "snakemake", "--configfile", "small.yaml", "--cores", "2"]
    running = subprocess.Popen(
        [*command, "--force", "--", target], cwd=study.folder, stderr=subprocess.PIPE, text=True
    )
    begun = time.monotonic()
    saved = (study.folder / ".work").glob
    while len(list(saved("*/0*"))) < 2 and time.monotonic() < begun + 120:
        time.sleep(0.005)
    killed = trainers(study.folder)
    assert killed
    for process in killed:
        os.kill(process, signal.SIGKILL)
    errors = running.communicate(timeout=300)[1]
    assert running.returncode == 0, errors[-3_000:]
    log = study.folder / "results/logs/train_agent/ppo_weights/fold_1/seed_0.log"
    assert "goes on at" in log.read_text()
    assert policy.read_bytes() == whole
    assert not list(saved("*/0*"))
