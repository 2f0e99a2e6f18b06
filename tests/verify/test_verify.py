"""Good results pass; whatever is altered in them is found, hashes rewritten to match or not."""

import base64
import hashlib
import json
import re
import shutil
import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from walkforge.verify.__main__ import main, verify
from walkforge.verify.claim import Claim
from walkforge.verify.folder import Folder
from walkforge.verify.hashes import check_hashes
from walkforge.verify.study import Study

ROOT = Path(__file__).parents[2]
RUN = "evaluation/chooser_2/fold_2/seed_1"
WARM = "evaluation/chooser_2/warm_in/seed_1"
CLOSING = "evaluation/chooser_2/seed_1/closing.safetensors"
POLICY = "agents/chooser_2/fold_1/seed_0/policy"
PAGE = "evaluation/summary.html"
Change = Callable[[Path], None]


def failed(results: Path) -> set[str]:
    return {claim.name for claim in verify(results) if claim.faults}


def sign(results: Path, *paths: str) -> None:
    """Rewrite the hash beside each file, as one who knows would."""
    for path in paths:
        file = results / path
        digest = hashlib.sha256(file.read_bytes()).hexdigest()
        beside = file.with_name(f"{file.name}.sha256")
        before = beside.read_text().splitlines(keepends=True)
        beside.write_text("".join([f"{digest}  {file.name}\n", *before[1:]]))


def edit_row(path: str, column: str, row: int, *, factor: float = 1.001) -> Change:
    """Return what multiplies one number of a Parquet file."""

    def change(results: Path) -> None:
        frame = pl.read_parquet(results / path)
        chosen = pl.int_range(pl.len()) == row
        value = pl.when(chosen).then(pl.col(column) * factor).otherwise(pl.col(column))
        frame.with_columns(value.alias(column)).write_parquet(results / path)

    return change


def change_frame(path: str, *columns: pl.Expr) -> Change:
    """Return what rewrites columns of a Parquet file."""

    def change(results: Path) -> None:
        pl.read_parquet(results / path).with_columns(*columns).write_parquet(results / path)

    return change


def edit_text(path: str, pattern: str, replacement: str) -> Change:
    """Return what replaces the first match of a pattern in a text."""

    def change(results: Path) -> None:
        text = (results / path).read_text()
        after = re.sub(pattern, replacement, text, count=1)
        assert after != text, f"{pattern} is not in {path}"
        (results / path).write_text(after)

    return change


def flip(path: str, place: float = 0.9) -> Change:
    """Return what flips one bit of a file."""

    def change(results: Path) -> None:
        content = bytearray((results / path).read_bytes())
        content[int(place * len(content))] ^= 1
        (results / path).write_bytes(content)

    return change


def edit_closing(name: str) -> Change:
    """Return what raises the first number of an array of the account at the end."""

    def change(results: Path) -> None:
        content = bytearray((results / CLOSING).read_bytes())
        start = 8 + int.from_bytes(content[:8], "little")
        first = start + json.loads(content[8:start])[name]["data_offsets"][0]
        (value,) = struct.unpack_from("<d", content, first)
        struct.pack_into("<d", content, first, value * 1.001)
        (results / CLOSING).write_bytes(content)

    return change


def drop_strategy(results: Path) -> None:
    text = (results / PAGE).read_text()
    rows = re.findall(r'<tr>\s*<th scope="row" class="text" data-value="cash">.*?</tr>', text, re.S)
    assert len(rows) == 3
    for row in rows:
        text = text.replace(row, "")
    (results / PAGE).write_text(text)


def swap_picture(results: Path) -> None:
    other = base64.b64encode(b"\x89PNG another").decode()
    edit_text(PAGE, r"base64,[^\"]+", f"base64,{other}")(results)


# Which claims find it once the hash beside the file is rewritten: path, change, claims.
ALTERED: dict[str, tuple[str, Change, set[str]]] = {
    "quantity in a ledger": (
        f"{RUN}/ledger.parquet",
        edit_row(f"{RUN}/ledger.parquet", "quantity", 20),
        {"fills", "cash", "equity"},
    ),
    "cost in a ledger": (
        f"{RUN}/ledger.parquet",
        edit_row(f"{RUN}/ledger.parquet", "slippage", 20, factor=0.0),
        {"cash", "equity"},
    ),
    "quantity in the ledger of the warm-in": (
        f"{WARM}/ledger.parquet",
        edit_row(f"{WARM}/ledger.parquet", "quantity", 20),
        {"fills", "cash", "equity", "weights", "closing", "returns"},
    ),
    "a day of the warm-in": (
        f"{WARM}/daily.parquet",
        edit_row(f"{WARM}/daily.parquet", "net_return", 5),
        {"equity"},
    ),
    "where the warm-in begins": (
        "folds/fold_1/test.json",
        edit_text(
            "folds/fold_1/test.json",
            r'("warm_in": \{\s*"end": "[0-9-]+",\s*"start": "2010-)\d\d',
            r"\g<1>08",
        ),
        {"rows"},
    ),
    **{
        f"{name} at the end": (CLOSING, edit_closing(name), {"closing"})
        for name in ("cash", "holdings", "equity", "entry", "trades")
    },
    "open of a bar": (
        "bars/bars.parquet",
        edit_row("bars/bars.parquet", "open", 250),
        {"tensor", "fills"},
    ),
    "close of a bar": (
        "bars/bars.parquet",
        edit_row("bars/bars.parquet", "close", 250),
        {"tensor", "equity"},
    ),
    "a bar that no fold tests": (
        "bars/bars.parquet",
        edit_row("bars/bars.parquet", "close", 3),
        {"tensor"},
    ),
    "high of a bar": (
        "bars/bars.parquet",
        edit_row("bars/bars.parquet", "high", 250),
        {"features"},
    ),
    "high of a bar before features are warmed up": (
        "bars/bars.parquet",
        edit_row("bars/bars.parquet", "high", 3),
        {"tensor"},
    ),
    "volume of a bar": (
        "bars/bars.parquet",
        edit_row("bars/bars.parquet", "volume", 250),
        {"tensor"},
    ),
    "a feature": (
        "features/features.parquet",
        edit_row("features/features.parquet", "x1", 250),
        {"features"},
    ),
    "a price in the tensor": (
        "features/market.safetensors",
        flip("features/market.safetensors", 0.5),
        {"rows"},
    ),
    "equity of a day": (
        f"{RUN}/daily.parquet",
        edit_row(f"{RUN}/daily.parquet", "equity", 20),
        {"equity"},
    ),
    "a weight": (
        f"{RUN}/weights.parquet",
        edit_row(f"{RUN}/weights.parquet", "weight", 20),
        {"weights"},
    ),
    "a return of the record": (
        "evaluation/returns.parquet",
        edit_row("evaluation/returns.parquet", "net_return", 20),
        {"returns"},
    ),
    "a Sharpe ratio": (
        "evaluation/metrics.parquet",
        edit_row("evaluation/metrics.parquet", "sharpe", 0),
        {"metrics", "tables"},
    ),
    "a strategy's ratio": (
        "evaluation/strategies.parquet",
        edit_row("evaluation/strategies.parquet", "sharpe", 0),
        {"strategies", "tables"},
    ),
    "the largest day of a record": (
        "evaluation/strategies.parquet",
        change_frame("evaluation/strategies.parquet", pl.col("largest_date").dt.offset_by("1d")),
        {"strategies", "tables"},
    ),
    "a record without its largest day": (
        "evaluation/strategies.parquet",
        edit_row("evaluation/strategies.parquet", "sharpe_without", 0, factor=1.1),
        {"strategies", "tables"},
    ),
    "a policy": (
        f"{POLICY}/policy.safetensors",
        flip(f"{POLICY}/policy.safetensors"),
        {"policies"},
    ),
    "the verdict's word": (
        "evaluation/verdict.json",
        edit_text("evaluation/verdict.json", r'"word": "[a-z ]+"', '"word": "skill"'),
        {"word", "sentences"},
    ),
    "the deflated ratio": (
        "evaluation/verdict.json",
        edit_text("evaluation/verdict.json", r'"deflated": [0-9.e-]+', '"deflated": 0.987654'),
        {"verdict", "sentences"},
    ),
    "the trials of the verdict": (
        "evaluation/verdict.json",
        edit_text("evaluation/verdict.json", r'\n "trials": 1', '\n "trials": 7'),
        {"trials", "verdict", "sentences"},
    ),
    "a fold's window": (
        "folds/fold_1/test.json",
        edit_text("folds/fold_1/test.json", "2010-10-01", "2010-10-04"),
        {"folds", "rows", "tables"},
    ),
    "the score of the data": (
        "bars/quality.json",
        edit_text("bars/quality.json", "0.9875", "0.9975"),
        {"tables"},
    ),
    "what an audit compared": (
        "evaluation/chain.parquet",
        edit_row("evaluation/chain.parquet", "compared", 0, factor=2.0),
        {"tables"},
    ),
    "an audit that found a leak": (
        "evaluation/chain.parquet",
        change_frame("evaluation/chain.parquet", pl.lit(1).alias("leaks")),
        {"audits", "tables"},
    ),
    "an audit of another fold": (
        "evaluation/chain.parquet",
        change_frame("evaluation/chain.parquet", pl.col("fold").replace("fold_2", "fold_1")),
        {"audits"},
    ),
    "what a policy says of itself": (
        f"{POLICY}/config.json",
        edit_text(f"{POLICY}/config.json", '"kappa": 0.5', '"kappa": 0.7'),
        {"policies"},
    ),
    "a number with a point before it": (
        PAGE,
        edit_text(PAGE, r"(Over )(\d)", r"\g<1>.\g<2>"),
        {"sentences"},
    ),
    "a number turned by a word": (
        PAGE,
        edit_text(PAGE, r"(Over )(\d)", r"\g<1>minus \g<2>"),
        {"sentences"},
    ),
    "a figure shown": (
        PAGE,
        edit_text(PAGE, r'(data-value="-?\d\.\d+">-?\d+\.\d)\d', r"\g<1>x"),
        {"tables"},
    ),
    "the value behind a figure": (
        PAGE,
        edit_text(PAGE, r'data-value="(-?\d\.\d+)\d">', r'data-value="\g<1>">'),
        {"tables"},
    ),
    "a strategy left out of the page": (PAGE, drop_strategy, {"tables"}),
    "a swapped picture": (PAGE, swap_picture, {"pictures"}),
    "a number in the verdict": (
        PAGE,
        edit_text(PAGE, r"a Sharpe ratio of [+-]\d\.\d\d", "a Sharpe ratio of +2.22"),
        {"sentences"},
    ),
    "a number in the finding": (
        PAGE,
        edit_text(PAGE, r"in 2 test windows", "in 9 test windows"),
        {"sentences"},
    ),
    "a sentence more": (
        PAGE,
        edit_text(PAGE, r"<h2>Metrics</h2>", "<h2>Metrics</h2><p>A Sharpe ratio of 3.1.</p>"),
        {"sentences"},
    ),
    "text outside of every paragraph": (
        PAGE,
        edit_text(PAGE, r"<h2>Metrics</h2>", "<div>Sharpe 3.1</div><h2>Metrics</h2>"),
        {"sentences"},
    ),
    "a sign before a number": (
        PAGE,
        edit_text(PAGE, r"of 1; |of 1\.", "of \N{MINUS SIGN}1."),
        {"sentences"},
    ),
    "a number that is read out": (
        PAGE,
        edit_text(PAGE, r'aria-label="2 of 3 symbols', 'aria-label="3 of 3 symbols'),
        {"sentences"},
    ),
    "the openings of the hold-out": (
        PAGE,
        edit_text(PAGE, "has been opened once", "has never been opened"),
        {"sentences"},
    ),
}


@pytest.mark.parametrize(
    "execution", ["open", pytest.param("close", marks=pytest.mark.slow), "same_close"]
)
def test_good_results_pass(
    made: Callable[[str], Path], execution: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(made(execution))]) == 0
    *lines, last = capsys.readouterr().out.splitlines()
    assert all(line.startswith("ok   ") for line in lines)
    assert last == f"{len(lines)} of {len(lines)} claims hold"


def test_the_results_that_pass_hold_forced_exits_and_costs_of_every_kind(
    made: Callable[[str], Path],
) -> None:
    ledger = pl.read_parquet(made("open") / RUN / "ledger.parquet")
    assert {"buy", "sell", "delisted"} == set(ledger["side"])
    for name in ("commission", "stamp_duty", "spread", "slippage", "impact"):
        assert ledger[name].sum() > 0.0


@pytest.mark.parametrize("name", ALTERED)
def test_what_is_altered_is_found_and_so_it_is_when_signed_anew(results: Path, name: str) -> None:
    path, change, claims = ALTERED[name]
    change(results)
    by_hash = Claim("hashes", "")
    check_hashes(Study(Folder(results)), by_hash)
    assert [fault.at for fault in by_hash.faults] == [path]
    sign(results, path)
    found = failed(results)
    assert claims <= found
    assert "hashes" not in found


def test_a_policy_altered_with_all_its_hashes_is_not_its_copy(results: Path) -> None:
    flip(f"{POLICY}/policy.safetensors")(results)
    content = (results / f"{POLICY}/policy.safetensors").read_bytes()
    manifest = json.loads((results / f"{POLICY}/manifest.json").read_text())
    manifest["files"]["policy.safetensors"]["sha256"] = hashlib.sha256(content).hexdigest()
    (results / f"{POLICY}/manifest.json").write_text(json.dumps(manifest))
    sign(results, f"{POLICY}/policy.safetensors", f"{POLICY}/manifest.json")
    assert failed(results) == {"policies", "lineage"}


@pytest.mark.parametrize(
    ("path", "claim"),
    [
        (f"{POLICY}/manifest.json", "policies"),
        (f"{RUN}/ledger.parquet", "equity"),
        ("evaluation/baselines/cash/fold_1/daily.parquet", "equity"),
        ("evaluation/summary.html", "sentences"),
        ("config.yaml", None),
        ("figures/equity.png", "pictures"),
    ],
)
def test_a_missing_file_is_found(results: Path, path: str, claim: str | None) -> None:
    for file in (results / path, results / f"{path}.sha256"):
        file.unlink()
    if claim is None:
        assert main([str(results)]) == 2
    else:
        assert claim in failed(results)


def test_a_missing_hash_is_found(results: Path) -> None:
    (results / "evaluation/metrics.parquet.sha256").unlink()
    assert failed(results) == {"hashes"}


def test_a_trial_that_was_taken_away_is_found(results: Path) -> None:
    shutil.rmtree(results / "trials")
    assert failed(results) == {"trials"}


def test_an_opening_that_the_page_does_not_tell_of_is_found(results: Path) -> None:
    with (results / "holdout/access.jsonl").open("a") as file:
        file.write("{}\n")
    assert failed(results) == {"trials"}


def test_the_line_names_file_place_and_both_values(
    results: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = f"{RUN}/daily.parquet"
    day = pl.read_parquet(results / path)["date"][20]
    edit_row(path, "equity", 20)(results)
    sign(results, path)
    assert main([str(results)]) == 1
    lines = capsys.readouterr().out.splitlines()
    (line,) = [line for line in lines if line.startswith("FAIL equity")]
    assert re.fullmatch(
        rf"FAIL equity: {path}, equity, {day}: found \d\.\d+, expected \d\.\d+", line
    )
    wrong = sum(line.startswith("FAIL") for line in lines)
    assert lines[-1] == f"{len(lines) - 1 - wrong} of {len(lines) - 1} claims hold"


@pytest.mark.parametrize(
    "junk",
    [
        b"PAR1\x00\x00PAR1",
        *(
            pytest.param(each, marks=pytest.mark.slow)
            for each in (b"", b"\x00\xff" * 40, b"[" * 3_000)
        ),
    ],
    ids=repr,
)
def test_damaged_files_fail_claims_and_nothing_else(
    results: Path, junk: bytes, capfd: pytest.CaptureFixture[str]
) -> None:
    kinds = (".parquet", ".json", ".safetensors", ".html", ".zip", ".yaml", ".png")
    paths = [file for file in sorted(results.rglob("*")) if file.name.endswith(kinds)]
    for file in paths:
        file.write_bytes(junk)
    assert main([str(results)]) == 1
    out, error = capfd.readouterr()
    assert error == ""
    assert out.count("FAIL") >= 15


@pytest.mark.parametrize("name", ["nowhere", "empty", "a_file"])
def test_what_holds_no_results_is_one_error(tmp_path: Path, name: str) -> None:
    deep = tmp_path / ("a_long_name_" * 10)
    (deep / "empty").mkdir(parents=True)
    (deep / "a_file").write_text("no folder")
    done = subprocess.run(
        [sys.executable, "-m", "walkforge.verify", str(deep / name)],
        capture_output=True, text=True, check=False, env={"PYTHONPATH": str(ROOT / "src")},
    )  # fmt: skip
    assert done.returncode == 2
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert str(deep / name) in line
    assert "make run" in line
