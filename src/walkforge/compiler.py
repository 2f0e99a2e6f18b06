"""What torch.compile needs of a machine: a compiler for the code that it writes."""

import os
import shutil
import subprocess
import sys

from walkforge.errors import InputError


def check_compiler(device: str) -> None:
    """Raise unless torch.compile finds the compiler that it needs, where it looks for one.

    That is C++ (CXX, else g++, on a Mac clang++) for a CPU and C (CC, else gcc or clang) for a GPU.

    Args:
        device: type of the device that runs the code: cpu or cuda.

    Raises:
        InputError: there is none; says what to install or set.
    """
    if device == "cpu":
        _check("C++", "CXX", ["clang++" if sys.platform == "darwin" else "g++"])
    else:
        _check("C", "CC", ["gcc", "clang"])


def _check(language: str, variable: str, names: list[str]) -> None:
    """Raise unless a compiler runs: the one that a variable names, else one of these."""
    named = os.environ.get(variable)
    tried = [named] if named else names
    if not any(map(_runs, tried)):
        raise InputError(
            f"torch.compile needs a {language} compiler, and {' and '.join(tried)} cannot be run: "
            f"install one (apt-get install g++), name one in {variable}, or set compiled and "
            "cuda_graphs to false"
        )


def _runs(command: str) -> bool:
    """Whether a command is there and tells its version."""
    if shutil.which(command) is None:
        return False
    try:
        subprocess.run([command, "--version"], check=True, capture_output=True)  # noqa: S603
    except (OSError, subprocess.SubprocessError):
        return False
    return True
