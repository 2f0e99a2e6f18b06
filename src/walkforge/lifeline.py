"""A job ends with the workflow that started it, however that ends: no orphan writes on.

common.smk puts a RUN into the environment, and this package, which every script imports before
anything heavy, calls end_with.
"""

import ctypes
import os
import signal
import sys
import threading
import time
from pathlib import Path
from types import TracebackType

RUN = "WALKFORGE_RUN"  # environment: the process of the workflow
PR_SET_PDEATHSIG = 1  # linux/prctl.h
LOOK_EVERY_S = 1.0


def this_run() -> str:
    """What RUN is for the jobs of this process."""
    return f"{os.getpid()}:{_numbered_by()}"


def end_with(run: str) -> None:
    """End this process by SIGTERM when the workflow's process ends, at once where it has ended.

    Linux sends the signal when the parent ends. Where a shell stands between the two, and on other
    systems, a thread looks. On another machine, or in a container with process numbers of its own,
    the parent is all there is.

    Args:
        run: see this_run.
    """
    process, _, numbered_by = run.partition(":")
    parent = os.getppid()
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if numbered_by != _numbered_by() or not process.isdigit():
        gone = os.getppid() != parent
    else:
        gone = not runs(int(process))
        if not gone and (sys.platform != "linux" or os.getppid() != int(process)):
            watch = threading.Thread(target=_look_after, args=(int(process),), daemon=True)
            watch.start()
    if gone:
        os._exit(128 + signal.SIGTERM)


def hush_interrupt() -> None:
    """Let Ctrl-C end this process without a traceback, also while it imports what it needs."""
    plain = sys.excepthook

    def tell(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if not issubclass(kind, KeyboardInterrupt):
            plain(kind, error, trace)

    sys.excepthook = tell


def runs(process: int) -> bool:
    """Whether there is a process of this number that has not ended."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    try:
        state = Path(f"/proc/{process}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return True
    return state.rpartition(")")[2].split()[0] not in "ZX"  # ended, and not waited for


def _look_after(process: int) -> None:
    """End this process once another has ended."""
    while runs(process):
        time.sleep(LOOK_EVERY_S)
    os.kill(os.getpid(), signal.SIGTERM)


def _numbered_by() -> str:
    """Whose process numbers these are: the machine, and the namespace where there are any."""
    try:
        return f"{os.uname().nodename}:{Path('/proc/self/ns/pid').readlink()}"
    except OSError:
        return os.uname().nodename
