"""Read every part of a source into one frame of typed rows."""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from walkforge.data.config import DataConfig
from walkforge.data.parse import parse
from walkforge.data.raw import Part, RawTable, issue, no_issues
from walkforge.data.symbols import check_symbols
from walkforge.errors import InputError, shown

# Faults of one file among several: its symbol is dropped and listed. Of a single file, or of the
# names and dates that all share, they stop the run.
FILE_FAULTS = frozenset(
    {"EMPTY", "NO_ROWS", "COLUMNS", "DUP_COLUMN", "ENCODING", "NEWLINE", "BINARY", "TRUNCATED"}
    | {
        "QUOTE",
        "COMPRESSED",
        "DATE_FORMAT",
        "TZ_MIX",
        "PARQUET",
        "ROWS",
        "SIZE",
        "DTYPE",
        "PATH",
        "NETWORK",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """All rows of a source.

    Attributes:
        rows: row (UInt32, order of reading), part (UInt32), line (UInt32), then the columns of
            parse.Parsed; rows of one part lie together.
        files: name of each part. tables: each part's table, for the raw text of rows.
        refused: one issue of action DROP for each part that could not be read.
        issues: repairs and flags.
    """

    rows: pl.DataFrame
    files: list[str]
    tables: list[RawTable]
    refused: pl.DataFrame
    issues: pl.DataFrame

    def text_of(self, rows: pl.DataFrame) -> pl.Series:
        """The raw text of some rows (row, part), in their order."""
        first = self.rows.group_by("part").agg(first=pl.col("row").min())
        placed = rows.select("row", "part").join(first, on="part", maintain_order="left")
        texts = [
            own.select("row", text=self.tables[part].text(own["row"] - own["first"]))
            for (part,), own in placed.partition_by("part", as_dict=True).items()
        ]
        if not texts:
            return pl.Series("text", [], dtype=pl.String)
        return placed.join(pl.concat(texts), on="row", maintain_order="left")["text"]


def read_parts(parts: Sequence[Part], config: DataConfig, *, zone: str) -> Reading:
    """The rows of all parts.

    Raises:
        InputError: the fault of the only part, or of the first one when all are at fault; TICKER
            for a name that is no symbol.
    """
    rows: list[pl.DataFrame] = []
    files: list[str] = []
    tables: list[RawTable] = []
    refused = [no_issues()]
    issues = [no_issues()]
    for part in parts:
        try:
            table = part.read()
            parsed = parse(table, config.text, zone=zone)
        except InputError as error:
            if len(parts) == 1 or error.code not in FILE_FAULTS:
                raise
            refused.append(_refusal(part, error))
            continue
        number = pl.lit(len(files), dtype=pl.UInt32)
        placed = parsed.rows.with_columns(part=number, line=table.places)
        check_symbols(placed, place=f"{part.file}: {table.unit}")
        rows.append(placed)
        issues.append(parsed.issues)
        files.append(part.file)
        tables.append(table)
    if not rows:
        raise _nothing_left(pl.concat(refused))
    together = pl.concat(rows, how="diagonal").with_row_index("row")
    return Reading(
        rows=together,
        files=files,
        tables=tables,
        refused=pl.concat(refused),
        issues=pl.concat(issues),
    )


def _refusal(part: Part, error: InputError) -> pl.DataFrame:
    """The issue that tells of a part that could not be read."""
    return issue("DROP", str(error.code), file=part.file, symbol=part.symbol, before=error.bare)


def _nothing_left(refused: pl.DataFrame) -> InputError:
    """The error of a source none of whose parts can be read."""
    codes = refused["code"].value_counts(sort=True).rows()
    listed = ", ".join(f"{code} {count}" for code, count in codes)
    return InputError(
        f"none of {refused.height} files can be read ({listed}); the first: {refused['before'][0]}",
        code=refused["code"][0],
    )


def unsorted(rows: pl.DataFrame, files: Sequence[str]) -> pl.DataFrame:
    """One repair SORT for each part where dates of a symbol go back, in order of reading."""
    back = (
        rows.filter(pl.col("code").is_null())
        .sort("row")
        .select(
            "part", "line", "symbol", "date", before=pl.col("date").shift(1).over("part", "symbol")
        )
    )
    first = back.filter(pl.col("date") < pl.col("before")).unique(
        "part", keep="first", maintain_order=True
    )
    found = [
        issue("REPAIR", "SORT", file=files[row["part"]], line=row["line"], symbol=row["symbol"],
              date=row["date"], before=f"after {row['before']}", after="sorted by date")
        for row in first.iter_rows(named=True)
    ]  # fmt: skip
    return pl.concat([no_issues(), *found])


def shown_rows(reading: Reading, rows: pl.DataFrame, *, count: int) -> str:
    """The first rows with file, line and raw text, for a message."""
    first = rows.head(count)
    told = zip(first.iter_rows(named=True), reading.text_of(first), strict=True)
    return "; ".join(
        f"{reading.files[row['part']]}: {reading.tables[row['part']].unit} {row['line']}: "
        f"{shown(text)} ({row['code']})"
        for row, text in told
    )
