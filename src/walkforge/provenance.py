"""Hashes of artifacts, atomic writing and safe reading: the only way the pipeline touches files.

Beside every artifact lies its manifest, ARTIFACT.sha256: the SHA-256 of its bytes in the format
of sha256sum, the rule that wrote it, and what it was made of. Nothing is read that its manifest
does not vouch for.
"""

import hashlib
import json
import os
import re
import stat
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from walkforge.errors import InputError
from walkforge.foreign import (
    MOST_ARTIFACT_BYTES,
    MOST_JSON_BYTES,
    MOST_MANIFEST_BYTES,
    open_regular,
    read_regular,
)
from walkforge.lifeline import runs
from walkforge.manifests import Job, Made, made_of, manifest_in, manifest_of, manifest_text

# Of an artifact: the second kind is of versions that did not name the process.
_TEMPORARY = re.compile(
    r"\..+\.(?:(?P<machine>[0-9a-f]{8})-(?P<process>[0-9]{1,10})-[a-z0-9_]{8}"
    r"|(?:parquet|json|html|png|svg|safetensors|zip|yaml|csv|sha256)\.[a-z0-9_]{8})"
)
_DAY_S = 86_400

# What to write: bytes, text as UTF-8, or what fills a file at the path it is given.
Content = bytes | str | Callable[[Path], object]


def sha256_bytes(data: bytes) -> str:
    """The SHA-256 of bytes, 64 hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


def sha256_file(path: Path) -> str:
    """The SHA-256 of a file's content, 64 hexadecimal digits."""
    with open_regular(path, most=MOST_ARTIFACT_BYTES) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def canonical_json(value: Any) -> str:
    """JSON text that is the same for equal values: sorted keys, fixed separators."""
    return json.dumps(value, sort_keys=True, indent=1, ensure_ascii=True, allow_nan=False) + "\n"


def write_artifacts(by: str | Made | Job, contents: Mapping[Path, Content]) -> None:
    """Write the artifacts of one job and their manifests: all of them, or none.

    Each is written to a temporary file beside its place and synced to disk; only when the last is
    there do they replace what was there before.

    Args:
        by: the job that writes them; outside of a workflow the name of what does.
        contents: what goes where.

    Raises:
        InputError: the disk is full, a folder cannot be written, or something that is not a regular
            file stands in the way. All old artifacts are then as they were.
    """
    said_by = by if isinstance(by, str | Made) else made_of(by)
    staged: list[tuple[Path, Path]] = []
    try:
        for path in contents:
            with _told(path):
                _check_place(path)
                _check_place(manifest_of(path))
        for path, content in contents.items():
            with _told(path):
                artifact = _temporary(path, staged)
                _fill(artifact, content)
                said = manifest_text(sha256_file(artifact), path.name, said_by)
                _fill(_temporary(manifest_of(path), staged), said)
        for temporary, path in staged:
            with _told(path):
                temporary.replace(path)
        for folder in {path.parent for _, path in staged}:
            sync(folder)
    finally:
        for temporary, _ in staged:
            temporary.unlink(missing_ok=True)


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """Turn a failure to write into an error that names the path."""
    try:
        yield
    except OSError as error:
        raise InputError(
            f"{path}: cannot write: {error.strerror or error}: make room or correct permissions, "
            "and run again"
        ) from error


def _check_place(path: Path) -> None:
    """Raise where something that is not a regular file stands."""
    if (path.is_symlink() or path.exists()) and not stat.S_ISREG(path.lstat().st_mode):
        raise InputError(f"{path}: cannot write: it is not a regular file: move it away")


def _temporary(path: Path, staged: list[tuple[Path, Path]]) -> Path:
    """A new empty file beside a path, named after this process, and note the pair."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(
        dir=path.parent, prefix=f".{path.name}.{_here()}-{os.getpid()}-"
    )
    os.close(handle)
    staged.append((Path(name), path))
    return Path(name)


def _here() -> str:
    """This machine, as the names of temporaries say it: process numbers are its own."""
    return sha256_bytes(os.uname().nodename.encode())[:8]


def sweep(folder: Path) -> list[Path]:
    """Remove the temporaries that killed jobs left in a folder, and return what they were.

    Those of a job that still runs stay, and those of another machine for a day.
    """
    swept = []
    for path in sorted(folder.rglob(".*")):
        named = _TEMPORARY.fullmatch(path.name)
        if named is None or path.is_symlink() or not path.is_file():
            continue
        if named["machine"] is None:
            stale = True
        elif named["machine"] == _here():
            stale = not runs(int(named["process"]))
        else:
            stale = time.time() - path.stat().st_mtime > _DAY_S
        if stale:
            path.unlink(missing_ok=True)
            swept.append(path)
    return swept


def _fill(file: Path, content: Content) -> None:
    """Write content to an existing file and sync it to disk."""
    if callable(content):
        content(file)
    else:
        file.write_bytes(content.encode() if isinstance(content, str) else content)
    sync(file)
    file.chmod(0o644)


def sync(path: Path) -> None:
    """Sync a file or folder to disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def check_artifact(path: Path) -> Path:
    """An artifact's path, once its bytes are known to be those that were written.

    Raises:
        InputError: HASH, naming the artifact and the rule that rebuilds it; also when the artifact
            or its manifest is missing.
    """
    said, rule = _said(path)
    try:
        found = sha256_file(path)
    except OSError as error:
        raise _missing(path, error, rule) from error
    return _checked(path, found, said, rule)


def read_bytes(path: Path, *, most: int = MOST_ARTIFACT_BYTES) -> bytes:
    """An artifact's bytes, checked; at most so many.

    Raises:
        InputError: see check_artifact.
    """
    said, rule = _said(path)
    try:
        content = read_regular(path, most=most)
    except OSError as error:
        raise _missing(path, error, rule) from error
    _checked(path, sha256_bytes(content), said, rule)
    return content


def read_json(path: Path) -> Any:
    """The value of a JSON artifact, checked.

    Raises:
        InputError: see check_artifact; also for a file that is no JSON.
    """
    try:
        return json.loads(read_bytes(path, most=MOST_JSON_BYTES))
    except (ValueError, RecursionError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"{path}: not JSON ({error!s:.300}): delete it and run again") from error


def _said(path: Path) -> tuple[str, str]:
    """The hash and the rule that an artifact's manifest names."""
    manifest = manifest_of(path)
    try:
        found = manifest_in(read_regular(manifest, most=MOST_MANIFEST_BYTES).decode())
    except (OSError, ValueError) as error:
        raise InputError(
            f"{path}: its manifest {manifest.name} cannot be read ({error}): delete {path.name} "
            "and run again",
            code="HASH",
        ) from error
    if found is None or found.name != path.name:
        raise InputError(
            f"{manifest}: no manifest of {path.name}: delete {path.name} and run again",
            code="HASH",
        )
    return found.sha256, found.rule


def _checked(path: Path, found: str, said: str, rule: str) -> Path:
    """The path where the hash is the one that the manifest names."""
    if found != said:
        raise InputError(
            f"{path}: its bytes are not those that rule {rule} wrote: run again with "
            f"--forcerun {rule}",
            code="HASH",
        )
    return path


def _missing(path: Path, error: OSError, rule: str) -> InputError:
    """The error of an artifact that cannot be read."""
    return InputError(
        f"{path}: cannot be read ({error.strerror}): run again with --forcerun {rule}", code="HASH"
    )
