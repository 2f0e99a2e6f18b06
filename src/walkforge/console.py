"""What a job says: its log takes everything, the terminal one line."""

import os
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

from walkforge.errors import InputError


def redirect_to(log: str | Path) -> Callable[[str], None]:
    """Send standard output and error to a log file; errors also give one line on the terminal.

    A user's mistake (InputError) is told in its own words, without a traceback. Anything else
    leaves its traceback in the log and names the log. Returns what puts a warning on both.
    """
    path = Path(log)
    path.parent.mkdir(parents=True, exist_ok=True)
    terminal = os.fdopen(os.dup(2), "w", buffering=1)
    file = path.open("w", buffering=1, encoding="utf-8")
    os.dup2(file.fileno(), 1)
    os.dup2(file.fileno(), 2)
    sys.stdout = sys.stderr = file

    def tell(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if isinstance(error, InputError):
            print(f"walkforge: {error}", file=terminal)
            print(f"walkforge: {error}", file=file)
        else:
            traceback.print_exception(kind, error, trace, file=file)
            print(f"walkforge: {kind.__name__}: {error} (see {path})", file=terminal)

    def warn(text: str) -> None:
        for place in (terminal, file):
            print(f"walkforge: warning: {text}", file=place)

    sys.excepthook = tell
    return warn


def log_line(text: str) -> None:
    """Print one line to the job's log."""
    print(text, flush=True)  # noqa: T201
