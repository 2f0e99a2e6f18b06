"""The last words of a failed run: the end of a log, no mistake told twice, and what to type."""

import logging
import shlex

import pytest

from walkforge.failure import LINES, Untold, failure_text, same_command

LOG = "results/logs/train_agent/a/fold_1/seed_0.log"
TRACEBACK = "Traceback (most recent call last):\n  File 'x.py', line 1\nKeyError: 'what'\n"


def told(text: str) -> list[str]:
    return failure_text({LOG: text}, "make run").splitlines()


def test_an_error_shows_the_end_of_its_log_alone():
    lines = told("".join(f"step {n}\n" for n in range(100)) + TRACEBACK)
    assert lines[0] == f"walkforge: the end of {LOG}:"
    shown = [line.strip() for line in lines[1:-1]]
    assert shown[-1] == "KeyError: 'what'"
    assert shown[0] == f"step {100 - LINES + 3}"
    assert len(shown) == LINES


def test_a_mistake_is_not_told_twice():
    lines = told("at work\nwalkforge: 2 faults:\n  seeds: twice\n  data.path: not found\n")
    assert lines == [
        f"walkforge: what to mend stands above, and in {LOG}",
        "walkforge: finished steps are kept. To go on from them: make run",
    ]


@pytest.mark.parametrize("text", ["step 1\nstep 2\n", "walkforge: warning: x\nstep 2\n"])
def test_a_killed_job_is_told_from_an_error(text):
    lines = told(text)
    assert "ended without an error of its own: killed" in lines[0]
    assert "docs/troubleshooting.md" in lines[0]
    assert lines[-2] == "    step 2"


def test_of_an_empty_log_both_causes_are_named():
    assert told("")[0].startswith(f"walkforge: {LOG} is empty: what went wrong stands above, or")


def test_a_log_cannot_command_the_terminal():
    said = failure_text({LOG: "\x1b[2Jgone\x07\x9b31m\n"}, "make run")
    assert all(sign == "\n" or sign.isprintable() for sign in said)
    assert "[2Jgone" in said


def test_every_failed_job_is_told_and_the_command_once():
    said = failure_text({"a.log": "x\n", "b.log": TRACEBACK}, "make run")
    assert said.index("a.log") < said.index("b.log")
    assert said.count("To go on") == 1


def test_without_a_failed_job_the_command_is_all():
    assert failure_text({}, "make run").splitlines() == [
        "walkforge: finished steps are kept. To go on from them: make run"
    ]


@pytest.mark.parametrize(
    ("arguments", "by_make", "command"),
    [
        (["--cores", "all"], True, "make run"),
        (["--cores", "all", "--config", "seeds=[0, 1]"], True, None),
        (["--cores", "all"], False, "snakemake --cores all"),
        (["--cores", "2", "--", "results/a b"], False, "snakemake --cores 2 -- 'results/a b'"),
        (["ranking", "-n"], True, "snakemake ranking -n"),
        (["--cores", "2", "-R", "train_agent", "cut_folds"], False, "snakemake --cores 2"),
        (["-R", "train_agent", "--", "ranking"], False, "snakemake -- ranking"),
        (["--forcerun=train_agent", "--cores", "2"], False, "snakemake --cores 2"),
        (["--cores", "2", "-F", "ranking"], False, "snakemake --cores 2 ranking"),
    ],
)
def test_the_next_command_is_the_one_that_was_typed(arguments, by_make, command):
    said = same_command(arguments, by_make=by_make, environment={"HOME": "/root"})
    if command is not None:
        assert said == command
    else:  # what make hands to a shell is read twice
        (passed,) = [word for word in shlex.split(said) if word.startswith("ARGS=")]
        assert shlex.split(passed.removeprefix("ARGS=")) == arguments[2:]


def test_the_next_command_sets_what_the_environment_set():
    given = {"WALKFORGE__SEEDS": "[0, 1]", "PATH": "/bin", "WALKFORGE__DATA__END": "2012-01-03"}
    said = same_command(["--cores", "2"], by_make=False, environment=given)
    assert said == ("WALKFORGE__DATA__END=2012-01-03 WALKFORGE__SEEDS='[0, 1]' snakemake --cores 2")


def said(text: str, **fields: object) -> bool:
    return Untold().filter(logging.makeLogRecord({"msg": text} | fields))


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("Cannot restore results/bars/bars.parquet: no backup found.", False),
        ("Restored previous version of a.parquet (updating job failed).", False),
        ("WorkflowError:\nAt least one job did not complete successfully.", False),
        ("RuleException:\nCalledProcessError in file \"data.smk\", line 29:\nCommand 'python "
         "a/.snakemake/scripts/x.ingest_bars.py' returned non-zero exit status 1.", False),
        ("RuleException:\nCalledProcessError in file \"data.smk\", line 29:\nCommand 'python "
         "a/.snakemake/scripts/x.ingest_bars.py' died with <Signals.SIGKILL: 9>.", True),
        ("MissingInputException in rule ingest_bars: bars.csv", True),
        ("WorkflowError:\nNo space left on device", True),
    ],
)  # fmt: skip
def test_of_snakemakes_words_those_alone_are_left_out_that_tell_nothing_new(text, kept):
    assert said(text) is kept


@pytest.mark.parametrize(
    ("log", "kept"),
    [("walkforge: COLUMNS: x\n", False), ("walkforge: warning: x\n", True), (TRACEBACK, True),
     ("", True)],
)  # fmt: skip
def test_an_error_of_a_rule_is_left_out_where_the_job_has_told_it(tmp_path, log, kept):
    (tmp_path / "job.log").write_text(log)
    assert said("Error in rule", event="job_error", log=[tmp_path / "job.log"]) is kept
    assert said("Error in rule", event="job_error", log=[]) is True
