"""What each source states of itself, and the files that its content depends on.

A plan compares these files before it reads any, so nothing heavy is imported: what a module states
is read from its text.
"""

import ast
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, Literal

from walkforge.data.cache import asked_files
from walkforge.errors import InputError, nearest
from walkforge.registry import SOURCE, modules

# Snakemake reads them as wildcards, wherever they stand in a path.
BRACES = frozenset("{}")

_REMEDY = "{}: state SOURCE = Source(...) in literals"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What the module of a source states of it, in a literal.

    Attributes:
        path: what data.path is: "file"; "files" for a file or a folder of them; "cache" for the
            folder that keeps downloads, of which the configured dates are asked, and the first and
            last need be no session; None where nothing is read at a path.
        suffixes: of the files of a folder that are read.
        beside: what stands after a file's name in that of a file beside it that holds rows too.
        layouts: values of data.layout that it reads. table: whether data.table names its table,
            which then has a column of symbols. daily: whether it has daily bars alone.
        name: by which a configuration chooses it: that of its module, filled in when it is found.
    """

    path: Literal["file", "files", "cache"] | None
    suffixes: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()
    layouts: tuple[str, ...] = ("long",)
    table: bool = False
    daily: bool = False
    name: str = ""


@cache
def source_entry(name: str, source: Path = SOURCE) -> Source:
    """What the source of a name states of itself.

    Args:
        source: the folder of packages that is looked into.

    Raises:
        InputError: there is no such source.
        ValueError: it states no literal.
    """
    known = modules("source", source)
    if name not in known:
        raise InputError(
            f"data.source is {name!r}, not one of {', '.join(known)}: "
            f"write {nearest(name, known)!r}?"
        )
    path = source.joinpath(*known[name].split(".")).with_suffix(".py")
    return replace(_stated(path), name=name)


def _stated(path: Path) -> Source:
    """What a module states of itself."""
    try:
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            match node:
                case ast.Assign(targets=[ast.Name(id="SOURCE")], value=ast.Call(keywords=words)):
                    given = {str(each.arg): ast.literal_eval(each.value) for each in words}
                    return Source(**given)
    except (TypeError, ValueError) as error:
        raise ValueError(_REMEDY.format(path)) from error
    raise ValueError(_REMEDY.format(path))


def source_inputs(section: Mapping[str, Any], source: Path = SOURCE) -> list[str]:
    """The files that there are now of those that the configured source depends on, sorted.

    Args:
        section: `data` of the configuration, symbols listed.
        source: the folder of packages that is looked into.

    Raises:
        InputError: there is no such source, or a file has a brace in its name.
    """
    entry = source_entry(section["source"], source)
    try:
        files = sorted({str(file) for file in _files(entry, section)})
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
    return source_inputs(section) if source_entry(section["source"]).path == "cache" else []


def _files(entry: Source, section: Mapping[str, Any]) -> list[Path]:
    """The files that a source depends on; what is to be downloaded yet is none."""
    if entry.path is None:
        return []  # packages that hold bars are in the digest of the code by their versions
    if entry.path == "cache":
        return [file for file in asked_files(section) if file.is_file()]
    place = Path(section["path"])
    if entry.path == "files" and place.is_dir():
        return [each for each in place.iterdir() if is_read(each, entry.suffixes)]
    # Files beside one lie beside what a link points to.
    real = Path(os.path.realpath(place)) if place.is_symlink() else place
    beside = [real.with_name(real.name + ending) for ending in entry.beside]
    return [place, *(file for file in beside if file.is_file() and file.stat().st_size)]


def is_read(entry: Path, suffixes: tuple[str, ...]) -> bool:
    """Whether an entry of a folder is a file that is read: by its suffix, and not hidden."""
    visible = not entry.name.startswith(".")
    return visible and entry.suffix.lower() in suffixes and entry.is_file()
