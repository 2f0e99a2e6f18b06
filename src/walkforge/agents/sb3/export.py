"""A trained policy as stable-baselines3's zip, for other tools; ours never loads one."""

import io
import json
import zipfile
from collections.abc import Mapping
from typing import Any

import stable_baselines3
import torch

EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest that a zip can say: equal policies give equal bytes


def sb3_zip(parameters: Mapping[str, Mapping[str, Any]]) -> bytes:
    """What `set_parameters(path, exact_match=True)` of a model like ours takes.

    It holds plain JSON, and tensors as torch.save writes them, which torch.load reads with
    weights_only=True: `load`, which builds a model from other pickled objects, finds none. Where
    actor and critic have optimisers of their own, the zip holds the actor's, as a model of
    stable-baselines3 has a place for one.

    Args:
        parameters: what a model's get_parameters() gives: policy, and its optimiser's state.
    """
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        _add(archive, "data", json.dumps({}).encode())
        for name, state in parameters.items():
            content = io.BytesIO()
            torch.save(dict(state), content)
            _add(archive, f"{name}.pth", content.getvalue())
        _add(archive, "_stable_baselines3_version", stable_baselines3.__version__.encode())
    return buffer.getvalue()


def _add(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    """Add a file without a clock."""
    archive.writestr(zipfile.ZipInfo(name, EPOCH), content)
