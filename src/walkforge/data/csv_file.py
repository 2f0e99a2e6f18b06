"""Source `csv`: one file of long bars, read as text and then cast.

Left to infer types, a reader turns 000001 into 1, TRUE into a boolean and 01/02/2020 into
whichever date it likes; so every cell stays text until a strict pattern has matched it.
"""

import csv
import io
from pathlib import Path

import polars as pl

from walkforge.data.cells import Origin, raw_rows
from walkforge.data.config import DataConfig
from walkforge.data.files import source_file
from walkforge.errors import InputError

# First bytes of gzip, zip, bzip2, xz and zstd: the reader would unpack them unasked, to any size.
_COMPRESSED = (b"\x1f\x8b", b"PK\x03\x04", b"BZh", b"\xfd7zXZ\x00", b"\x28\xb5\x2f\xfd")


def read_csv(config: DataConfig) -> pl.DataFrame:
    """Return the raw rows of the CSV file at config.path, in its order.

    The file: UTF-8 text, a header line, commas, one bar on each line; dates YYYY-MM-DD, numbers
    with a decimal point and nothing else. Columns that are not configured are not looked at.

    Raises
    ------
    InputError
        For a file that is missing or no such text, a line with too many or too few fields, a
        missing column, and any cell that does not match; the message names file, line, column
        and value.

    """
    file = source_file(config.path)
    origin = Origin(file=str(file), unit="line", first=2)
    return raw_rows(text_table(file), config.columns, origin=origin)


def text_table(file: Path) -> pl.DataFrame:
    """Return every cell of a CSV file as text, row i standing on line i + 2; null for no text."""
    text = _checked_text(file)
    header = _header(text, file)
    try:
        table = pl.read_csv(io.BytesIO(text), infer_schema=False)
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
        raise InputError(_malformed(text, file, fields=len(header))) from error
    if table.height != text.count(b"\n") - 1:
        raise InputError(_malformed(text, file, fields=len(header)))
    return table


def _checked_text(file: Path) -> bytes:
    """Return the file's bytes, known to be UTF-8 text in lines, with one line break at the end."""
    try:
        text = file.read_bytes()
    except OSError as error:
        raise InputError(f"{file}: cannot be read ({error}): correct its permissions") from error
    if text.startswith(_COMPRESSED):
        raise InputError(f"{file}: a compressed file: unpack it first")
    if b"\0" in text:
        raise InputError(f"{file}: holds NUL bytes, as UTF-16 and binary files do: save as UTF-8")
    try:
        text.decode()
    except UnicodeDecodeError as error:
        line = text.count(b"\n", 0, error.start) + 1
        byte = text[error.start : error.start + 1]
        raise InputError(
            f"{file}: line {line}: byte {byte!r} is not UTF-8: save as UTF-8"
        ) from error
    text = text.removeprefix(b"\xef\xbb\xbf").rstrip(b"\r\n") + b"\n"
    if text.count(b"\r") != text.count(b"\r\n"):
        raise InputError(f"{file}: lines end in a bare carriage return: save with line feeds")
    return text


def _header(text: bytes, file: Path) -> list[str]:
    """Return the names on the first line, which must be there and differ from one another."""
    line = text[: text.index(b"\n")].decode().rstrip("\r")
    names = _fields(line)
    if not any(names):
        raise InputError(f"{file}: line 1 is empty: begin the file with the column names")
    for i, name in enumerate(names):
        if name in names[:i]:
            raise InputError(f"{file}: line 1 names the column {name!r} twice: rename one")
    return names


def _fields(line: str) -> list[str]:
    """Return the fields of one line; none of an empty line or one too long to take apart."""
    try:
        return next(csv.reader([line]), [])
    except csv.Error:
        return []


def _malformed(text: bytes, file: Path, *, fields: int) -> str:
    """Return the message about a file that does not split into rows, with the first bad line."""
    for number, line in enumerate(text.decode().split("\n")[:-1], start=1):
        if line.count('"') % 2:
            return (
                f"{file}: line {number}: a quote is not closed on the line: {line[:80]!r}: close it"
            )
        found = len(_fields(line))
        if found > fields:
            return (
                f"{file}: line {number}: {found} fields under {fields} column names: "
                f"{line[:80]!r}: correct the line"
            )
    return (
        f'{file}: quotes are misplaced: write a quoted field as "...", with quotes inside doubled'
    )
