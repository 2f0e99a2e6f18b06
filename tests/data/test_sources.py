"""What a source's content depends on, as a plan states it."""

import os
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from bar_files import ingested, sound_bars
from walkforge.configuration.sections import schema_of
from walkforge.data.cache import Asked, cache_file
from walkforge.data.notes import notes_of
from walkforge.data.quality import quality_of
from walkforge.data.source_entry import downloaded, source_entry, source_inputs
from walkforge.errors import InputError
from walkforge.registry import load_source, modules

ROOT = Path(__file__).parents[2]


def section(source: str, path: Path | None, **keys: object) -> dict[str, object]:
    dated = {"start": "2024-01-02", "end": "2024-02-01", "as_of": None, "symbols": ["A", "B"]}
    return {"source": source, "path": path and str(path), **dated, **keys}


def test_every_source_that_can_be_configured_is_read_and_states_its_files() -> None:
    schema = schema_of(ROOT / "src")
    known = schema["properties"]["data"]["properties"]["source"]["enum"]
    assert known == [*modules("source")]
    assert {"csv", "parquet", "sample", "sqlite", "yahoo"} <= set(known)
    for name in known:
        own = load_source(name)
        assert source_entry(name) == replace(own.SOURCE, name=name)  # as Python reads it
        assert callable(own.read)
    with pytest.raises(InputError, match="'fax', not one of"):
        source_inputs(section("fax", None))


@pytest.mark.parametrize("said", ["path=given", "of=None"])
def test_a_source_that_states_itself_in_no_literal_is_named(tmp_path: Path, said: str) -> None:
    folder = tmp_path / "walkforge/data/sources"
    folder.mkdir(parents=True)
    (folder / "fax.py").write_text(f"SOURCE = Source({said})\n")
    with pytest.raises(ValueError, match=r"fax\.py: state SOURCE = Source\(...\) in literals"):
        source_entry("fax", tmp_path)


@pytest.mark.parametrize("name", ["real.db", "link.db"])
def test_rows_that_only_the_log_of_a_database_holds_are_of_its_content(
    tmp_path: Path, name: str
) -> None:
    real = tmp_path / "real.db"
    given = tmp_path / name
    asked = section("sqlite", given)
    if given != real:
        given.symlink_to(real)
    with closing(sqlite3.connect(real)) as other:
        other.execute("pragma journal_mode=wal")
        other.execute("create table prices (date text)")
        other.commit()
        assert source_inputs(asked) == sorted([str(asked["path"]), f"{real}-wal"])
    assert source_inputs(asked) == [str(asked["path"])]  # closed: all rows are in the database
    Path(f"{real}-journal").write_bytes(b"to be undone")
    assert f"{real}-journal" in source_inputs(asked)


@pytest.mark.parametrize(("source", "suffix"), [("csv", ".csv"), ("parquet", ".PQ")])
def test_a_folder_is_the_files_that_are_read(tmp_path: Path, source: str, suffix: str) -> None:
    elsewhere = tmp_path / "elsewhere"
    folder = tmp_path / "in it"
    elsewhere.write_text("rows")
    folder.mkdir()
    for name in (f"A{suffix}", f".hidden{suffix}", "notes.md"):
        (folder / name).write_text("rows")
    (folder / f"B{suffix}").symlink_to(elsewhere)
    (folder / f"gone{suffix}").symlink_to(tmp_path / "nowhere")
    read = [str(folder / f"{name}{suffix}") for name in "AB"]
    assert source_inputs(section(source, folder)) == read
    (folder / f"{{C}}{suffix}").write_text("rows")
    with pytest.raises(InputError, match="has a brace"):
        source_inputs(section(source, folder))


def test_what_a_folder_holds_besides_is_named(tmp_path: Path) -> None:
    for symbol in ("AAA", "BBB"):
        sound_bars([symbol]).drop("symbol").write_csv(tmp_path / f"{symbol}.csv")
    for name in ("CCC.csv.gz", ".hidden.csv", "notes.md", "DDD.txt"):
        (tmp_path / name).write_bytes((tmp_path / "AAA.csv").read_bytes())
    (tmp_path / "more.csv").mkdir()
    (tmp_path / "EEE.csv").symlink_to("nothing")
    os.mkfifo(tmp_path / "FFF.csv")
    found = ingested("csv", tmp_path, columns={"symbol": None})
    (note,) = notes_of(found)
    assert note == (
        "not read of the folder at data.path: 'CCC.csv.gz' (not *.csv, *.txt), 'EEE.csv' (a link "
        "to nothing), 'FFF.csv' (no regular file), 'more.csv' (a folder, in which none is looked "
        "for)"
    )
    assert quality_of(found)["score"] == 1.0


def test_two_files_of_one_symbol_are_both_named(tmp_path: Path) -> None:
    for name, seed in (("AAA.csv", 1), ("AAA.txt", 2)):
        sound_bars(["AAA"], seed=seed).drop("symbol").write_csv(tmp_path / name)
    told = r"FREQUENCY: .*, in .*AAA\.csv and .*AAA\.txt: keep one of these files"
    with pytest.raises(InputError, match=told):
        ingested("csv", tmp_path, columns={"symbol": None})


def test_a_download_depends_on_what_it_kept(tmp_path: Path) -> None:
    asked = section("yahoo", tmp_path)
    assert source_inputs(asked) == []
    span = Asked(symbol="B", start="2024-01-02", end="2024-02-01")  # type: ignore[arg-type]
    file = cache_file(tmp_path, span)
    file.write_text("rows")
    (tmp_path / "of another study.csv").write_text("rows")
    assert source_inputs(asked) == downloaded(asked) == [str(file)]
    assert source_inputs(section("yahoo", tmp_path, end=None)) == []  # up to today
    assert downloaded(section("parquet", file)) == []


def test_the_sample_has_no_file_and_a_folder_that_cannot_be_listed_is_left_to_its_reader(
    tmp_path: Path,
) -> None:
    assert source_inputs(section("sample", None)) == []
    assert source_inputs(section("csv", tmp_path / "gone")) == [str(tmp_path / "gone")]
