"""What must hold between the keys of section data."""

import datetime as dt
import stat
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from walkforge.configuration.faults import Fault, KeyPath, shown
from walkforge.data.source_entry import Source
from walkforge.data.spacing import Frequency, last_due
from walkforge.errors import nearest

_NULL_WORDS = ("null", "none", "nil")


def data_order_faults(start: str | None, end: str | None) -> Iterator[Fault]:
    """Give the fault of data dates that keep no day."""
    if start and end and start > end:
        yield Fault(("data", "start"), f"{start} is after data.end {end}: move one")


def data_start_faults(kept_from: str | None, start: str) -> Iterator[Fault]:
    """Give the fault of data that begin after the folds do."""
    if kept_from and kept_from > start:
        yield Fault(("data", "start"), f"{kept_from} is after splits.start {start}: move one")


def data_end_faults(kept_to: str | None, end: str, frequency: Frequency) -> Iterator[Fault]:
    """Give the fault of data that end before the last bar of the folds."""
    if kept_to is None:
        return
    if dt.date.fromisoformat(kept_to) < last_due(dt.date.fromisoformat(end), frequency):
        problem = f"{kept_to} leaves out days before splits.end {end}: move one, or write null"
        yield Fault(("data", "end"), problem)


def path_faults(source: Source, path: str | None) -> Iterator[Fault]:
    """Give the fault of a file that the source needs and lacks, or has and does not read."""
    where: KeyPath = ("data", "path")
    if source.path is None:
        if path is not None:
            yield Fault(where, f"{path!r} is not read by source {source.name}: write null")
    elif path is None:
        problem = f"null, but source {source.name} reads a file or folder: write its path"
        yield Fault(where, problem)
    elif source.path != "cache" and (problem := _path_problem(path, source.path == "files")):
        yield Fault(where, f"{path!r} {problem}")


def _path_problem(path: str, folders: bool) -> str:  # noqa: FBT001
    """Why a path cannot be read, empty where it can."""
    if "{" in path or "}" in path:
        return "has a brace, which Snakemake takes for a wildcard: rename it"
    try:
        mode = Path(path).stat().st_mode
    except FileNotFoundError:
        return f"not found: looked for from {Path.cwd()}: correct the path"
    except (OSError, ValueError) as error:
        return f"cannot be read: {error}: correct the path"
    if stat.S_ISREG(mode) or (folders and stat.S_ISDIR(mode)):
        return ""
    return f"is {'a folder' if stat.S_ISDIR(mode) else 'no regular file'}: write a file's path"


def layout_faults(
    source: Source, layout: str, table: str | None, columns: Mapping[str, Any]
) -> Iterator[Fault]:
    """Give the faults of a layout, table or column that does not go with the source."""
    name = source.name
    if layout not in source.layouts:
        known = " or ".join(source.layouts)
        problem = f"{layout} is read from csv, not from {name}: write {known}"
        yield Fault(("data", "layout"), problem)
    if source.table and table is None:
        yield Fault(("data", "table"), f"null, but source {name} reads a table: write its name")
    if not source.table and table is not None:
        yield Fault(("data", "table"), f"{shown(table)} is not read by {name}: write null")
    if source.table and columns["symbol"] is None:
        problem = "null, but a table has rows of many symbols: write the name of its column"
        yield Fault(("data", "columns", "symbol"), problem)


def frequency_faults(source: Source, frequency: str) -> Iterator[Fault]:
    """Give the fault of a source that has daily bars alone."""
    if source.daily and frequency != "daily":
        problem = f"{frequency}, but source {source.name} has daily bars: write daily"
        yield Fault(("data", "frequency"), problem)


def download_faults(source: Source, symbols: Any, start: str | None) -> Iterator[Fault]:
    """Give the faults of a download that does not say what it is for."""
    name = source.name
    if source.path == "cache" and symbols is None:
        yield Fault(("data", "symbols"), f"null, but source {name} must know which: list them")
    if source.path == "cache" and start is None:
        problem = f"null, but source {name} must know from when: give a date"
        yield Fault(("data", "start"), problem)


def universe_faults(symbols: Any, universes: Mapping[str, Sequence[str]]) -> Iterator[Fault]:
    """Give the fault of symbols by the name of a universe that is not there."""
    if not isinstance(symbols, str) or symbols in universes:
        return
    if symbols.lower() in _NULL_WORDS:
        problem = f"{shown(symbols)} is text: write null, in lower case, for all symbols"
    elif universes:
        close = shown(nearest(symbols, universes))
        problem = f"{shown(symbols)} is no name under universes: write {close}, or a list"
    else:
        problem = f"{shown(symbols)} is no name under universes, which is empty: write a list"
    yield Fault(("data", "symbols"), problem)


def volume_faults(
    volume: str, column: str | None, impact: str, coefficient: float
) -> Iterator[Fault]:
    """Give the faults of a volume that is needed and not there."""
    if volume == "required" and column is None:
        problem = "null, but data.volume is required: write the column's name, or make that absent"
        yield Fault(("data", "columns", "volume"), problem)
    if volume == "absent" and impact == "square_root" and coefficient > 0:
        problem = "square_root goes by volume, and data.volume is absent: write simple or none"
        yield Fault(("market", "costs", "impact"), problem)


def number_faults(decimal: str, thousands: str | None) -> Iterator[Fault]:
    """Give the fault of one mark for two things."""
    if decimal == thousands:
        problem = f"{shown(thousands)} is data.text.decimal too: write null or another"
        yield Fault(("data", "text", "thousands"), problem)
