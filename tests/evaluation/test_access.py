"""Openings of the hold-out: one line each, none lost, damaged ones counted."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from configurations import ROOT
from walkforge.errors import InputError
from walkforge.evaluation.access import record_opening, times_opened
from walkforge.planning import make_plan
from walkforge.provenance import sha256_file, write_artifacts

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
