"""The results of a whole run hold all that is claimed of them, and no longer once one is edited."""

import subprocess
import sys

import pytest

from workflow_study import ROOT, Study


def verified(study: Study) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "walkforge.verify", "results/"],
        cwd=study.folder, capture_output=True, text=True, check=False,
        env={"PYTHONPATH": str(ROOT / "src")}, timeout=20,
    )  # fmt: skip


@pytest.mark.slow
def test_a_whole_run_holds_all_that_is_claimed_of_it(study: Study) -> None:
    done = verified(study)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stderr == ""
    study.edit("results/evaluation/summary.html", lambda text: text.replace("fold_1<", "fold_9<"))
    done = verified(study)
    assert done.returncode == 1
    failed = {line.split()[1] for line in done.stdout.splitlines() if line.startswith("FAIL")}
    assert failed == {"hashes:", "tables:"}
