"""A run that fails ends with the end of each failed job's log, and the command that goes on."""

import subprocess
import sys

import pytest

from workflow_study import ROOT, Study

BEGUN = (
    "from walkforge.console import log_line, redirect_to\n\nwarn = redirect_to(snakemake.log[0])\n"
)
# Rule -> how its job ends, and a target that runs it.
ENDS = {
    "write_page": (
        BEGUN + 'from walkforge.errors import InputError\nraise InputError("told", code="MINE")\n',
        "results/bars/quality.html",
    ),
    "check_indicators": (
        BEGUN + 'warn("beware")\nlog_line("at work")\n{}["what"]\n',
        "results/features/parity.parquet",
    ),
    "audit_features": (
        BEGUN + 'import os\nlog_line("at work")\nos.kill(os.getpid(), 9)\n',
        "results/features/audit.parquet",
    ),
    "compute_features": ("import nothing_such\n", "results/features/features.parquet"),
}


def last_words(study: Study, *rules: str) -> tuple[str, str]:
    """Let rules fail, each in its own way; return all that is said, and what is said last."""
    for rule in rules:
        study.edit(f"workflow/scripts/{rule}.py", lambda _, rule=rule: ENDS[rule][0])
    targets = [ENDS[rule][1] for rule in rules]
    done = study.snakemake("--cores", "2", "--keep-going", "--forcerun", *rules, "--", *targets)
    assert done.returncode != 0
    said = done.stdout + done.stderr
    return said, said[said.index("Exiting because a job execution failed") :]


@pytest.mark.slow
def test_each_way_of_failing_ends_with_what_its_log_says_and_the_next_command(
    study: Study,
) -> None:
    said, last = last_words(study, *ENDS)
    assert said.count("MINE: told") == 1
    assert "what to mend stands above, and in results/logs/write_page/bars/quality.log" in last
    raised = last[last.index("the end of results/logs/check_indicators.log") :]
    assert raised.index("at work") < raised.index("KeyError: 'what'")
    assert last.count("Traceback") == 1
    (killed,) = [line for line in last.splitlines() if "audit_features.log" in line]
    assert "without an error of its own: killed" in killed
    (empty,) = [line for line in last.splitlines() if "compute_features.log" in line]
    assert "is empty" in empty
    assert "No module named 'nothing_such'" in said
    assert "To go on from them: snakemake --configfile small.yaml --cores 2 --keep-going" in last


@pytest.mark.slow
def test_a_mistake_is_told_once_and_without_a_traceback(study: Study) -> None:
    said, last = last_words(study, "write_page")
    assert "Traceback" not in said
    assert said.count("MINE: told") == 1
    assert "what to mend stands above, and in results/logs/write_page/bars/quality.log" in last


def test_make_names_itself_as_the_next_command() -> None:
    command = [sys.executable, "workflow/tell_failure.py", "--", "--cores", "all"]
    said = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=True, env={"MAKELEVEL": "1"}
    ).stderr
    assert said == "walkforge: finished steps are kept. To go on from them: make run\n"
