"""What a training keeps beside its result, and where; its checkpoints have one owner.

Two that write there would go on from each other's.
"""

import fcntl
import os
import shutil
import time
from pathlib import Path
from typing import IO, NamedTuple

from walkforge.console import log_line
from walkforge.errors import InputError

PATIENCE_S = 60.0  # an orphan saves and ends within a roll-out
LOOK_EVERY_S = 0.2


class Places(NamedTuple):
    """Where a training keeps what is no result, None: nowhere; and what. No result depends on it.

    workdir: of checkpoints. board: of TensorBoard's events. checkpoint_every: steps between
    checkpoints, None for none but when asked to end. on_unfit: refuse, or restart where one does
    not fit. tensorboard: whether its events are written.
    """

    workdir: Path | None
    board: Path | None
    checkpoint_every: int | None = None
    on_unfit: str = "refuse"
    tensorboard: bool = False

    def clear(self) -> None:
        """Remove the checkpoints and their lock, which nobody needs once the policy is written."""
        if self.workdir is not None:
            shutil.rmtree(self.workdir, ignore_errors=True)
            lock_of(self.workdir).unlink(missing_ok=True)

    def own(self) -> IO[str] | None:
        """The lock of the checkpoints, held until it is closed: see own."""
        return None if self.workdir is None else own(self.workdir)


NOWHERE = Places(None, None)


def lock_of(workdir: Path) -> Path:
    """The file that the owner of a folder holds, beside it."""
    return workdir.with_name(f"{workdir.name}.lock")


def own(workdir: Path, *, patience_s: float = PATIENCE_S) -> IO[str]:
    """The held lock of a folder; it is given up when it is closed, or when the process ends.

    Raises:
        InputError: another process still holds it after patience_s; names that one.
    """
    path = lock_of(workdir)
    path.parent.mkdir(parents=True, exist_ok=True)
    until = time.monotonic() + patience_s
    told = False
    while True:
        file = path.open("a+", encoding="utf-8")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.seek(0)
            holder = file.read(200).strip() or "another process"
            file.close()
            if time.monotonic() >= until:
                raise InputError(
                    f"{workdir}: {holder} trains the same there: let it end, or end it, and run "
                    "again"
                ) from None
            if not told:
                log_line(f"waiting for {holder}, which trains the same in {workdir}")
            told = True
            time.sleep(LOOK_EVERY_S)
            continue
        if _is_at(file, path):
            file.truncate(0)
            file.write(f"process {os.getpid()} on {os.uname().nodename}\n")
            file.flush()
            return file
        file.close()  # its owner removed it while this one waited


def _is_at(file: IO[str], path: Path) -> bool:
    """Whether an open file is still what stands at a path."""
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except FileNotFoundError:
        return False
