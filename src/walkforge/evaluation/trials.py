"""Trial records: every configuration that was ever tried, so that choosing can be paid for.

A trial is the hash of the configuration that shapes a result: data, features, splits, money and the
agent, without the seed. Sources: D. H. Bailey and M. Lopez de Prado, The Deflated Sharpe Ratio,
2014: the best of many tries shows a good ratio by chance, the more the more there are.
"""

import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

from walkforge.configuration.renamed import OF_ALGORITHMS, OF_REWARDS
from walkforge.provenance import canonical_json, sha256_bytes, sync

KEY_LENGTH = 32
# A trial keeps the names of format 1: what was tried under them is not tried anew.
_RENAMED = {"algorithm": OF_ALGORITHMS, "reward": OF_REWARDS}
# What changes how a training is run and kept, not what it looks for.
TECHNICAL = frozenset({"nan_patience", "compiled", "cuda_graphs", "gradient_checkpointing"})
READING = frozenset({"as_of", "text"})  # keys of `data` that say how it is read and checked
_NAME = re.compile(rf"[0-9a-f]{{{KEY_LENGTH}}}\.json")


def trial_of(settings: Mapping[str, Any]) -> str:
    """The content of a trial's record: JSON of its settings, the technical ones left out.

    Args:
        settings: sections data, features, splits and market, and the agent's slice under `agent`.
    """
    agent = {kind: _old_names(kind, values) for kind, values in settings["agent"].items()}
    algorithm = {key: value for key, value in agent["algorithm"].items() if key not in TECHNICAL}
    data = {key: value for key, value in settings["data"].items() if key not in READING}
    splits = dict(settings["splits"])
    splits.pop("shares" if splits["scheme"] != "single" else "train_months", None)
    agent["algorithm"] = algorithm
    kept = dict(settings) | {"data": data, "splits": splits, "agent": agent}
    return canonical_json({"schema_version": 1, "settings": _plain(kept)})


def _old_names(kind: str, settings: Mapping[str, Any]) -> dict[str, Any]:
    """Settings of a part by the names that they had in format 1."""
    old_of = {new: old for old, new in _RENAMED.get(kind, {}).items()}
    # A key of format 1 that ent_coef took in.
    more = {"final_entropy_coefficient": None} if "ent_coef" in settings else {}
    return {old_of.get(key, key): value for key, value in settings.items()} | more


def _plain(value: Any) -> Any:
    """A value in the form in which equal configurations are equal: 10 is 10.0.

    Lists of names are sets: of symbols, and of families.
    """
    if isinstance(value, dict):
        return {key: _plain(entry) for key, entry in value.items()}
    if isinstance(value, list):
        entries = [_plain(entry) for entry in value]
        names = all(isinstance(entry, str) for entry in entries)
        return sorted(entries) if names else entries
    return float(value) if type(value) is int else value


def trial_key(settings: Mapping[str, Any]) -> str:
    """The name of a trial: 32 hexadecimal digits."""
    return sha256_bytes(trial_of(settings).encode())[:KEY_LENGTH]


def record_trial(folder: Path, settings: Mapping[str, Any]) -> Path:
    """Write a trial's record `folder/<key>.json`, unless it is there, and return its path.

    Of many jobs that record the same trial at once one writes it; it is there whole or not at all,
    and no record is ever changed.
    """
    path = folder / f"{trial_key(settings)}.json"
    if path.exists():
        return path
    folder.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{uuid4().hex}")
    try:
        beside.write_bytes(trial_of(settings).encode())
        sync(beside)
        with suppress(FileExistsError):
            path.hardlink_to(beside)
    finally:
        beside.unlink(missing_ok=True)
    return path


def count_trials(folder: Path, planned: Iterable[Mapping[str, Any]]) -> int:
    """How many trials there are: those recorded in a folder, and those about to run."""
    names = [path.name for path in folder.iterdir()] if folder.is_dir() else []
    recorded = {name.removesuffix(".json") for name in names if _NAME.fullmatch(name)}
    return len(recorded | {trial_key(settings) for settings in planned})
