"""The log of openings of the hold-out: a line each, appended and never rewritten."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from walkforge.errors import InputError
from walkforge.foreign import MALFORMED, MOST_JSON_BYTES, read_regular
from walkforge.provenance import read_bytes, read_json, sha256_bytes, sync
from walkforge.splits.windows import Window, window_from


def times_opened(record: Path) -> int:
    """How many openings a log holds, 0 where it is missing; a damaged line is one.

    Raises:
        InputError: it is there and cannot be read.
    """
    return len(read_lines(record))


def read_lines(record: Path) -> list[bytes]:
    """The lines of a log, none where it is missing.

    Raises:
        InputError: it is there and cannot be read.
    """
    try:
        lines = read_regular(record, most=MOST_JSON_BYTES).splitlines()
    except FileNotFoundError:
        return []
    except OSError as error:
        raise InputError(
            f"{record}: the record of openings cannot be read ({error.strerror}): "
            "correct its permissions"
        ) from error
    return [line for line in lines if line.strip()]


def unopened(record: Path) -> Window | None:
    """The window that sealed.json beside a log seals, None where it has been opened.

    An opening of it is a line whose window holds it whole; no damaged line is one.

    Raises:
        InputError: one of the files cannot be read.
    """
    manifest = record.with_name("sealed.json")
    if not manifest.is_file():
        return None
    sealed = window_from(read_json(manifest)["test"])
    lines = read_lines(record)
    opened = [window for line in lines if (window := _opened(line)) is not None]
    whole = any(each.start <= sealed.start and sealed.end <= each.end for each in opened)
    return None if whole else sealed


def _opened(line: bytes) -> Window | None:
    """The window of a line, None of a damaged one."""
    try:
        return window_from(json.loads(line)["window"])
    except MALFORMED:
        return None


def record_opening(
    record: Path,
    policies: Sequence[Path],
    *,
    sealed: Mapping[str, Any],
    config: str,
    now: datetime,
) -> int:
    """Append an opening to the log and wait until it is on the disk; how many came before.

    Args:
        record: where; made with its folder if it is missing.
        policies: the manifests of the policies that are about to be rolled; their hashes are kept.
        sealed: the hold-out's manifest, of which window and hash of rows are kept.
        config: digest of the configuration. now: the time.

    Raises:
        InputError: a policy cannot be read, or the line cannot be written.
    """
    opened = times_opened(record)
    hashes = {str(policy): sha256_bytes(read_bytes(policy)) for policy in policies}
    entry = {"time": now.isoformat(timespec="seconds"), "config": config, "policies": hashes}
    entry |= {"window": sealed["test"], "rows_sha256": sealed["rows_sha256"]}
    _append(record, json.dumps(entry, sort_keys=True).encode())
    return opened


def _append(record: Path, line: bytes) -> None:
    """Append a line and sync it; one that a crash left unfinished is ended first, and stays."""
    try:
        record.parent.mkdir(parents=True, exist_ok=True)
        before = read_regular(record, most=MOST_JSON_BYTES) if record.exists() else b""
        unfinished = before and not before.endswith(b"\n")
        with record.open("ab") as file:
            file.write((b"\n" if unfinished else b"") + line + b"\n")
        sync(record)
        sync(record.parent)
    except OSError as error:
        raise InputError(
            f"{record}: the opening cannot be recorded ({error.strerror}), so nothing was read: "
            "make room or correct permissions, and run again"
        ) from error
