"""What a job says: its log takes everything, the terminal one line."""

import errno
import os
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

from walkforge.errors import InputError

TOLD = "walkforge: "
WARNED = "walkforge: warning: "  # how lines for the user begin
FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_REMEDY = "make room and run again"


def redirect_to(log: str | Path) -> Callable[[str], None]:
    """Send standard output and error to a log file; errors also give one line on the terminal.

    A user's mistake (InputError) is told in its own words, without a traceback. Anything else
    leaves its traceback in the log and names the log. Returns what puts a warning on both.
    """
    path = Path(log)
    terminal = os.fdopen(os.dup(2), "w", buffering=1)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("w", buffering=1, encoding="utf-8")
    except OSError as error:
        sys.exit(f"{TOLD}{path}: cannot write: {error.strerror}: {_REMEDY}")
    os.dup2(file.fileno(), 1)
    os.dup2(file.fileno(), 2)
    sys.stdout = sys.stderr = file

    def tell(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if isinstance(error, OSError) and error.errno in FULL:
            error = InputError(f"{error.strerror}: {_REMEDY}")
        if isinstance(error, InputError):
            print(f"{TOLD}{error}", file=terminal)
            print(f"{TOLD}{error}", file=file)
        elif isinstance(error, KeyboardInterrupt):
            print(f"{TOLD}interrupted", file=file)
        else:
            traceback.print_exception(kind, error, trace, file=file)
            print(f"{TOLD}{kind.__name__}: {error} (see {path})", file=terminal)

    def warn(text: str) -> None:
        for place in (terminal, file):
            print(f"{WARNED}{text}", file=place)

    sys.excepthook = tell
    return warn


def has_told(log: Path) -> bool:
    """Whether a job's log holds a user's mistake: the same job would only say it again."""
    try:
        lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return False
    return any(line.startswith(TOLD) and not line.startswith(WARNED) for line in lines)


def log_line(text: str) -> None:
    """Print one line to the job's log."""
    print(text, flush=True)  # noqa: T201
