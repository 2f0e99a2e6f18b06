"""The device of a job: one GPU, leased under a lock, or the CPU."""

import fcntl
import time
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Protocol

import torch

from walkforge.console import log_line
from walkforge.errors import InputError

FOLDER = Path(".work/devices")
LOOK_EVERY_S = 1.0

_HELD: list[IO[str]] = []  # a lease lasts as long as the process that took it


class Resources(Protocol):
    """A job's resources, of which `device` is runtime.device."""

    device: str


def lease_device(asked: Resources, *, folder: Path = FOLDER) -> torch.device:
    """The device of this job, said in the log; a GPU is its own until the process ends.

    Where other jobs hold every GPU, one is waited for.

    Args:
        asked: whose device is `cpu`; `cuda`, the first GPU that no other job holds; or `auto`,
            such a GPU where there is one in this machine, else the CPU.
        folder: of the locks, one for each GPU.

    Raises:
        InputError: `cuda` is asked for, and torch finds no GPU.
    """
    count = 0 if asked.device == "cpu" else torch.cuda.device_count()
    if count == 0:
        if asked.device == "cuda":
            raise InputError(
                "runtime.device is cuda, and torch finds no GPU: write auto or cpu, or install "
                "torch for CUDA (make run TORCH=cu130)"
            )
        name = "as asked" if asked.device == "cpu" else "no GPU found"
        log_line(f"device cpu ({name}), torch {torch.__version__}")
        return torch.device("cpu")
    index, lock = hold_one([folder / f"{_named(place)}.lock" for place in range(count)])
    _HELD.append(lock)
    torch.cuda.set_device(index)
    name = torch.cuda.get_device_name(index)
    log_line(f"device cuda:{index} ({name}), torch {torch.__version__}")
    return torch.device("cuda", index)


def hold_one(locks: Sequence[Path], *, look_every_s: float = LOOK_EVERY_S) -> tuple[int, IO[str]]:
    """The place of the first lock that nobody holds, and the lock, held; waits for one.

    It is given up when it is closed, or when the process ends.
    """
    told = False
    while True:
        for place, path in enumerate(locks):
            lock = _held(path)
            if lock is not None:
                return place, lock
        if not told:
            log_line(f"waiting for one of {len(locks)} GPUs, which other jobs hold")
        told = True
        time.sleep(look_every_s)


def _held(path: Path) -> IO[str] | None:
    """A lock, held; None where it is held already."""
    path.parent.mkdir(parents=True, exist_ok=True)
    file = path.open("a", encoding="utf-8")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        return None
    return file


def _named(index: int) -> str:
    """A GPU's own name: a cluster gives each job another one as index 0."""
    return f"gpu-{torch.cuda.get_device_properties(index).uuid}"
