"""The files of a source: there, regular, readable, in the order of their names."""

import stat
from pathlib import Path

from walkforge.data.source_entry import is_read
from walkforge.errors import InputError
from walkforge.foreign import read_regular

MOST_TEXT_BYTES = 1 << 33
# Suffixes of files that may have been meant to be read, by this source or another.
_OF_TABLES = frozenset(
    {".csv", ".txt", ".tsv", ".parquet", ".pq", ".xls", ".xlsx", ".feather", ".arrow"}
)


def source_files(path: str | None, *, suffixes: tuple[str, ...]) -> list[Path]:
    """The file at a path, or the files of a folder that have one of the suffixes.

    Hidden files and folders within are left out.

    Raises:
        InputError: PATH for no path, no such file, a device or a pipe, or a folder without any.
    """
    if path is None:
        raise InputError("data.path is null: name the file or folder to read", code="PATH")
    place = Path(path)
    mode = _mode(place)
    if stat.S_ISDIR(mode):
        return _in_folder(place, suffixes)
    _check_regular(place, mode)
    return [place]


def left_out(path: str | None, *, suffixes: tuple[str, ...]) -> dict[str, str]:
    """What a folder shows that may hold bars and is not read, by name -> why; of a file nothing."""
    folder = Path(path or "")
    if not folder.is_dir():
        return {}
    entries = (entry for entry in sorted(folder.iterdir()) if _may_hold_bars(entry))
    return {e.name: _why_not(e, suffixes) for e in entries if not is_read(e, suffixes)}


def _may_hold_bars(entry: Path) -> bool:
    """Whether an entry of a folder is one of tables, packed or not, or a folder, and not hidden."""
    tables = _OF_TABLES.intersection(map(str.lower, entry.suffixes))
    return not entry.name.startswith(".") and (bool(tables) or entry.is_dir())


def _why_not(entry: Path, suffixes: tuple[str, ...]) -> str:
    """Why an entry of a folder is no file that is read."""
    if entry.is_dir():
        return "a folder, in which none is looked for"
    if not entry.exists():
        return "a link to nothing"
    return f"not *{', *'.join(suffixes)}" if entry.is_file() else "no regular file"


def single_file(path: str | None) -> Path:
    """The path of a regular file.

    Raises:
        InputError: PATH for no path, no such file, a folder, a device or a pipe.
    """
    if path is None:
        raise InputError("data.path is null: name the file to read", code="PATH")
    file = Path(path)
    _check_regular(file, _mode(file))
    return file


def read_file(file: Path) -> bytes:
    """A file's content.

    Raises:
        InputError: EMPTY for a file of 0 bytes, PATH for one that cannot be read.
    """
    try:
        content = read_regular(file, most=MOST_TEXT_BYTES)
    except InputError as error:
        raise InputError(error.bare, code="PATH") from error
    except OSError as error:
        raise InputError(
            f"{file}: cannot be read ({error.strerror}): correct its permissions", code="PATH"
        ) from error
    if not content:
        raise InputError(
            f"{file}: the file is empty (0 bytes): give one that holds bars", code="EMPTY"
        )
    return content


def _mode(place: Path) -> int:
    """What kind of file there is at a path."""
    try:
        return place.stat().st_mode
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise InputError(
            f"data.path '{place}' cannot be found ({reason}), looked for from {Path.cwd()}: "
            "correct the path",
            code="PATH",
        ) from error


def _check_regular(file: Path, mode: int) -> None:
    """Refuse what is not a regular file: reading a pipe would wait for ever."""
    if stat.S_ISDIR(mode):
        raise InputError(f"data.path '{file}' is a folder: name one file in it", code="PATH")
    if not stat.S_ISREG(mode):
        raise InputError(
            f"data.path '{file}' is not a regular file: name one that holds the bars", code="PATH"
        )


def _in_folder(folder: Path, suffixes: tuple[str, ...]) -> list[Path]:
    """The regular files of a folder with one of the suffixes, by name."""
    try:
        entries = sorted(folder.iterdir())
    except OSError as error:
        raise InputError(
            f"data.path '{folder}' cannot be listed ({error.strerror}): correct its permissions",
            code="PATH",
        ) from error
    files = [entry for entry in entries if is_read(entry, suffixes)]
    if not files:
        raise InputError(
            f"data.path '{folder}' holds no file *{', *'.join(suffixes)} among its "
            f"{len(entries)} entries: name the folder with the bars",
            code="PATH",
        )
    return files
