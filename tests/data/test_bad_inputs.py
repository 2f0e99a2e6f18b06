"""Every case of the data contract gets its outcome; contract_cases.py is the table."""

import datetime as dt
import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from bar_files import ingested, joined, sessions, sound_bars
from configurations import OWN, SCHEMA, faults
from data.contract_cases import (
    BARS,
    CONFIGURATIONS,
    FILES,
    LINES,
    PARQUET,
    Kept,
    Reject,
    same_bars,
)
from walkforge.configuration.checking import check
from walkforge.configuration.layers import merge
from walkforge.configuration.strict_yaml import read_strict
from walkforge.data.bars import check_bars
from walkforge.data.jumps import NEW_LEVEL
from walkforge.data.outcome import Ingested
from walkforge.data.sources import sqlite
from walkforge.errors import InputError
from walkforge.provenance import check_artifact, write_artifacts

REPAIRS = frozenset({"BOM", "STRIP", "TIME", "SORT", "DEDUP", "CLAMP"})
CHANGES_OF_CELLS = ("STRIP", "TIME", "CLAMP")
NOBODY = 65534


def ids(cases: list[Any]) -> list[str]:
    """What a case is called: number, input, outcome."""
    return [f"{case[0]:0>2} {case[1]}: {told(case[-1])}" for case in cases]


def told(outcome: Reject | Kept) -> str:
    """An outcome in words."""
    if isinstance(outcome, Reject):
        return f"REJECT {outcome.code}"
    codes = [f"QUAR {code}" for code in outcome.quarantined if code not in outcome.issues]
    codes += [f"{action_of(code, outcome)} {code}" for code in outcome.issues]
    return ", ".join(codes) or "accepted"


def action_of(code: str, outcome: Kept) -> str:
    """What an issue of a code tells of: a symbol is dropped with the rest of its rows."""
    flagged = code in NEW_LEVEL or code not in outcome.quarantined
    return "REPAIR" if code in REPAIRS else "FLAG" if flagged else "DROP"


def assert_outcome(outcome: Reject | Kept, *given: Any, **changes: Any) -> Ingested | None:
    """What was ingested, known to be the outcome with no row lost and every change told."""
    if isinstance(outcome, Reject):
        with pytest.raises(InputError) as error:
            ingested(*given, **changes)
        message = str(error.value)
        assert error.value.code == outcome.code, message
        assert message.startswith(f"{outcome.code}: ")
        assert all(words in message for words in outcome.says), message
        return None
    found = ingested(*given, **changes)
    assert dict(Counter(found.quarantine["code"])) == outcome.quarantined
    told_of = Counter(zip(found.issues["action"], found.issues["code"], strict=True))
    assert told_of == {(action_of(code, outcome), code): n for code, n in outcome.issues.items()}
    cells = found.issues.filter(pl.col("code").is_in(CHANGES_OF_CELLS))
    assert cells.select((pl.col("before") != pl.col("after")).fill_null(value=False).all()).item()
    assert found.bars.height == outcome.bars
    check_bars(found.bars)
    outcome.also(found)
    return found


def assert_every_row_is_found_again(
    found: Ingested, file: Path, *, encoding: str, symbols: list[str] | None
) -> None:
    """Assert that all rows of a file are counted, the quarantined with their line and raw text."""
    lines = file.read_bytes().decode(encoding).replace("\r\n", "\n").split("\n")
    for row in found.quarantine.iter_rows(named=True):
        assert (row["file"], row["text"]) == (str(file), lines[row["line"] - 1])
    if symbols is None:
        assert found.counts["rows_in"].sum() == sum(bool(line.strip()) for line in lines[1:])


@pytest.mark.parametrize("case", FILES, ids=ids(FILES))
def test_a_csv_file_gets_its_outcome(case: Any, tmp_path: Path) -> None:
    _, _, (content, changes), outcome = case
    file = tmp_path / "bars.csv"
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    found = assert_outcome(outcome, "csv", file, **changes)
    if found is not None:
        encoding = changes.get("text", {}).get("encoding", "utf-8")
        chosen = changes.get("symbols")
        assert_every_row_is_found_again(found, file, encoding=encoding, symbols=chosen)


@pytest.mark.parametrize(
    "content",
    [
        content
        for number, _, (content, _), _ in FILES
        if number in {"1", "2", "3", "11", "28", "33"}
    ],
)
def test_one_bad_file_of_a_folder_drops_its_symbol_and_is_listed(
    content: str | bytes, tmp_path: Path
) -> None:
    for name in "ABCDEFGHI":
        own = sound_bars([name]).drop("symbol")
        own.write_csv(tmp_path / f"{name}.csv")
    (tmp_path / "BAD.csv").write_bytes(content.encode() if isinstance(content, str) else content)
    found = ingested("csv", tmp_path, columns={"symbol": None})
    (drop,) = found.issues.filter(pl.col("action") == "DROP").rows(named=True)
    assert drop["symbol"] == "BAD"
    assert found.bars["symbol"].n_unique() == 9


def test_49_the_market_closed_for_all_is_no_gap(tmp_path: Path) -> None:
    for start, closed in (("2001-08-01", "2001-09-11"), ("2012-10-01", "2012-10-29")):
        days = sessions(60, start)
        assert dt.date.fromisoformat(closed) not in days
        bars = sound_bars(count=60).with_columns(date=pl.Series([*days, *days]))
        bars.write_csv(tmp_path / "bars.csv")
        assert ingested("csv", tmp_path / "bars.csv").issues.is_empty()


def test_67_a_real_crash_is_unchanged_and_68_a_special_dividend_is_paid() -> None:
    bars = ingested("sample").bars
    for symbol, day, change in (("AAPL", dt.date(2000, 9, 29), -0.519),
                                ("MSFT", dt.date(2004, 11, 15), 0.0)):  # fmt: skip
        own = bars.filter(pl.col("symbol") == symbol)
        place = int((own["date"] == day).arg_max() or 0)
        assert own["close"][place] / own["close"][place - 1] - 1 == pytest.approx(change, abs=0.02)
    raw = ingested("sample").quarantine
    assert raw.is_empty()


def test_73_a_symbol_used_again_after_a_long_gap_is_a_new_segment(tmp_path: Path) -> None:
    bars = sound_bars(["AAA"], 330)
    pl.concat([bars.head(40), bars.tail(30), sound_bars(["BBB"], 330)]).write_csv(
        tmp_path / "a.csv"
    )
    found = ingested("csv", tmp_path / "a.csv")
    assert found.issues["code"].to_list() == ["REUSED"]
    assert found.issues["after"].to_list() == ["260 sessions missing"]
    own = found.bars.filter(pl.col("symbol") == "AAA")
    assert own["segment"].value_counts(sort=True).rows() == [(0, 40), (1, 30)]


def stored(tmp_path: Path, frame: pl.DataFrame | pa.Table) -> Path:
    """A Parquet file of a frame."""
    file = tmp_path / "bars.parquet"
    if isinstance(frame, pa.Table):
        pq.write_table(frame, file)
    else:
        frame.write_parquet(file)
    return file


@pytest.mark.parametrize("case", PARQUET, ids=ids(PARQUET))
def test_a_parquet_file_gets_its_outcome(case: Any, tmp_path: Path) -> None:
    assert_outcome(case[-1], "parquet", stored(tmp_path, case[2]))


@pytest.mark.parametrize(("dtype", "far"), [(pl.Date(), 2**31 - 1), (pl.Datetime("ms"), 2**63 - 1)])
def test_42_a_stored_date_that_no_calendar_can_show_is_quarantined(
    tmp_path: Path, dtype: pl.DataType, far: int
) -> None:
    tenth = pl.int_range(pl.len()) == 9
    date = pl.when(tenth).then(pl.lit(far).cast(dtype)).otherwise(pl.col("date").cast(dtype))
    outcome = Kept(quarantined={"DATE": 1}, issues={"GAP": 1}, bars=179)
    found = assert_outcome(outcome, "parquet", stored(tmp_path, BARS.with_columns(date=date)))
    assert found is not None
    assert found.quarantine["text"][0].startswith(f"{far},AAA,")


def test_81_truncated_parquet_and_text_in_its_place_are_rejected(tmp_path: Path) -> None:
    file = stored(tmp_path, BARS)
    content = file.read_bytes()
    for damaged in (content[: len(content) // 2], content[:-1], b"PAR1", b"date,symbol\n"):
        file.write_bytes(damaged)
        assert_outcome(Reject(code="PARQUET", says=("bars.parquet",)), "parquet", file)
    file.write_bytes(b"")
    assert_outcome(Reject(code="EMPTY"), "parquet", file)


def test_81_parquet_text_that_is_no_utf_8_is_rejected(tmp_path: Path) -> None:
    symbols = pa.array([b"A\xee"] * BARS.height, pa.binary()).view(pa.string())
    table = BARS.drop("symbol").to_arrow().append_column("symbol", symbols)
    file = stored(tmp_path, table)
    assert_outcome(Reject(code="PARQUET", says=("bars.parquet",)), "parquet", file)
    file.write_bytes(stored(tmp_path, BARS).read_bytes().replace(b"close", b"clos\xee"))
    assert_outcome(Reject(code="PARQUET", says=("bars.parquet",)), "parquet", file)


def test_82_one_flipped_bit_in_an_artifact_is_rejected_with_its_rule(tmp_path: Path) -> None:
    write_artifacts("ingest_bars", {tmp_path / "bars.parquet": bytes(range(250)) * 4})
    content = bytearray((tmp_path / "bars.parquet").read_bytes())
    content[500] ^= 4
    (tmp_path / "bars.parquet").write_bytes(content)
    with pytest.raises(InputError, match=r"HASH: .*bars\.parquet.*ingest_bars"):
        check_artifact(tmp_path / "bars.parquet")


def test_83_a_small_parquet_file_of_too_many_rows_is_rejected_by_its_metadata(
    tmp_path: Path,
) -> None:
    day = pa.array(np.zeros(1_000_000, dtype="int32"), pa.int32()).cast(pa.date32())
    price = pa.array(np.ones(1_000_000))
    symbol = pa.DictionaryArray.from_arrays(np.zeros(1_000_000, dtype="int32"), ["A"])
    columns = {"date": day, "symbol": symbol.cast(pa.string())}
    columns |= dict.fromkeys(("open", "high", "low", "close", "volume"), price)
    table = pa.table(columns)
    with pq.ParquetWriter(tmp_path / "bars.parquet", table.schema, compression="zstd") as writer:
        for _ in range(51):
            writer.write_table(table)
    assert (tmp_path / "bars.parquet").stat().st_size < 2_000_000
    assert_outcome(
        Reject(code="ROWS", says=("51000000 rows",)),
        "parquet", tmp_path / "bars.parquet",
    )  # fmt: skip


def database(tmp_path: Path, *, table: str = "bars") -> Path:
    """A database with the sound bars in a table."""
    file = tmp_path / "bars.db"
    with sqlite3.connect(file) as connection:
        connection.execute(
            f'CREATE TABLE "{table}" (date TEXT, symbol TEXT, open REAL, high REAL, low REAL, '
            "close REAL, volume REAL)"
        )
        rows = BARS.with_columns(pl.col("date").cast(pl.String)).rows()
        connection.executemany(f'INSERT INTO "{table}" VALUES (?,?,?,?,?,?,?)', rows)  # noqa: S608
    connection.close()
    return file


def test_a_database_comes_back_as_the_same_bars(tmp_path: Path) -> None:
    assert_outcome(Kept(also=same_bars), "sqlite", database(tmp_path), table="bars")


def test_85_a_missing_database_is_rejected_and_not_created(tmp_path: Path) -> None:
    assert_outcome(Reject(code="PATH"), "sqlite", tmp_path / "no.db", table="bars")
    assert list(tmp_path.iterdir()) == []


def test_86_a_0_byte_database_has_no_table(tmp_path: Path) -> None:
    (tmp_path / "bars.db").touch()
    assert_outcome(Reject(code="TABLE"), "sqlite", tmp_path / "bars.db", table="bars")


def test_87_what_is_no_database_is_rejected(tmp_path: Path) -> None:
    (tmp_path / "bars.db").write_text(joined(LINES))
    assert_outcome(Reject(code="DATABASE"), "sqlite", tmp_path / "bars.db", table="bars")


def test_88_a_locked_database_is_rejected_after_a_wait(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert sqlite.BUSY_SECONDS == 5.0
    monkeypatch.setattr(sqlite, "BUSY_SECONDS", 0.2)
    file = database(tmp_path)
    other = sqlite3.connect(file)
    other.execute("BEGIN EXCLUSIVE")
    try:
        assert_outcome(Reject(code="LOCKED", says=("0.2 s",)), "sqlite", file, table="bars")
    finally:
        other.close()


def test_a_database_that_was_left_within_a_change_is_told_who_can_undo_it(tmp_path: Path) -> None:
    file = database(tmp_path)
    copy = tmp_path / "copy.db"
    other = sqlite3.connect(file, isolation_level=None)
    other.executescript("PRAGMA cache_size = 1; BEGIN; UPDATE bars SET close = 1.0")
    copy.write_bytes(file.read_bytes())
    (tmp_path / "copy.db-journal").write_bytes((tmp_path / "bars.db-journal").read_bytes())
    other.close()
    says = ("copy.db-journal", "open it once")
    assert_outcome(Reject(code="DATABASE", says=says), "sqlite", copy, table="bars")


def test_89_a_corrupt_page_is_rejected(tmp_path: Path) -> None:
    file = database(tmp_path)
    content = bytearray(file.read_bytes())
    content[4096:4196] = b"\xff" * 100
    file.write_bytes(content)
    assert_outcome(Reject(code="DATABASE", says=("bars.db",)), "sqlite", file, table="bars")


def test_89_a_damaged_name_that_is_no_utf_8_is_rejected(tmp_path: Path) -> None:
    file = database(tmp_path)
    file.write_bytes(file.read_bytes().replace(b"CREATE TABLE", b"CREATE TABL\xec"))
    assert_outcome(Reject(code="DATABASE", says=("bars.db",)), "sqlite", file, table="bars")


@pytest.mark.parametrize(
    "table", ['bars"; DROP TABLE bars; --', "Bars", "bars ", "sqlite_master", "seen", "bars\0"]
)
def test_90_a_hostile_table_name_or_a_view_is_rejected(tmp_path: Path, table: str) -> None:
    file = database(tmp_path)
    with sqlite3.connect(file) as connection:
        connection.execute("CREATE VIEW seen AS SELECT * FROM bars")
    connection.close()
    before = file.read_bytes()
    assert_outcome(Reject(code="TABLE", says=("'bars'",)), "sqlite", file, table=table)
    assert file.read_bytes() == before


def test_90_a_table_of_any_other_name_is_read(tmp_path: Path) -> None:
    odd = 'daily "bars"; --'.replace('"', "")
    assert_outcome(Kept(also=same_bars), "sqlite", database(tmp_path, table=odd), table=odd)


@pytest.mark.parametrize("value", ["N/A", b"\x00\x01", "1,000"])
def test_91_text_or_a_blob_in_a_real_column_is_quarantined(tmp_path: Path, value: object) -> None:
    file = database(tmp_path)
    with sqlite3.connect(file) as connection:
        connection.execute("UPDATE bars SET close = ? WHERE rowid = 10", [value])
    connection.close()
    outcome = Kept(quarantined={"NUMBER": 1}, issues={"GAP": 1}, bars=179)
    assert_outcome(outcome, "sqlite", file, table="bars")


LIMITED = """
import resource, sys
from pathlib import Path
from walkforge.errors import InputError
from walkforge.provenance import write_artifacts
resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000))
try:
    write_artifacts("ingest_bars", {Path(sys.argv[1]): b"x" * 20_000})
except InputError as error:
    sys.exit(f"told: {error}")
"""


def test_92_a_full_disk_leaves_the_old_file_and_no_temporary(tmp_path: Path) -> None:
    bars = tmp_path / "bars.parquet"
    write_artifacts("ingest_bars", {bars: b"old"})
    names = sorted(tmp_path.iterdir())
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, str(bars)], capture_output=True, text=True, check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )  # fmt: skip
    assert done.stderr.startswith(f"told: {bars}: cannot write: File too large")
    assert bars.read_bytes() == b"old"
    assert sorted(tmp_path.iterdir()) == names


@contextmanager
def at_most(seconds: int) -> Iterator[None]:
    """End what waits for longer: a pipe that nobody writes to is read for ever."""

    def waited(*_: object) -> None:
        raise TimeoutError(f"waited for over {seconds} s")

    before = signal.signal(signal.SIGALRM, waited)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


@contextmanager
def locked(mode: int) -> Iterator[Path]:
    """Give a folder with these permissions only, to a user whom they bind."""
    with tempfile.TemporaryDirectory() as name:
        user = os.geteuid()
        folder = Path(name) / "folder"
        folder.mkdir()
        Path(name).chmod(0o755)
        folder.chmod(mode)
        if user == 0:
            os.seteuid(NOBODY)
        try:
            yield folder
        finally:
            os.seteuid(user)
            folder.chmod(0o700)


@pytest.mark.parametrize("source", ["csv", "parquet", "sqlite"])
@pytest.mark.parametrize("kind", ["pipe", "device", "folder without files"])
def test_93_what_is_no_file_is_rejected_without_waiting(
    tmp_path: Path, kind: str, source: str
) -> None:
    place = tmp_path / "bars"
    if kind == "pipe":
        os.mkfifo(place)
    elif kind == "device":
        place = Path("/dev/zero")
    else:
        place.mkdir()
    with at_most(20):
        assert_outcome(Reject(code="PATH", says=(str(place),)), source, place, table="bars")


def test_93_a_pipe_in_a_folder_is_passed_over_and_told(tmp_path: Path) -> None:
    BARS.write_csv(tmp_path / "bars.csv")
    os.mkfifo(tmp_path / "pipe.csv")
    with at_most(20):
        assert_outcome(Kept(issues={"LEFT_OUT": 1}, also=same_bars), "csv", tmp_path)


def test_93_without_permission_nothing_is_read_or_written() -> None:
    with locked(0o000) as folder:
        assert_outcome(Reject(code="PATH", says=("Permission denied",)), "csv", folder)
    with locked(0o555) as folder, pytest.raises(InputError, match="cannot write: Permission"):
        write_artifacts("ingest_bars", {folder / "bars.parquet": b"new"})


@pytest.mark.parametrize(
    ("text", "said"),
    [case[1:] for case in CONFIGURATIONS],
    ids=[f"94 {c[0]}" for c in CONFIGURATIONS],
)
def test_94_a_bad_configuration_is_rejected_with_the_path_of_its_key(
    tmp_path: Path, text: str, said: str
) -> None:
    (tmp_path / "study.yaml").write_text(text)
    with pytest.raises(InputError, match=said):
        check(merge(OWN, read_strict(tmp_path / "study.yaml")), SCHEMA)
    assert faults(OWN) == []


def test_every_case_of_the_contract_is_here() -> None:
    text = Path(__file__).read_text(encoding="utf-8")
    numbers = {int(number) for number, *_ in [*FILES, *PARQUET]}
    numbers |= {n for n in range(1, 95) if f"def test_{n}_" in text or f"_and_{n}_" in text}
    assert numbers == set(range(1, 95))


def test_symbols_that_collide_are_told_with_their_file_alone(tmp_path: Path) -> None:
    file = tmp_path / "bars.csv"
    pl.concat([BARS, BARS.with_columns(pl.col("symbol").str.to_lowercase())]).write_csv(file)
    assert_outcome(
        Reject(code="COLLISION", says=("bars.csv: symbols 'AAA' and 'aaa'",)), "csv", file
    )
