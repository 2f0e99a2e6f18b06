"""What each source's content depends on, as files: what a plan must compare before it reads any.

The one list of sources: `ingest.SOURCES` reads by the same names, and what is missing here cannot
be read. Nothing heavy is imported, since every plan asks.
"""

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from walkforge.data.cache import asked_files
from walkforge.errors import InputError, nearest

CSV_SUFFIXES = (".csv", ".txt")
PARQUET_SUFFIXES = (".parquet", ".pq")
# What SQLite keeps beside a database: rows that are committed and not yet in it, or to be undone.
SQLITE_BESIDE = ("-wal", "-journal")

# Sources that read a folder: which of its files.
SUFFIXES: Mapping[str, tuple[str, ...]] = {"csv": CSV_SUFFIXES, "parquet": PARQUET_SUFFIXES}

# Snakemake reads them as wildcards, wherever they stand in a path.
BRACES = frozenset("{}")


# Sources that give the configured dates alone, of which the first and last need be no session, and
# that keep what they read for later runs.
DOWNLOADS = frozenset({"yahoo"})


def source_inputs(section: Mapping[str, Any]) -> list[str]:
    """The files that there are now of those that the configured source depends on, sorted.

    Args:
        section: `data` of the configuration, symbols listed.

    Raises:
        InputError: a source that states no files, or a file with a brace in its name.
    """
    source = section["source"]
    if source not in FILES_OF:
        raise InputError(
            f"data.source is {source!r}, not one of {', '.join(FILES_OF)}: "
            f"write {nearest(source, FILES_OF)!r}?"
        )
    try:
        files = sorted({str(file) for file in FILES_OF[source](section)})
    except OSError:
        return []  # what reads it says why it cannot
    for file in files:
        if BRACES.intersection(file):
            raise InputError(
                f"{file}: has a brace, which Snakemake takes for a wildcard: rename it", code="PATH"
            )
    return files


def downloaded(section: Mapping[str, Any]) -> list[str]:
    """The files that reading the source has added to those that it depends on."""
    return source_inputs(section) if section["source"] in DOWNLOADS else []


def _csv_files(section: Mapping[str, Any]) -> list[Path]:
    return _listed(Path(section["path"]), CSV_SUFFIXES)


def _parquet_files(section: Mapping[str, Any]) -> list[Path]:
    return _listed(Path(section["path"]), PARQUET_SUFFIXES)


def _listed(place: Path, suffixes: tuple[str, ...]) -> list[Path]:
    """A file, or those of a folder that a reader takes: a file beside them changes no bar."""
    if not place.is_dir():
        return [place]
    return [each for each in place.iterdir() if is_read(each, suffixes)]


def is_read(entry: Path, suffixes: tuple[str, ...]) -> bool:
    """Whether an entry of a folder is a file that is read: by its suffix, and not hidden."""
    visible = not entry.name.startswith(".")
    return visible and entry.suffix.lower() in suffixes and entry.is_file()


def _database_files(section: Mapping[str, Any]) -> list[Path]:
    """A database and what lies beside it, where SQLite looks: beside what a link points to."""
    place = Path(section["path"])
    real = Path(os.path.realpath(place)) if place.is_symlink() else place
    beside = [real.with_name(real.name + suffix) for suffix in SQLITE_BESIDE]
    return [place, *(file for file in beside if file.is_file() and file.stat().st_size)]


def _sample_files(section: Mapping[str, Any]) -> list[Path]:
    """None: the packages that hold the sample are in the digest of the code by their versions."""
    return []


def _cached_files(section: Mapping[str, Any]) -> list[Path]:
    """What was downloaded already; the rest is downloaded when it is read."""
    return [file for file in asked_files(section) if file.is_file()]


FILES_OF: Mapping[str, Callable[[Mapping[str, Any]], list[Path]]] = {
    "sample": _sample_files,
    "csv": _csv_files,
    "parquet": _parquet_files,
    "sqlite": _database_files,
    "yahoo": _cached_files,
}
