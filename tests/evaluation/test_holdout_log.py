"""Openings of the hold-out: one line each, none lost, damaged ones counted."""

import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from configurations import ROOT
from walkforge.errors import InputError
from walkforge.evaluation.holdout_log import record_opening, times_opened, unopened
from walkforge.planning import Plan, make_plan
from walkforge.provenance import sha256_file, write_artifacts
from walkforge.splits.windows import Window

SEALED = {"test": {"start": "2020-01-01", "end": "2021-01-01"}, "rows_sha256": "f" * 64}
NOW = datetime(2020, 1, 2, 3, 4, 5, tzinfo=UTC)


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    write_artifacts("train_agent", {tmp_path / "manifest.json": "{}"})
    return tmp_path / "manifest.json"


def test_each_opening_is_a_line_and_counts_those_before(tmp_path, policy):
    record = tmp_path / "sealed/access.jsonl"
    assert times_opened(record) == 0
    assert [
        record_opening(record, [policy], sealed=SEALED, config="abc", now=NOW) for _ in range(3)
    ] == [0, 1, 2]
    first, *_ = lines = record.read_text().splitlines()
    assert len(lines) == times_opened(record) == 3
    assert json.loads(first) == {
        "time": "2020-01-02T03:04:05+00:00",
        "config": "abc",
        "policies": {str(policy): sha256_file(policy)},
        "window": SEALED["test"],
        "rows_sha256": SEALED["rows_sha256"],
    }


@pytest.mark.parametrize(
    ("content", "count"),
    [
        (b"", 0),
        (b"\n", 0),
        (b'{}\n{"window": SEALED["test"], "rows_sha256": SEALED["rows_sha256"], "time": "20', 2),
        (b"\xff\x00\n\n{}\n", 2),
    ],
)
def test_a_damaged_line_counts_and_stays(tmp_path, policy, content, count):
    record = tmp_path / "access.jsonl"
    record.write_bytes(content)
    assert times_opened(record) == count
    assert record_opening(record, [policy], sealed=SEALED, config="", now=NOW) == count
    assert times_opened(record) == count + 1
    assert record.read_bytes().startswith(content)


def test_what_cannot_be_recorded_is_an_error(tmp_path, policy):
    with pytest.raises(InputError, match="cannot be read"):
        record_opening(tmp_path, [policy], sealed=SEALED, config="", now=NOW)
    astray = tmp_path / "access.jsonl"
    astray.symlink_to(tmp_path / "missing/access.jsonl")
    with pytest.raises(InputError, match="nothing was read"):
        record_opening(astray, [policy], sealed=SEALED, config="", now=NOW)


def test_the_plan_counts_openings(tmp_path, policy):
    record = tmp_path / "access.jsonl"
    plan = make_plan(ROOT, [ROOT / "config.yaml"], environ={}, given={}, access=record)
    assert plan.holdout_opened() == 0
    record_opening(record, [policy], sealed=SEALED, config=plan.digest(), now=NOW)
    assert plan.holdout_opened() == 1


def sealed(record: Path, start: str, end: str) -> dict[str, object]:
    """Seal a window beside a record."""
    manifest = {**SEALED, "test": {"start": start, "end": end}}
    write_artifacts("seal_holdout", {record.with_name("sealed.json"): json.dumps(manifest)})
    return manifest


def test_only_an_opening_of_the_sealed_window_opens_it(tmp_path, policy):
    record = tmp_path / "access.jsonl"
    assert unopened(record) is None
    first = sealed(record, "2011-01-01", "2012-01-01")
    record_opening(record, [policy], sealed=first, config="", now=NOW)
    assert unopened(record) is None
    second = sealed(record, "2011-06-01", "2013-01-01")
    record.write_bytes(record.read_bytes() + b'{"window": {"start": "2011-06-01"\n')
    assert unopened(record) == Window(date(2011, 6, 1), date(2013, 1, 1))
    record_opening(record, [policy], sealed=second, config="", now=NOW)
    assert unopened(record) is None


def planned(record: Path, **given: object) -> Plan:
    return make_plan(ROOT, [ROOT / "config.yaml"], environ={}, given=given, access=record)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"splits": {"end": "2012-06-01"}}, "splits.end 2012-06-01 is after 2012-01-03"),
        (
            {
                "splits": {"end": "2012-01-01"},
                "holdout": {"start": "2012-02-01", "end": "2013-01-01"},
            },
            "holdout.start 2012-02-01 is after 2012-01-03",
        ),
    ],
)
def test_a_seal_holds_until_its_own_window_is_opened(tmp_path, policy, given, said):
    record = tmp_path / "access.jsonl"
    record_opening(record, [policy], sealed=SEALED, config="", now=NOW)  # of another window
    manifest = sealed(record, "2012-01-03", "2013-01-01")
    with pytest.raises(InputError, match=said):
        planned(record, **given)
    record_opening(record, [policy], sealed=manifest, config="", now=NOW)
    assert planned(record, **given).holdout_opened() == 2


def test_a_backtest_does_not_reach_into_what_was_sealed_and_is_configured_no_more(tmp_path, policy):
    record = tmp_path / "access.jsonl"
    ends = {"splits": {"end": "2012-01-01"}}
    manifest = sealed(record, "2012-01-03", "2013-01-01")
    kept = {"end": "2013-01-01", "start": "2012-01-03"}
    assert planned(record, **ends).backtest()["holdout"] == kept
    record_opening(record, [policy], sealed=manifest, config="", now=NOW)
    assert planned(record, **ends).backtest()["holdout"] == {"end": None, "start": None}
