"""A training that the machine kills goes on within the same run; one that a person ends, ends."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from workflow_study import Study


def trainers(folder: Path) -> list[int]:
    """The processes that train in a folder."""
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


def lengthen(study: Study, steps: int) -> str:
    """Let trainings take longer and save often; return the target of one."""
    config = yaml.safe_load((study.folder / "small.yaml").read_text())
    algorithm = config["agents"]["ppo_weights"]["overrides"]["algorithm"]
    algorithm |= {"total_timesteps": steps}
    config["runtime"] = {"checkpoint_every": 1_024}
    (study.folder / "small.yaml").write_text(yaml.safe_dump(config))
    return "results/agents/ppo_weights/fold_1/seed_0/policy/manifest.json"


def wait(until: Callable[[], object], seconds: float = 120.0) -> bool:
    """Wait until something is so, and return whether it is."""
    begun = time.monotonic()
    while not until() and time.monotonic() < begun + seconds:
        time.sleep(0.005)
    return bool(until())


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/cwd").exists(), reason="needs /proc")
def test_a_killed_training_resumes_in_the_same_run(study: Study) -> None:
    target = lengthen(study, 16_384)
    policy = (study.folder / target).with_name("policy.safetensors")
    assert study.build("--", target)["train_agent"] == 1
    whole = policy.read_bytes()
    command = [sys.executable, "-m", "snakemake", "--configfile", "small.yaml", "--cores", "2"]
    running = subprocess.Popen(
        [*command, "--force", "--", target], cwd=study.folder, stderr=subprocess.PIPE, text=True
    )
    saved = (study.folder / ".work").glob
    wait(lambda: len(list(saved("*/0*"))) >= 2)
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


ENDS = {
    "Ctrl-C": [signal.SIGINT],
    "two Ctrl-C": [signal.SIGINT, signal.SIGINT],
    "a machine that shuts down": [signal.SIGTERM],
    "kill -9": [signal.SIGKILL],
}


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/cwd").exists(), reason="needs /proc")
@pytest.mark.parametrize("name", ENDS)
def test_a_run_that_is_ended_leaves_no_process_and_no_traceback(study: Study, name: str) -> None:
    target = lengthen(study, 10_000_000)
    command = [sys.executable, "-m", "snakemake", "--configfile", "small.yaml", "--cores", "2"]
    with subprocess.Popen(
        [*command, "--", target], cwd=study.folder, text=True, start_new_session=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    ) as running:  # fmt: skip
        assert running.stdout is not None
        assert wait(lambda: list((study.folder / ".work").glob("*/0*")))
        for number in ENDS[name]:
            if number == signal.SIGKILL:
                running.kill()
            else:
                os.killpg(running.pid, number)
            time.sleep(0.3)
        assert running.wait(timeout=60) != 0
        assert wait(lambda: not trainers(study.folder), 20)
        said = running.stdout.read()
    assert "Traceback" not in said
    log = study.folder / "results/logs/train_agent/ppo_weights/fold_1/seed_0.log"
    assert "Traceback" not in log.read_text()


@pytest.mark.slow
def test_a_mistake_that_is_told_is_not_tried_again(study: Study) -> None:
    script = (
        "from walkforge.console import redirect_to\n\nredirect_to(snakemake.log[0])\n"
        'from walkforge.errors import InputError\nraise InputError("told", code="MINE")\n'
    )
    study.edit("workflow/scripts/train_agent.py", lambda _: script)
    target = "results/agents/ppo_weights/fold_1/seed_0/policy/manifest.json"
    done = study.snakemake("--cores", "2", "--forcerun", "train_agent", "--", target)
    assert done.returncode != 0
    assert (done.stdout + done.stderr).count("MINE: told") == 1


@pytest.mark.slow
def test_another_snakemake_is_left_as_it_is_and_told(study: Study) -> None:
    study.edit("workflow/rules/corrections.smk", lambda text: text.replace('"2d13', '"0000'))
    done = study.snakemake("-n")
    assert done.returncode == 0, done.stderr[-4_000:]
    assert done.stderr.count("not the Snakemake of requirements.lock") == 1
    assert study.planned() == {}
