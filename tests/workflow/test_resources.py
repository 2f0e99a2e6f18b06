"""GPUs are counted without torch, and jobs share exactly as many as there are."""

import os
from pathlib import Path

import pytest

from workflow_study import Study


def listing(folder: Path, gpus: int) -> str:
    """A PATH whose nvidia-smi lists this many GPUs."""
    command = folder / "nvidia-smi"
    lines = "".join(f"GPU {i}: NVIDIA H200 (UUID: GPU-{i})\\n" for i in range(gpus))
    command.write_text(f"#!/bin/sh\nprintf '{lines}'\n")
    command.chmod(0o755)
    return f"{folder}{os.pathsep}{os.environ['PATH']}"


@pytest.mark.parametrize("gpus", [0, 2])
def test_as_many_gpus_are_shared_as_nvidia_smi_lists(
    unbuilt: Study, tmp_path: Path, gpus: int
) -> None:
    target = "results/bars/bars.parquet"
    done = unbuilt.snakemake("--cores", "1", "--", target, PATH=listing(tmp_path, gpus))
    assert done.returncode == 0, done.stderr
    assert f'gpu=Resource("gpu", {gpus})' in done.stderr or f"gpu={gpus}" in done.stderr


def test_the_command_line_still_wins(unbuilt: Study, tmp_path: Path) -> None:
    target = "results/bars/bars.parquet"
    arguments = ["--cores", "1", "--resources", "gpu=4", "--", target]
    done = unbuilt.snakemake(*arguments, PATH=listing(tmp_path, 2))
    assert done.returncode == 0, done.stderr
    assert 'gpu=Resource("gpu", 4)' in done.stderr or "gpu=4" in done.stderr
