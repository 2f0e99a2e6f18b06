"""Provenance: seeds, hashes, versions, digests and durations, as they lie in files."""

import base64
import json

import pytest

from walkforge.manifests import manifest_of
from walkforge.provenance import sha256_bytes, write_artifacts
from walkforge.reporting.durations import durations, durations_html, job_times, machine_facts
from walkforge.reporting.provenance_page import (
    Provenance,
    digests_of,
    provenance_html,
    seeds_of,
    versions_of,
)

CONFIG = """\
seeds: [0, 1]
market:
  costs: {slippage_seed: 7}
evaluation: {random_seed: 3, seeding: none}
title: <script>alert(1)</script>
"""
CODE = ["a.py@0123456789ab", "walkforge.x@ba9876543210", "numpy==2.4.6", "Jinja2==3.1.6"]


def page(**changed):
    known = {"text": CONFIG, "code": CODE, "python": "3.11.7", "manifests": {}}
    return provenance_html(Provenance(**(known | changed)))


def test_every_seed_is_found_at_any_depth():
    config = {"seeds": [0, 1], "a": {"b": {"slippage_seed": 7}, "seeding": 1}, "seed": 2}
    assert list(seeds_of(config)) == [
        ("seeds", "[0, 1]"),
        ("a.b.slippage_seed", "7"),
        ("seed", "2"),
    ]


def test_entries_of_a_digest_are_versions_or_code():
    assert versions_of(CODE) == [("Jinja2", "3.1.6"), ("numpy", "2.4.6")]
    assert digests_of(CODE) == [("a.py", "0123456789ab"), ("walkforge.x", "ba9876543210")]


def test_the_page_holds_what_made_the_results(tmp_path):
    artifact = tmp_path / "bars.parquet"
    write_artifacts("ingest_bars", {artifact: b"some bars"})
    html = page(manifests={"results/bars.parquet": manifest_of(artifact).read_text()})
    wanted = [sha256_bytes(b"some bars"), "ingest_bars", "results/bars.parquet", "2.4.6", "3.11.7"]
    wanted += [sha256_bytes(CONFIG.encode()), "market.costs.slippage_seed", "ba9876543210"]
    assert [word for word in wanted if word not in html] == []
    assert "seeding</th>" not in html
    assert "<script>alert" not in html


def test_a_change_of_code_or_configuration_shows():
    assert page() == page()
    assert page(code=[*CODE, "walkforge.y@000000000000"]) != page()
    assert page(text=CONFIG.replace("7", "8")) != page()


def record(folder, output, **said):
    """Write a job's record where Snakemake puts it; a long name goes on in folders."""
    name = base64.b64encode(output.encode(), altchars=b"-_").decode()
    parts = [name[start : start + 254] for start in range(0, len(name), 254)]
    file = folder.joinpath(*(f"@{part}" for part in parts[:-1]), parts[-1])
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(said))


@pytest.fixture
def records(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "metadata"
    times = {"starttime": 100.0, "endtime": 110.0}
    outputs = ["a.png", "a.svg", "b.png", "d" * 200 + "/" + "e" * 100]
    for output in outputs:
        place = tmp_path / output
        place.parent.mkdir(exist_ok=True)
        place.touch()
    record(folder, "a.png", rule="plot", log=["a.log"], **times)
    record(folder, "a.svg", rule="plot", log=["a.log"], **times)
    record(folder, "b.png", rule="plot", log=["b.log"], starttime=100.0, endtime=104.0)
    record(folder, outputs[3], rule="train", log=[], starttime=0.0, endtime=30.0)
    record(folder, "gone.png", rule="old", log=["c.log"], **times)
    (folder / "bm90IGpzb24=").write_text("{")
    (folder / "not base64").write_text("{}")
    return folder


def test_jobs_count_once_and_only_while_their_output_is_there(records):
    found = durations(job_times(records))
    assert found.rows() == [("train", 1, 30.0, 30.0, 30.0), ("plot", 2, 14.0, 7.0, 10.0)]


def test_damaged_records_are_left_out(records):
    for output in ("a.png", "a.svg"):
        record(records, output, rule="plot", log=["a.log"], starttime=None, endtime=1.0)
    assert durations(job_times(records))["jobs"].to_list() == [1, 1]


def test_without_records_the_page_is_empty(tmp_path):
    html = durations_html(job_times(tmp_path / "nowhere"), {"system": "<b>"})
    assert "0 rules, 0 jobs" in html
    assert "<b>" not in html


def test_the_page_of_durations_shows_rules_and_machine(records):
    html = durations_html(job_times(records), machine_facts())
    assert "2 rules, 3 jobs" in html
    assert "GiB" in html
