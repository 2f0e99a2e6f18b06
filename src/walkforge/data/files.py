"""The one file that a source reads: there, regular, not empty."""

import stat
from pathlib import Path

from walkforge.errors import InputError


def source_file(path: str | None) -> Path:
    """Return the path of a regular file with something in it.

    Raises
    ------
    InputError
        For no path, no such file, a folder, a device or a pipe, or a file of 0 bytes.

    """
    if path is None:
        raise InputError("data.path is null: name the file that the source reads")
    file = Path(path)
    try:
        found = file.stat()
    except (OSError, ValueError) as error:
        raise InputError(
            f"data.path {path!r} cannot be found ({error}), looked for from {Path.cwd()}: "
            "correct the path"
        ) from error
    if stat.S_ISDIR(found.st_mode):
        raise InputError(f"data.path {path!r} is a folder: name one file in it")
    if not stat.S_ISREG(found.st_mode):
        raise InputError(f"data.path {path!r} is no regular file: name one with the bars")
    if found.st_size == 0:
        raise InputError(f"data.path {path!r} is an empty file: name one with the bars")
    return file
