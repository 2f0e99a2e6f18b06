"""A text file as lines of fields: decoded strictly, with nothing guessed.

Left to infer types, a reader turns 000001 into 1, TRUE into a boolean and 01/02/2020 into
whichever date it likes; so every field stays text here.
"""

import csv
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from walkforge.data.config import TextFormat
from walkforge.data.files import read_file
from walkforge.data.raw import check_height, issue, no_issues
from walkforge.errors import InputError, shown

# First bytes of gzip, zip, bzip2, xz, zstd and 7z: a reader may unpack them unasked, to any size.
_COMPRESSED = (
    b"\x1f\x8b", b"PK\x03\x04", b"BZh", b"\xfd7zXZ\x00", b"\x28\xb5\x2f\xfd", b"7z\xbc\xaf\x27\x1c",
)  # fmt: skip
_UTF8_MARK = b"\xef\xbb\xbf"
_WIDE_MARKS = (b"\xff\xfe", b"\xfe\xff")
_SAMPLE_BYTES = 4096
MOST_LINE_BYTES = 10_000_000
MOST_CELLS = 10_000_000  # of lines most of which lack fields
# Stands between the fields of a line while it is taken apart: no printable text holds it.
_UNIT = "\x1f"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lines:
    """A file's lines that are not blank.

    Attributes:
        file: what messages call it. places: [N] UInt32, line numbers from 1. text: [N] the lines.
        issues: BOM and NO_NEWLINE. ended: whether the last line ends in a line feed.
    """

    file: str
    places: pl.Series
    text: pl.Series
    issues: pl.DataFrame
    ended: bool


def read_lines(file: Path, text: TextFormat) -> Lines:
    """The lines of a text file.

    Raises:
        InputError: EMPTY, COMPRESSED, ENCODING, BINARY, NEWLINE, or PATH, with the place.
    """
    content = read_file(file)
    if content.startswith(_COMPRESSED):
        raise InputError(f"{file}: a compressed file: unpack it first", code="COMPRESSED")
    decoded = _decoded(content, file, text.encoding)
    if decoded.count("\r") != decoded.count("\r\n"):
        line = decoded[: decoded.replace("\r\n", "  ").index("\r")].count("\n") + 1
        raise InputError(
            f"{file}: line {line}: ends in a bare carriage return: save with line feeds",
            code="NEWLINE",
        )
    if "\0" in decoded:
        raise _binary(file, decoded[: decoded.index("\0")].count("\n") + 1)
    lines = pl.Series("text", decoded.replace("\r\n", "\n").split("\n"), dtype=pl.String)
    _check_lengths(lines, file)
    filled = lines.str.strip_chars() != ""
    if not filled.any():
        raise InputError(
            f"{file}: the file has only blank lines: give one that holds bars", code="EMPTY"
        )
    places = pl.int_range(1, len(lines) + 1, dtype=pl.UInt32, eager=True).filter(filled)
    marked = content.startswith(_UTF8_MARK)
    return Lines(
        file=str(file),
        places=places,
        text=lines.filter(filled),
        issues=issue("REPAIR", "BOM", file=str(file), line=1) if marked else no_issues(),
        ended=decoded.endswith("\n"),
    )


def _check_lengths(lines: pl.Series, file: Path) -> None:
    """Refuse lines, or their number, that are not those of bars."""
    check_height(len(lines), file=str(file))
    sizes = lines.str.len_bytes()
    longest = int(sizes.max() or 0)  # type: ignore[arg-type]
    if longest > MOST_LINE_BYTES:
        raise InputError(
            f"{file}: line {(sizes.arg_max() or 0) + 1}: has {longest:,} bytes, at most "
            f"{MOST_LINE_BYTES:,} are read: give a text file with a bar on each line",
            code="SIZE",
        )


def _decoded(content: bytes, file: Path, encoding: str) -> str:
    """A file's text without a byte-order mark."""
    if encoding != "utf-16":
        _check_bytes(content, file)
    try:
        return content.decode("utf-8-sig" if encoding == "utf-8" else encoding)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        byte = content[error.start : error.start + 1]
        raise InputError(
            f"{file}: line {line}: byte {byte!r} is not {encoding}: save the file as UTF-8, or "
            "set data.text.encoding",
            code="ENCODING",
        ) from error


def _check_bytes(content: bytes, file: Path) -> None:
    """Refuse UTF-16 and binary content, which both hold NUL bytes."""
    if b"\0" not in content and not content.startswith(_WIDE_MARKS):
        return
    sample = content[:_SAMPLE_BYTES]
    halves = [half.count(0) / max(len(half), 1) for half in (sample[::2], sample[1::2])]
    if content.startswith(_WIDE_MARKS) or (max(halves) > 0.5 and min(halves) < 0.1):
        raise InputError(
            f"{file}: looks like UTF-16: save it as UTF-8, or set data.text.encoding utf-16",
            code="ENCODING",
        )
    raise _binary(file, content.count(b"\n", 0, content.index(0)) + 1)


def _binary(file: Path, line: int) -> InputError:
    """The error of a file that holds a NUL byte."""
    return InputError(
        f"{file}: line {line}: holds a NUL byte, as binary files do: give a text file",
        code="BINARY",
    )


def fields_of(line: str, separator: str) -> list[str]:
    """The fields of one line, quotes removed; none of a line that cannot be split into fields."""
    try:
        return next(csv.reader([line], delimiter=separator, strict=True), [])
    except csv.Error:
        return []


def split_lines(lines: Lines, columns: int, separator: str) -> tuple[pl.DataFrame, pl.Series]:
    """The fields of N lines, [N, columns] text, and code FIELDS where their number differs.

    The last line of a file that does not end in a line feed is TRUNCATED when fields are missing
    or the last is empty, else flagged by the caller.

    Raises:
        InputError: QUOTE, TRUNCATED, with the line.
    """
    text = lines.text
    quoted = text.str.contains('"', literal=True)
    if quoted.any():
        text = _unquoted(lines, quoted, separator)
        separator = _UNIT
    counts = text.str.count_matches(separator, literal=True) + 1
    whole = counts == columns
    _check_cells(lines, columns, int(whole.sum()))
    if not lines.ended:
        _check_end(lines, int(counts[-1]), columns, separator, text[-1])
    parts = pl.select(pl.when(whole).then(text)).to_series().str.split_exact(separator, columns - 1)
    fields = parts.struct.unnest()
    broken = pl.select(pl.when(~whole).then(pl.lit("FIELDS"))).to_series()
    return fields, broken


def _check_cells(lines: Lines, columns: int, whole: int) -> None:
    """Refuse a header of many columns over rows of few: each row would get all of them."""
    cells = columns * len(lines.text)
    if cells > MOST_CELLS and 2 * whole < len(lines.text):
        raise InputError(
            f"{lines.file}: a header of {columns:,} columns, and {len(lines.text) - whole:,} of "
            f"{len(lines.text):,} lines have another number of fields: correct the header, or "
            "data.text.separator",
            code="COLUMNS",
        )


def _unquoted(lines: Lines, quoted: pl.Series, separator: str) -> pl.Series:
    """The lines with their fields divided by a control character, quotes removed."""
    places = lines.places.filter(quoted)
    taken = []
    for place, line in zip(places, lines.text.filter(quoted), strict=True):
        fields = fields_of(line, separator)
        if not fields or any("\n" in field for field in fields):
            raise InputError(
                f"{lines.file}: line {place}: a quote is not closed or stands inside a field: "
                f"{shown(line)}: correct it",
                code="QUOTE",
            )
        taken.append(_UNIT.join(fields))
    plain = lines.text.str.replace_all(separator, _UNIT, literal=True)
    return plain.scatter(quoted.arg_true(), taken)


def _check_end(lines: Lines, found: int, columns: int, separator: str, last: str) -> None:
    """Refuse a file that stops in the middle of its last line."""
    if found < columns or (found == columns and not last.rpartition(separator)[2].strip()):
        raise InputError(
            f"{lines.file}: line {lines.places[-1]}: the file ends within the line "
            f"{shown(lines.text[-1])}: fetch it again",
            code="TRUNCATED",
        )
