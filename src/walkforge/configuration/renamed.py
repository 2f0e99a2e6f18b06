"""Keys that had other names or places, for files of then and for what was made by them."""

from collections.abc import Iterator, Mapping
from typing import Any

Path = tuple[str, ...]

# Of algorithms: stable-baselines3's names since.
OF_ALGORITHMS = {
    "environments": "n_envs",
    "rollout_steps": "n_steps",
    "minibatch": "batch_size",
    "epochs": "n_epochs",
    "value_clip_range": "clip_range_vf",
    "entropy_coefficient": "ent_coef",
    "value_coefficient": "vf_coef",
    "max_gradient_norm": "max_grad_norm",
}
# Keys of algorithms that another took in: what to write there.
TAKEN_IN = dict.fromkeys(
    ("final_ent_coef", "final_entropy_coefficient"),
    "is part of ent_coef: write ent_coef: linear(FIRST, LAST), or the number alone",
)
OF_REWARDS = {"settle_days": "burn_in_days"}
# What changes no result, of algorithms before.
_KEPT = {name: f"/runtime/{name}" for name in ("checkpoint_every", "on_unfit", "tensorboard")}

# Path of a section, * for any name -> old key and its name now, / before its whole path.
_WITHIN: Mapping[tuple[str, ...], Mapping[str, str]] = {
    ("algorithms", "*"): OF_ALGORITHMS | _KEPT,
    ("agents", "*", "overrides", "algorithm"): OF_ALGORITHMS | _KEPT,
    ("agents", "*", "overrides", "reward"): OF_REWARDS,
    ("rewards", "*"): OF_REWARDS,
    ("market",): {"schemes": "/schemes", "rewards": "/rewards"},
    ("market", "rewards", "*"): OF_REWARDS,
    ("robustness",): {"groups": "n_folds", "test_groups": "n_test_folds"},
}


def renamed_keys(config: Mapping[str, Any]) -> Iterator[tuple[Path, Path]]:
    """Give the path of each key that has another now, and that."""
    for place, names in _WITHIN.items():
        for path, section in _sections(config, place):
            for old, new in names.items():
                if old in section:
                    yield (*path, old), _today(path, new)


def taken_in_keys(config: Mapping[str, Any]) -> Iterator[tuple[Path, str]]:
    """Give the path of each key that another took in, and what to write instead."""
    for place in (("algorithms", "*"), ("agents", "*", "overrides", "algorithm")):
        for path, section in _sections(config, place):
            for old, remedy in TAKEN_IN.items():
                if old in section:
                    yield (*path, old), remedy


def _today(path: Path, new: str) -> Path:
    """The path that a key has today."""
    if new.startswith("/"):
        return tuple(new[1:].split("/"))
    return (*(path[1:] if path[:2] == ("market", "rewards") else path), new)


def _sections(value: Any, place: tuple[str, ...]) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    """Give the mappings at a place of a configuration with their paths."""
    if not isinstance(value, Mapping):
        return
    if not place:
        yield (), value
        return
    first, *rest = place
    for key in [*value] if first == "*" else [first]:
        if key in value:
            for path, found in _sections(value[key], tuple(rest)):
                yield (key, *path), found
