"""Trial records: every configuration that was ever tried, so that choosing can be paid for.

A trial is the hash of the configuration that shapes a result: data, features, splits, money and the
agent, without the seed. Sources: D. H. Bailey and M. Lopez de Prado, The Deflated Sharpe Ratio,
2014: the best of many tries shows a good ratio by chance, the more the more there are.
"""

import os
import re
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from walkforge.provenance import canonical_json, sha256_bytes

KEY_LENGTH = 32
# What changes how a training is run and kept, not what it looks for.
TECHNICAL = frozenset(
    {"checkpoint_every", "resume_from", "nan_patience", "tensorboard", "compiled", "cuda_graphs"}
    | {"gradient_checkpointing"}
)
_NAME = re.compile(rf"[0-9a-f]{{{KEY_LENGTH}}}\.json")


def trial_of(settings: Mapping[str, Any]) -> str:
    """Return the content of a trial's record: JSON of its settings, the technical ones left out.

    Args:
        settings: sections data, features, splits and market, and the agent's slice under `agent`.
    """
    agent = {kind: dict(values) for kind, values in settings["agent"].items()}
    algorithm = {key: value for key, value in agent["algorithm"].items() if key not in TECHNICAL}
    kept = {**settings, "agent": agent | {"algorithm": algorithm}}
    return canonical_json({"schema_version": 1, "settings": kept})


def trial_key(settings: Mapping[str, Any]) -> str:
    """Return the name of a trial: 32 hexadecimal digits."""
    return sha256_bytes(trial_of(settings).encode())[:KEY_LENGTH]


def record_trial(folder: Path, settings: Mapping[str, Any]) -> Path:
    """Write a trial's record `folder/<key>.json` whole, unless it is there, and return its path.

    Of many jobs that record the same trial at once one writes it; no record is ever changed.
    """
    path = folder / f"{trial_key(settings)}.json"
    if path.exists():
        return path
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=folder, prefix=".trial.", delete=False) as file:
        file.write(trial_of(settings).encode())
        file.flush()
        os.fsync(file.fileno())
    Path(file.name).chmod(0o644)
    try:
        path.hardlink_to(file.name)
    except FileExistsError:
        pass
    finally:
        Path(file.name).unlink()
    return path


def count_trials(folder: Path, planned: Iterable[Mapping[str, Any]]) -> int:
    """Return how many trials there are: those recorded in a folder, and those about to run."""
    names = [path.name for path in folder.iterdir()] if folder.is_dir() else []
    recorded = {name.removesuffix(".json") for name in names if _NAME.fullmatch(name)}
    return len(recorded | {trial_key(settings) for settings in planned})
