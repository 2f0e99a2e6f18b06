"""Laws of ingest: whatever the input, no row is lost and nothing but a clear error is raised."""

import random
import sqlite3
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bar_files import as_lines, ingested, joined, sound_bars, with_cell
from walkforge.data.bars import check_bars
from walkforge.data.outcome import Ingested
from walkforge.errors import InputError

BARS = sound_bars(["AAA", "BBB", "C.C"], 30)
LINES = as_lines(BARS)
LENIENT = {"quarantine": {"rows": 5, "share": 1.0, "symbols": 1.0}, "minimum_bars": 1}

# Fifteen kinds of fault, and none: what a cell or a line may turn into.
CELLS = ["", "-", "NaN", "inf", "1e400", "abc", "0", "-1", "1e20", " 50.0 ", "1,000", "2020-02-30"]
LINE_FAULTS = ["x", "a,b,c", LINES[0], "", "   ", '"quoted, text",1,2,3,4,5,6']
edits = st.lists(
    st.one_of(
        st.tuples(st.just("cell"), st.integers(1, 90), st.integers(0, 6), st.sampled_from(CELLS)),
        st.tuples(st.just("line"), st.integers(1, 90), st.just(0), st.sampled_from(LINE_FAULTS)),
        st.tuples(st.just("copy"), st.integers(1, 90), st.integers(0, 6), st.just("")),
        st.tuples(st.just("drop"), st.integers(1, 90), st.just(0), st.just("")),
    ),
    max_size=12,
)


def ingested_or_refused(source: str, file: Path, **changes) -> Ingested | None:
    """What was ingested; None where the file was refused with a code."""
    try:
        return ingested(source, file, **LENIENT, **changes)
    except InputError as error:
        if error.code is None:
            raise
        return None


def edited(changes, *, order: int | None, ending: str) -> str:
    """The sound file with faults planted, shuffled and with line endings of a kind."""
    lines = list(LINES)
    extra = []
    for kind, place, cell, value in changes:
        if kind == "cell" and lines[place].count(",") == 6:
            lines[place] = with_cell(lines[place], cell, value)
        elif kind == "line":
            lines[place] = value
        elif kind == "copy":
            extra.append(lines[place] if cell else with_cell(LINES[place], 6, "77"))
        else:
            lines[place] = ""
    rows = [line for line in lines[1:] if line] + extra
    if order is not None:
        random.Random(order).shuffle(rows)  # noqa: S311
    return joined([LINES[0], *rows]).replace("\n", ending)


@settings(
    max_examples=60, derandomize=True, deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)  # fmt: skip
@given(changes=edits, order=st.none() | st.integers(0, 9), ending=st.sampled_from(["\n", "\r\n"]))
def test_every_row_is_a_bar_quarantined_or_a_copy(tmp_path: Path, changes, order, ending) -> None:
    file = tmp_path / "bars.csv"
    text = edited(changes, order=order, ending=ending)
    file.write_bytes(text.encode())
    found = ingested_or_refused("csv", file)
    if found is None:
        return
    check_bars(found.bars)
    lines = text.replace("\r\n", "\n").split("\n")
    rows = [line for line in lines[1:] if line.strip()]
    assert found.counts["rows_in"].sum() == len(rows)
    for row in found.quarantine.iter_rows(named=True):
        assert (row["file"], row["text"]) == (str(file), lines[row["line"] - 1])
    copies = found.issues.filter(pl.col("code") == "DEDUP").height
    assert copies == found.counts["copies"].sum()


@settings(max_examples=30, derandomize=True, deadline=None,
          suppress_health_check=[HealthCheck.function_scoped_fixture])  # fmt: skip
@given(order=st.permutations(range(1, 91)))
def test_the_order_of_rows_does_not_matter(tmp_path: Path, order) -> None:
    file = tmp_path / "bars.csv"
    file.write_text(joined(LINES))
    sound = ingested("csv", file).bars
    file.write_text(joined([LINES[0], *(LINES[i] for i in order)]))
    assert ingested("csv", file).bars.equals(sound)


@pytest.fixture(scope="module")
def whole(tmp_path_factory) -> dict[str, bytes]:
    """The sound bars as files of each kind."""
    folder = tmp_path_factory.mktemp("whole")
    BARS.write_parquet(folder / "bars.parquet")
    connection = sqlite3.connect(folder / "bars.db")
    connection.execute("CREATE TABLE bars (date, symbol, open, high, low, close, volume)")
    rows = BARS.with_columns(pl.col("date").cast(pl.String)).rows()
    connection.executemany("INSERT INTO bars VALUES (?,?,?,?,?,?,?)", rows)
    connection.commit()
    connection.close()
    return {
        "csv": joined(LINES).encode(),
        "parquet": (folder / "bars.parquet").read_bytes(),
        "sqlite": (folder / "bars.db").read_bytes(),
    }


@settings(max_examples=150, derandomize=True, deadline=None,
          suppress_health_check=[HealthCheck.function_scoped_fixture])  # fmt: skip
@given(data=st.data(), source=st.sampled_from(["csv", "parquet", "sqlite"]))
def test_damaged_bytes_raise_nothing_but_an_input_error(
    tmp_path: Path, whole, data, source
) -> None:
    content = bytearray(whole[source])
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(content) - 1))
        kind = data.draw(st.sampled_from(["flip", "cut", "insert", "erase"]))
        if kind == "flip":
            content[place] ^= 1 << data.draw(st.integers(0, 7))
        elif kind == "cut":
            content = content[: place + 1]
        elif kind == "insert":
            content[place:place] = data.draw(st.binary(max_size=9))
        else:
            del content[place : place + data.draw(st.integers(0, 40))]
        content = content or bytearray(b"x")
    file = tmp_path / f"bars.{source}"
    file.write_bytes(content)
    found = ingested_or_refused(source, file, table="bars" if source == "sqlite" else None)
    if found is not None:
        check_bars(found.bars)
