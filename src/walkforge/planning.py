"""What the workflow asks while it is planned: no heavy import, no data."""

import shutil
import subprocess
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from walkforge.errors import InputError
from walkforge.splits.windows import Fold, last_readable


def fold_for(folds: Sequence[Fold], day: date) -> str:
    """Return the newest fold whose train and validation data all lie on or before a date.

    Raises:
        InputError: there is none; names the earliest date that can be ranked.
    """
    fitting = [fold for fold in folds if last_readable(fold) <= day]
    if not fitting:
        earliest = min(last_readable(fold) for fold in folds)
        raise InputError(f"no policy may know {day}: the earliest date to rank is {earliest}")
    return max(fitting, key=last_readable).name


def count_gpus() -> int:
    """Return how many GPUs nvidia-smi lists, 0 where it is missing."""
    command = shutil.which("nvidia-smi")
    if command is None:
        return 0
    listed = subprocess.run([command, "-L"], capture_output=True, text=True, check=False)  # noqa: S603
    return sum(line.startswith("GPU ") for line in listed.stdout.splitlines())


def money(market: Mapping[str, Any]) -> dict[str, Any]:
    """Return the money settings of section `market`, without schemes and rewards."""
    return {key: market[key] for key in sorted(market) if key not in ("schemes", "rewards")}
