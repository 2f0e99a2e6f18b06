"""What a job says when it cannot write, is interrupted, or was told a mistake."""

import subprocess
import sys
from pathlib import Path

import pytest

from walkforge.console import has_told

JOB = """
import errno, sys
sys.path.insert(0, {source!r})
from walkforge.console import redirect_to
from walkforge.errors import InputError
warn = redirect_to({log!r})
warn("careful")
{ends}
"""


def ended(log: Path, ends: str) -> subprocess.CompletedProcess[str]:
    source = str(Path(__file__).parents[1] / "src")
    code = JOB.format(source=source, log=str(log), ends=ends)
    command = [sys.executable, "-c", code]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("ends", "told", "again"),
    [
        ("raise InputError('column x is missing')", "column x is missing", False),
        ("raise OSError(errno.ENOSPC, 'No space left on device')", "make room and run", False),
        ("raise OSError(errno.EDQUOT, 'Disk quota exceeded')", "make room and run", False),
        ("raise ValueError('of a programmer')", "ValueError: of a programmer", True),
        ("", "careful", True),
    ],
)
def test_a_user_s_mistake_is_told_and_not_tried_again(
    tmp_path: Path, ends: str, told: str, again: object
) -> None:
    log = tmp_path / "logs/job.log"
    done = ended(log, ends)
    assert told in done.stderr
    assert "Traceback" not in done.stderr
    assert has_told(log) is not again
    assert not has_told(tmp_path / "none")


def test_an_interrupted_job_leaves_no_traceback(tmp_path: Path) -> None:
    done = ended(tmp_path / "job.log", "raise KeyboardInterrupt")
    assert done.returncode != 0
    assert "Traceback" not in done.stderr + (tmp_path / "job.log").read_text()


def test_a_log_that_cannot_be_opened_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = ended(tmp_path / "file/job.log", "")
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "cannot write" in done.stderr
