"""What to say of a run that failed: the end of each failed job's log, and what to type next."""

import logging
import re
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path

LINES = 15
_LAST_BYTES = 65_536
_TOLD = "walkforge: "
_WARNED = "walkforge: warning: "
_RAISED = "Traceback (most recent call last)"
_SILENT = (
    "the job ended without an error of its own: killed, as one is that takes too much memory "
    "(docs/troubleshooting.md), or stopped from outside Python"
)
_FORCED_NAMES = {"-R", "--forcerun"}  # and the names that follow
_FORCED = {"-F", "--forceall", "-f", "--force"}
_SETTING = "WALKFORGE__"  # what variables of the configuration begin with
_EVERYTHING = ["--cores", "all"]

# What Snakemake says of every failed script: each tells its own failure, here and in its log.
_SAID = re.compile(
    r"Cannot restore .*: no backup found\.|Restored previous version of .*|Shutting down, this .*"
    r"|WorkflowError:\nAt least one job did not complete successfully\.\s*"
    r"|RuleException:\nCalledProcessError in file .*\nCommand '.*/scripts/.*\.py' returned "
    r"non-zero exit status 1\.\s*",
    re.DOTALL,
)


class Untold(logging.Filter):
    """Lets Snakemake say of a failure what the failed job has not said itself."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether a record of Snakemake tells anything new."""
        event = getattr(record, "event", None)
        if getattr(event, "value", event) != "job_error":
            return _SAID.fullmatch(record.getMessage()) is None
        logs = [Path(str(path)) for path in getattr(record, "log", None) or ()]
        return not logs or not all(log.is_file() and _has_told(end_of(log)) for log in logs)


def end_of(log: Path) -> str:
    """The last part of a log; '' of none."""
    if not log.is_file():
        return ""
    with log.open("rb") as file:
        file.seek(max(log.stat().st_size - _LAST_BYTES, 0))
        return file.read().decode(errors="replace")


def failure_text(logs: Mapping[str, str], command: str) -> str:
    """What a failed run says last.

    A user's mistake was told when it happened and is not repeated; of any other failure the end
    of the log is shown.

    Args:
        logs: path of each failed job's log to its text.
        command: that goes on from the finished steps.
    """
    parts = [_of_job(path, text) for path, text in logs.items()]
    last = f"walkforge: finished steps are kept. To go on from them: {command}\n"
    return "".join([*parts, last])


def _of_job(path: str, text: str) -> str:
    """What to say of one failed job."""
    lines = text.splitlines()
    if not lines:
        return f"walkforge: {path} is empty: what went wrong stands above, or {_SILENT}\n"
    if _has_told(text):
        return f"walkforge: what to mend stands above, and in {path}\n"
    shown = "".join(f"    {_printable(line)}\n" for line in lines[-LINES:])
    if any(line.startswith(_RAISED) for line in lines):
        return f"walkforge: the end of {path}:\n{shown}"
    return f"walkforge: {_SILENT}: the end of {path}:\n{shown}"


def _has_told(text: str) -> bool:
    """Whether a log tells of a user's mistake."""
    lines = text.splitlines()
    return any(line.startswith(_TOLD) and not line.startswith(_WARNED) for line in lines)


def _printable(line: str) -> str:
    """A line without what a terminal would obey."""
    return "".join(sign if sign.isprintable() else " " for sign in line)


def same_command(arguments: Sequence[str], *, by_make: bool, environment: Mapping[str, str]) -> str:
    """The command that was typed, to type it again; without what forces finished steps.

    Args:
        arguments: that Snakemake was given. by_make: whether `make run` gave them.
        environment: variables, of which those of the configuration stand before the command.
    """
    settings = [
        f"{name}={shlex.quote(value)} "
        for name, value in sorted(environment.items())
        if name.startswith(_SETTING)
    ]
    words = _unforced(arguments)
    passed = shlex.join(words[2:])
    if not by_make or words[:2] != _EVERYTHING:
        command = shlex.join(["snakemake", *words])
    else:
        command = f"make run ARGS={shlex.quote(passed)}" if passed else "make run"
    return "".join([*settings, command])


def _unforced(arguments: Sequence[str]) -> list[str]:
    """Arguments without those that force steps, and without the names that follow them."""
    kept = []
    skipping = False
    for word in arguments:
        if word in _FORCED_NAMES:
            skipping = True
        elif not skipping or word.startswith("-"):
            skipping = False
            if word not in _FORCED and word.partition("=")[0] not in _FORCED_NAMES:
                kept.append(word)
    return kept
