"""Checkpoints of a training: complete state as safetensors and JSON, hashed, written atomically."""

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import torch
from safetensors import SafetensorError
from safetensors.torch import load as load_tensors
from safetensors.torch import save as save_tensors
from torch import Tensor

from walkforge.errors import InputError
from walkforge.foreign import MALFORMED, MOST_JSON_BYTES, check_safetensors, strict_mapping
from walkforge.provenance import canonical_json, read_bytes, sha256_bytes, write_artifacts

SCHEMA_VERSION = 1
TENSORS = "tensors.safetensors"
STATE = "state.json"
KEPT = 2


class Checkpoint(NamedTuple):
    """A training's state: tensors by name, and a JSON value that says the rest."""

    tensors: dict[str, Tensor]
    state: dict[str, Any]


def save_checkpoint(folder: Path, steps: int, checkpoint: Checkpoint) -> Path:
    """Write a checkpoint as `folder/<steps>`, and remove all but the last two."""
    place = folder / f"{steps:012d}"
    place.mkdir(parents=True, exist_ok=True)
    tensors = {
        name: value.detach().cpu().contiguous() for name, value in checkpoint.tensors.items()
    }
    data = save_tensors(tensors)
    state = {"schema_version": SCHEMA_VERSION, "tensors": sha256_bytes(data)} | checkpoint.state
    write_artifacts(
        "train_agent", {place / TENSORS: data, place / STATE: canonical_json(state).encode()}
    )
    # Higher numbers are of a training that was not gone on with: damaged, or another's.
    before = [each for each in saved_places(folder) if each.name < place.name]
    kept = {place, *before[-(KEPT - 1) :]}
    for old in saved_places(folder):
        if old not in kept:
            shutil.rmtree(old, ignore_errors=True)
    return place


def saved_places(folder: Path) -> list[Path]:
    """The folders of a training's checkpoints, oldest first."""
    if not folder.is_dir():
        return []
    return sorted(each for each in folder.iterdir() if _is_place(each))


def _is_place(path: Path) -> bool:
    """Whether a path is a folder of a checkpoint."""
    return path.name.isdigit() and path.is_dir() and not path.is_symlink()


def load_checkpoint(place: Path) -> Checkpoint:
    """A checkpoint; hashes and shapes of JSON are checked, nothing is executed.

    Raises:
        InputError: a file is missing or altered, or it is no checkpoint.
    """
    data = read_bytes(place / TENSORS)
    said = read_bytes(place / STATE, most=MOST_JSON_BYTES)
    try:
        state = strict_mapping(said)
        version = state.pop("schema_version")
        digest = state.pop("tensors")
        check_safetensors(data[:8])
        tensors = load_tensors(data)
    except (SafetensorError, *MALFORMED) as error:
        raise InputError(f"{place}: is no checkpoint ({error!r:.300})") from error
    if version != SCHEMA_VERSION:
        raise InputError(f"{place}: has schema version {version!r:.80}, known is {SCHEMA_VERSION}")
    if digest != sha256_bytes(data):
        raise InputError(f"{place}: its tensors are of another checkpoint")
    return Checkpoint(tensors, state)


def newest_sound(folder: Path) -> tuple[Path, Checkpoint] | None:
    """The newest checkpoint that is whole, or None."""
    for place in reversed(saved_places(folder)):
        try:
            found = load_checkpoint(place)
            if found.state.get("num_timesteps") == int(place.name):
                return place, found
        except InputError:
            continue
    return None


def training_key(**parts: Any) -> str:
    """The name under which a training's checkpoints lie: a hash of all it depends on.

    Other than the parts given, these are torch's version and the machine's instructions, on which
    the bits of a training depend.
    """
    gpu = torch.cuda.get_device_name(0) if torch.cuda.is_available() else "none"
    machine = [torch.__version__, torch.backends.cpu.get_cpu_capability(), gpu]
    return sha256_bytes(canonical_json({"machine": machine} | parts).encode())[:32]


def prefixed(name: str, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Tensors under names that begin with one of ours."""
    return {f"{name}.{key}": value for key, value in tensors.items()}


def under(name: str, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The tensors whose names begin so, without the beginning."""
    start = f"{name}."
    return {key[len(start) :]: value for key, value in tensors.items() if key.startswith(start)}
