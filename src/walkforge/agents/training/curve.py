"""The training curve: its columns, and rows that are what they must be."""

import math
from typing import Any

from walkforge.errors import InputError

CURVE = {  # column of the training curve: name in the logger
    "reward": "rollout/reward",
    "turnover": "rollout/turnover",
    "effective_names": "rollout/effective_names",
    "action_std": "train/std",
    "policy_loss": "train/policy_gradient_loss",
    "value_loss": "train/value_loss",
    "entropy_loss": "train/entropy_loss",
    "approx_kl": "train/approx_kl",
    "clip_fraction": "train/clip_fraction",
    "explained_variance": "train/explained_variance",
    "gradient_norm": "train/gradient_norm",
}
COLUMNS = ("timesteps", *CURVE)

Rows = list[dict[str, float]]  # by column, one for each roll-out


def check_rows(rows: Any, *, steps: int) -> None:
    """Raise unless rows are those of a curve after so many steps.

    Raises:
        InputError: a column is missing or unknown, a value is not a finite number, or the timesteps
            do not rise or go beyond those done.
    """
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise InputError("its rows are no rows of a curve")
    before = 0.0
    for number, row in enumerate(rows):
        where = f"row {number} of its curve"
        apart = sorted(set(COLUMNS) ^ set(row))
        if apart:
            raise InputError(f"{where} lacks or adds {', '.join(map(repr, apart[:3]))}")
        for name, value in row.items():
            if type(value) is not float or not math.isfinite(value):
                raise InputError(f"{where} holds {value!r} as {name}: a finite number is needed")
        now = row["timesteps"]
        if not before < now <= steps:
            raise InputError(f"{where} is of {now:.0f} steps, after {before:.0f}, of {steps} done")
        before = now
