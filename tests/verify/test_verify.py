"""Good results pass; whatever is altered in them is found, hashes rewritten to match or not."""

import ast
import hashlib
import json
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

import walkforge.verify
from alterations import ALTERED, FILES, NOT_FOUND
from tampering import (
    LATEST,
    POLICY,
    RUN,
    Place,
    edit_row,
    faults_of,
    flip,
    mend,
    sign,
)
from walkforge.ranking.summary import escape_csv_text
from walkforge.reporting.pages.latest import with_waiting
from walkforge.splits.arrived import waiting_told
from walkforge.verify.__main__ import main
from walkforge.verify.copies import escaped, is_written

ROOT = Path(__file__).parents[2]
# How many checks each module of verify makes.
CHECKS = {
    "__main__": 3,
    "accounts": 20,
    "audits": 3,
    "closed": 6,
    "closing": 3,
    "copies": 29,
    "evidence": 12,
    "fields": 10,
    "hashes": 11,
    "lineage": 5,
    "policies": 8,
    "summary": 19,
    "tensor": 12,
    "training": 5,
    "verdict": 18,
    "wording": 10,
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


def test_whatever_is_altered_is_found_and_every_check_finds_something(results: Path) -> None:
    missed = []
    checks = set()
    before = {path: path.read_bytes() for path in results.rglob("*") if path.is_file()}
    for name, (path, change, claims) in ALTERED.items():
        change(results)
        sign(results, path)
        missed += [(name, each) for each in missing(results, claims, checks)]
        mend(results, before)
    for name, (change, claims) in FILES.items():
        change(results)
        missed += [(name, each) for each in missing(results, claims, checks)]
        mend(results, before)
    assert missed == []
    silent = {place for place, lines in checks_of_verify().items() if not lines & checks}
    assert silent == set(), "no alteration needs these checks"


def missing(results: Path, claims: set[str], checks: set[Place]) -> set[str]:
    """The claims that hold and should not; add the checks that found something."""
    found = faults_of(results, *claims)
    for recorder in found.values():
        checks |= recorder.lines
    return claims - set(found)


def checks_of_verify() -> dict[Place, set[Place]]:
    """Every check that verify makes, and the lines that it takes."""
    found = {}
    for path in sorted(Path(walkforge.verify.__path__[0]).glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and is_check(node.func):
                lines = range(node.lineno, (node.end_lineno or node.lineno) + 1)
                found[path.stem, node.lineno] = {(path.stem, line) for line in lines}
    return found


def is_check(called: ast.expr) -> bool:
    return (
        isinstance(called, ast.Attribute)
        and called.attr in ("same", "near", "holds", "wrong")
        and isinstance(called.value, ast.Name)
        and called.value.id == "claim"
    )


def test_no_check_of_verify_is_lost() -> None:
    """Each finds an alteration, see above: one that is taken away has to be taken away here too."""
    assert Counter(module for module, _ in checks_of_verify()) == CHECKS


def test_a_bit_of_any_artifact_is_found(results: Path) -> None:
    paths = sorted(
        path.relative_to(results).as_posix()
        for path in results.rglob("*")
        if path.with_name(f"{path.name}.sha256").is_file()
    )
    assert len(paths) >= 40
    for path in paths:
        flip(path, 0.5)(results)
    hashes = faults_of(results, "hashes")["hashes"]
    assert sorted(fault.at for fault in hashes) == paths


@pytest.mark.slow
def test_what_no_claim_is_about_is_what_the_documents_name(results: Path) -> None:
    before = {path: path.read_bytes() for path in results.rglob("*") if path.is_file()}
    for name, (path, change) in NOT_FOUND.items():
        change(results)
        if (results / f"{path}.sha256").is_file():
            sign(results, path)
        assert faults_of(results) == {}, name
        mend(results, before)


@pytest.mark.slow
def test_of_altered_copies_most_are_found_by_all_claims_together(results: Path) -> None:
    before = {path: path.read_bytes() for path in results.rglob("*") if path.is_file()}
    found = 0
    for path, change, _ in ALTERED.values():
        change(results)
        sign(results, path)
        found += bool(faults_of(results))
        mend(results, before)
    assert found == len(ALTERED) >= 72


@pytest.mark.parametrize("text", ["=1+1", "+A", "-A", "@A", "\tA", "＝A", "−A"], ids=ascii)
def test_what_a_spreadsheet_would_run_is_escaped_as_the_pipeline_does(text: str) -> None:
    frame = pl.DataFrame({"symbol": [text]})
    assert escape_csv_text(frame)["symbol"][0] == escaped(text) == f"'{text}"
    assert is_written(f"'{text}", text)
    assert not is_written(text, text)


def test_an_older_ranking_may_be_of_policies_that_were_trained_anew(results: Path) -> None:
    older = results / "rankings/2011-06-02"
    shutil.copytree(results / LATEST, older)
    for file in older.glob("*.[cjh]*"):
        file.write_text(file.read_text().replace("2011-06-03", "2011-06-02"))
    ranking = pl.read_parquet(older / "ranking.parquet").with_columns(
        pl.col("last_bar", "as_of").dt.offset_by("-1d")
    )
    ranking.write_parquet(older / "ranking.parquet")
    said = json.loads((older / "summary.json").read_text())
    said["policies"]["seed_0"] = "0" * 64
    (older / "summary.json").write_text(json.dumps(said))
    assert faults_of(results, "rankings") == {}
    edit_row("rankings/2011-06-02/ranking.parquet", "score", 0)(results)
    assert "rankings" in faults_of(results, "rankings")


def test_a_ranking_that_waits_says_for_what(results: Path) -> None:
    waits = {"as_of": "2011-06-03", "newest": "2011-06-06", "due": 3, "waiting": ["S00", "S01"]}
    (results / "folds/latest.json").write_text(json.dumps(waits))
    said = json.loads((results / f"{LATEST}/summary.json").read_text()) | {"waits": waits}
    (results / "rankings/latest.json").write_text(json.dumps(said))
    page = results / "rankings/latest.html"
    told = waiting_told(waits)
    assert told is not None
    page.write_text(with_waiting(page.read_text(), told))
    assert faults_of(results, "rankings") == {}
    page.write_text(page.read_text().replace("1 of 3", "3 of 3"))
    assert "rankings" in faults_of(results, "rankings")


def test_a_policy_altered_with_all_its_hashes_is_not_its_copy(results: Path) -> None:
    flip(f"{POLICY}/policy.safetensors")(results)
    content = (results / f"{POLICY}/policy.safetensors").read_bytes()
    manifest = json.loads((results / f"{POLICY}/manifest.json").read_text())
    manifest["files"]["policy.safetensors"]["sha256"] = hashlib.sha256(content).hexdigest()
    (results / f"{POLICY}/manifest.json").write_text(json.dumps(manifest))
    sign(results, f"{POLICY}/policy.safetensors", f"{POLICY}/manifest.json")
    assert set(faults_of(results)) == {"policies", "lineage"}


def test_the_account_of_a_consensus_is_replayed_as_each_seed_s_is(results: Path) -> None:
    path = "evaluation/chooser_2/fold_2/consensus/ledger.parquet"
    edit_row(path, "quantity", 20)(results)
    sign(results, path)
    found = set(faults_of(results, "fills", "cash", "equity", "returns", "metrics", "tables"))
    assert found == {"fills", "cash", "equity", "metrics"}


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
