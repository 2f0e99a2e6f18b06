"""What must hold between the keys of section data."""

import datetime as dt
import stat
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from walkforge.configuration.faults import Fault, KeyPath, shown
from walkforge.data.spacing import Frequency, last_due
from walkforge.errors import nearest

_NULL_WORDS = ("null", "none", "nil")

# Sources that read files, and whether these may be a folder's.
_READS_FOLDERS = {"csv": True, "parquet": True, "sqlite": False}


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


def path_faults(source: str, path: str | None) -> Iterator[Fault]:
    """Give the fault of a file that the source needs and lacks, or has and does not read."""
    where: KeyPath = ("data", "path")
    if source == "sample":
        if path is not None:
            yield Fault(where, f"{path!r} is not read by source sample: write null")
    elif path is None:
        yield Fault(where, f"null, but source {source} reads a file or folder: write its path")
    elif source in _READS_FOLDERS and (problem := _path_problem(path, _READS_FOLDERS[source])):
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
    source: str, layout: str, table: str | None, columns: Mapping[str, Any]
) -> Iterator[Fault]:
    """Give the faults of a layout, table or column that does not go with the source."""
    if layout == "wide" and source != "csv":
        yield Fault(("data", "layout"), f"wide is read from csv, not from {source}: write long")
    if source == "sqlite" and table is None:
        yield Fault(("data", "table"), "null, but source sqlite reads a table: write its name")
    if source != "sqlite" and table is not None:
        yield Fault(("data", "table"), f"{shown(table)} is not read by {source}: write null")
    if source == "sqlite" and columns["symbol"] is None:
        problem = "null, but a table has rows of many symbols: write the name of its column"
        yield Fault(("data", "columns", "symbol"), problem)


def frequency_faults(source: str, frequency: str) -> Iterator[Fault]:
    """Give the fault of a source that has daily bars alone."""
    if source in ("sample", "yahoo") and frequency != "daily":
        problem = f"{frequency}, but source {source} has daily bars: write daily"
        yield Fault(("data", "frequency"), problem)


def download_faults(source: str, symbols: Any, start: str | None) -> Iterator[Fault]:
    """Give the faults of a download that does not say what it is for."""
    if source == "yahoo" and symbols is None:
        yield Fault(("data", "symbols"), "null, but source yahoo must know which: list them")
    if source == "yahoo" and start is None:
        yield Fault(("data", "start"), "null, but source yahoo must know from when: give a date")


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
