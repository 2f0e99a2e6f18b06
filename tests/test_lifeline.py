"""A job ends with the workflow that started it, at whatever point that ends."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from walkforge.agents.training.ownership import lock_of, own
from walkforge.errors import InputError
from walkforge.lifeline import RUN, runs, this_run

SOURCE = Path(__file__).parents[1] / "src"
JOB = "import walkforge, time; print('begun', flush=True); time.sleep(60)"
PATIENCE = 20.0


def ended(process: int) -> bool:
    until = time.monotonic() + PATIENCE
    while runs(process) and time.monotonic() < until:
        time.sleep(0.02)
    return not runs(process)


@pytest.mark.parametrize("between", ["exec", ""], ids=["direct", "a shell between"])
def test_a_job_ends_when_its_workflow_is_killed(tmp_path: Path, between: str) -> None:
    job = f'{between} {sys.executable} -c "{JOB}"; true'
    workflow = (
        "import os, subprocess, time; from walkforge.lifeline import RUN, this_run\n"
        "os.environ[RUN] = this_run()\n"
        f"job = subprocess.Popen(['bash', '-c', {job!r}], stdout=subprocess.PIPE)\n"
        "print(job.pid, job.stdout.readline(), flush=True)\n"
        "time.sleep(60)\n"
    )
    environment = os.environ | {"PYTHONPATH": str(SOURCE)}
    with subprocess.Popen(
        [sys.executable, "-c", workflow], stdout=subprocess.PIPE, text=True, env=environment
    ) as running:
        assert running.stdout is not None
        started = int(running.stdout.readline().split()[0])
        below = subprocess.run(["pgrep", "-P", str(started)], capture_output=True, check=False)
        running.kill()
    job_process = int(below.stdout.split()[0]) if below.stdout.split() else started
    assert ended(job_process)


@pytest.mark.parametrize("begun", [0, 1])
def test_a_job_whose_workflow_is_gone_does_not_begin(begun: int) -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as over:
        over.wait()
    process = os.getpid() if begun else over.pid
    environment = os.environ | {
        "PYTHONPATH": str(SOURCE), RUN: this_run().replace(str(os.getpid()), str(process), 1)
    }  # fmt: skip
    command = [sys.executable, "-c", "import walkforge; print('begun')"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.stdout.strip() == ("begun" if begun else "")
    assert (done.returncode == 0) is bool(begun)


def test_a_run_on_another_machine_is_not_looked_for() -> None:
    environment = os.environ | {"PYTHONPATH": str(SOURCE), RUN: "999999999:elsewhere"}
    command = [sys.executable, "-c", "import walkforge; print('begun')"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "begun"


def test_checkpoints_have_one_owner_and_a_second_says_who(tmp_path: Path) -> None:
    place = tmp_path / ".work/key"
    told = f"process {os.getpid()} on .* trains the same there"
    with own(place), pytest.raises(InputError, match=told):
        own(place, patience_s=0.3)
    with own(place, patience_s=0.0):
        lock_of(place).unlink()  # as its owner does at the end
        with own(place, patience_s=0.0):
            assert lock_of(place).exists()


@pytest.mark.parametrize("error", ["KeyboardInterrupt", "ValueError"])
def test_ctrl_c_in_a_job_that_still_imports_prints_nothing(error: str) -> None:
    environment = os.environ | {"PYTHONPATH": str(SOURCE), RUN: this_run()}
    command = [sys.executable, "-c", f"import walkforge; raise {error}"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert ("Traceback" in done.stderr) is (error == "ValueError")
