"""Ingest from end to end: which symbols and dates are kept, and what changes none of them."""

import datetime as dt
import os
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from bar_files import ingested, sound_bars
from walkforge.data.symbols import is_symbol
from walkforge.errors import InputError


@pytest.fixture(scope="module")
def sample() -> pl.DataFrame:
    return ingested().bars


def test_symbols_are_selected_without_changing_their_bars(sample):
    chosen = ingested(symbols=["NVDA", "GOOG"]).bars
    assert chosen.equals(sample.filter(pl.col("symbol").is_in(["NVDA", "GOOG"])))


def test_dates_are_cut_at_both_ends_inclusive_without_changing_bars(sample):
    cut = ingested(start="2005-01-03", end="2006-12-29").bars
    kept = pl.col("date").is_between(dt.date(2005, 1, 3), dt.date(2006, 12, 29))
    assert cut.equals(sample.filter(kept))
    assert cut["date"].min() == dt.date(2005, 1, 3)


@pytest.mark.parametrize("wanted", ["APPL", "aapl"])
def test_an_unknown_symbol_is_named_with_the_nearest(wanted):
    with pytest.raises(InputError, match=f"SYMBOL: data.symbols names '{wanted}'.*of 6.*'AAPL' is"):
        ingested(symbols=[wanted])


@pytest.mark.parametrize("changes", [{"start": "1999-01-04"}, {"end": "2013-03-04"}])
def test_dates_outside_the_data_name_the_dates_found(changes):
    (key,) = changes
    with pytest.raises(InputError, match=f"data.{key} .*run from 2000-03-01 to 2013-03-01"):
        ingested(**changes)


def test_a_chosen_symbol_without_bars_in_the_span_is_named():
    with pytest.raises(InputError, match=r"no bar of \['GOOG'\] from 2001-03-01 to 2004-03-01"):
        ingested(symbols=["AAPL", "GOOG"], start="2001-03-01", end="2004-03-01")


def test_a_span_without_a_session_is_refused():
    with pytest.raises(InputError, match="no bar of any symbol from 2001-09-12 to 2001-09-14"):
        ingested(start="2001-09-12", end="2001-09-14")


def test_an_unknown_source_or_calendar_is_refused():
    with pytest.raises(InputError, match="data.source is 'parket'.*write 'parquet'"):
        ingested("parket")
    with pytest.raises(InputError, match="data.calendar is 'XNY'.*the nearest is 'XNYS'"):
        ingested(calendar="XNY")


def test_a_calendar_that_begins_too_late_is_told(tmp_path):
    sound_bars(count=60).with_columns(pl.col("date").dt.offset_by("-30y")).write_csv(
        tmp_path / "a.csv"
    )
    with pytest.raises(InputError, match="CONFIG: data.calendar XTKS does not cover 1990"):
        ingested("csv", tmp_path / "a.csv", calendar="XTKS")


@pytest.mark.parametrize("known", [60, 89])
def test_a_day_more_leaves_earlier_bars_bit_identical(tmp_path, known):
    bars = sound_bars(["AAA"]).with_columns(adj_close=pl.col("close") * pl.lit(0.77))
    adj = {"columns": {"adj_close": "adj_close"}}
    bars.write_parquet(tmp_path / "whole.parquet")
    bars.head(known).with_columns(pl.col("adj_close") * 1.0123).write_parquet(
        tmp_path / "cut.parquet"
    )
    whole = ingested("parquet", tmp_path / "whole.parquet", **adj).bars
    assert ingested("parquet", tmp_path / "cut.parquet", **adj).bars.equals(whole.head(known))


def test_a_faulty_file_of_a_chosen_symbol_is_dropped_whatever_the_start(tmp_path):
    symbols = ["A", "B", "C", "D", "E", "F"]
    for symbol in symbols:
        (tmp_path / f"{symbol}.csv").write_text(sound_bars([symbol]).drop("symbol").write_csv())
    (tmp_path / "G.csv").touch()
    chosen = {"symbols": [*symbols, "G"], "start": "2020-02-03", "columns": {"symbol": None}}
    found = ingested("csv", tmp_path, **chosen)
    assert found.bars["symbol"].unique().sort().to_list() == symbols
    assert found.issues.filter(action="DROP")["symbol"].to_list() == ["G"]


def test_a_later_start_changes_no_kept_bar(tmp_path):
    bars = sound_bars(["AAA"], 200).with_columns(adj_close=pl.col("close") * 0.5)
    gap = pl.concat([bars.head(60), bars.tail(120)])
    gap.write_csv(tmp_path / "a.csv")
    adj = {"columns": {"adj_close": "adj_close"}}
    whole = ingested("csv", tmp_path / "a.csv", **adj).bars
    start = str(gap["date"][90])
    cut = ingested("csv", tmp_path / "a.csv", start=start, **adj).bars
    assert cut.drop("segment").equals(whole[90:].drop("segment"))
    assert whole["segment"][90] == 1
    assert cut["segment"].to_list() == [0] * 90


def test_dropped_and_quarantined_rows_outside_the_dates_are_not_counted(tmp_path):
    bars = sound_bars()
    spoiled = pl.when(pl.col("date") < bars["date"][20]).then(0.0).otherwise("low").alias("low")
    bars.with_columns(spoiled).write_csv(tmp_path / "a.csv")
    with pytest.raises(InputError, match="20 of 90 rows quarantined"):
        ingested("csv", tmp_path / "a.csv")
    found = ingested("csv", tmp_path / "a.csv", start=str(bars["date"][20]))
    assert found.quarantine.is_empty()
    assert found.bars.height == 140


def test_over_a_fifth_of_symbols_dropped_rejects_the_run_and_the_limit_can_be_raised(tmp_path):
    for i in range(8):
        sound_bars([f"S{i}"]).drop("symbol").write_csv(tmp_path / f"S{i}.csv")
    for i in range(2):
        (tmp_path / f"E{i}.csv").touch()
    assert ingested("csv", tmp_path, columns={"symbol": None}).bars["symbol"].n_unique() == 8
    (tmp_path / "E2.csv").touch()
    with pytest.raises(
        InputError, match=r"DROPPED: 3 of 11 symbols.*share 0\.2.*EMPTY 3 \(such as"
    ):
        ingested("csv", tmp_path, columns={"symbol": None})
    found = ingested("csv", tmp_path, columns={"symbol": None}, quarantine={"symbols": 0.3})
    assert found.bars["symbol"].n_unique() == 8


def test_the_limit_of_rows_is_the_larger_of_number_and_share(tmp_path):
    bars = sound_bars(["AAA"], 600)
    for bad, limits, kept in (
        (6, {}, True),
        (7, {}, False),
        (7, {"rows": 7}, True),
        (7, {"share": 0.02}, True),
    ):
        spoiled = pl.when(pl.int_range(pl.len()) % 90 == 0).then(0.0).otherwise("low").alias("low")
        few = pl.when(pl.int_range(pl.len()) < bad * 90 - 89).then(spoiled).otherwise("low")
        bars.with_columns(low=few).write_csv(tmp_path / "a.csv")
        if kept:
            assert ingested("csv", tmp_path / "a.csv", quarantine=limits).quarantine.height == bad
        else:
            with pytest.raises(InputError, match=f"LIMIT: .*{bad} of 600 rows quarantined"):
                ingested("csv", tmp_path / "a.csv", quarantine=limits)


def test_many_lines_that_no_symbol_owns_reject_the_file(tmp_path):
    text = sound_bars().write_csv() + "footer\n" * 6
    (tmp_path / "a.csv").write_text(text)
    with pytest.raises(
        InputError, match=r"FIELDS: 6 of 186 rows cannot be split into fields: .*line 182"
    ):
        ingested("csv", tmp_path / "a.csv")


def test_no_file_is_named_after_a_symbol_and_no_symbol_is_a_file(tmp_path):
    for name in ("..csv", "-rf.csv", "a b.csv"):
        folder = tmp_path / name.replace("/", "_").strip(".")
        folder.mkdir()
        sound_bars(["X"]).drop("symbol").write_csv(folder / name)
        if name.startswith("."):
            continue
        with pytest.raises(InputError, match="TICKER"):
            ingested("csv", folder, columns={"symbol": None})


@pytest.mark.parametrize(
    "symbol",
    [
        "",
        " ",
        ".",
        "..",
        "-rf",
        "../../x",
        "A/B",
        "A\\B",
        "a b",
        "a\nb",
        "a\0b",
        "a\u202eb",
        "$(x)",
        "`x`",
        "a;b",
        "a|b",
        "a>b",
        "{a}",
        "a*",
        "a?",
        "x" * 33,
        "\u00a0A",
        "A\u2009B",
    ],
)
def test_hostile_text_is_no_symbol(symbol):
    assert not is_symbol(symbol)


@pytest.mark.parametrize(
    "symbol",
    [
        "A",
        "BRK.B",
        "BRK-B",
        "^GSPC",
        "BTC-USD",
        "EURUSD=X",
        "600519.SS",
        "000001",
        "CON",
        "ÖBB",
        "M&M.NS",
    ],
)
def test_real_symbols_are_symbols(symbol):
    assert is_symbol(symbol)


def test_planning_and_ingest_import_no_torch(tmp_path):
    sound_bars().write_csv(tmp_path / "a.csv")
    program = (
        "import sys; from bar_files import ingested; ingested('csv', sys.argv[1]);"
        "print([name for name in ('torch', 'matplotlib', 'snakemake') if name in sys.modules])"
    )
    paths = os.pathsep.join([*sys.path, str(Path(__file__).parents[1])])
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "a.csv")],
        env={**os.environ, "PYTHONPATH": paths}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout == "[]\n"
