"""Source `csv`: a long file, a folder of files, or wide files with a header of two levels."""

from functools import partial
from pathlib import Path

from walkforge.data.config import DataConfig
from walkforge.data.csv_table import long_table
from walkforge.data.files import source_files
from walkforge.data.raw import Part, RawTable, file_symbol
from walkforge.data.source_entry import Source
from walkforge.data.text_file import read_lines
from walkforge.data.wide import wide_table

SOURCE = Source(path="files", suffixes=(".csv", ".txt"), layouts=("long", "wide"))


def read(config: DataConfig) -> list[Part]:
    """The CSV file at config.path, or those of the folder, one part each.

    A file: text, a header line, one bar on each line. Columns that are not configured are listed
    and not looked at. Without a configured symbol column a file is named after its symbol.

    Raises:
        InputError: PATH.
    """
    files = source_files(config.path, suffixes=SOURCE.suffixes)
    if config.layout == "wide":
        return [Part(file=str(f), symbol=None, read=partial(_wide, f, config)) for f in files]
    return [
        Part(file=str(f), symbol=symbol, read=partial(_long, f, config, symbol))
        for f in files
        for symbol in [None if config.columns.symbol else file_symbol(f)]
    ]


def _wide(file: Path, config: DataConfig) -> RawTable:
    """A wide file as a raw table."""
    return wide_table(read_lines(file, config.text), config.columns, config.text)


def _long(file: Path, config: DataConfig, symbol: str | None) -> RawTable:
    """A long file as a raw table."""
    return long_table(read_lines(file, config.text), config.columns, config.text, symbol=symbol)
