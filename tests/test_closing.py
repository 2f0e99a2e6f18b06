"""The manifest of manifests says what stands in the results, and nothing else."""

import json
from pathlib import Path

import pytest

from walkforge.closing import CLOSED, behind_text, close, outdated
from walkforge.manifests import Made, read_manifest
from walkforge.provenance import check_artifact, sha256_bytes, write_artifacts


@pytest.fixture
def results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two artifacts, one made of the other, and what is left out."""
    monkeypatch.chdir(tmp_path)
    write_artifacts("one", {Path("results/bars/a"): "a"})
    inputs = {"results/bars/a": sha256_bytes(b"a"), "source": "0" * 64, "results/bulk": None}
    write_artifacts(Made(rule="two", params="1" * 64, inputs=inputs), {Path("results/b"): "b"})
    write_artifacts("logs", {Path("results/logs/profile.json"): "{}"})
    for name in ("trials/1.json", "holdout/access.jsonl", "report.html"):
        Path("results", name).parent.mkdir(exist_ok=True)
        Path("results", name).write_text("{}")
    return Path("results")


def listed(results: Path) -> dict[str, object]:
    said = json.loads(check_artifact(results / CLOSED).read_text())
    assert said["schema_version"] == 1
    return dict(said["artifacts"])


def test_every_artifact_is_listed_with_its_rule_and_what_it_was_made_of(results: Path) -> None:
    assert close(results)
    said = read_manifest(results / "b")
    assert said is not None
    assert said.made is not None
    made = {"inputs": dict(said.made.inputs), "params": "1" * 64}
    assert listed(results) == {
        "b": {"made_of": made, "rule": "two", "sha256": sha256_bytes(b"b")},
        "bars/a": {"made_of": None, "rule": "one", "sha256": sha256_bytes(b"a")},
    }


def test_it_is_written_where_it_changes_and_is_the_same_for_the_same(results: Path) -> None:
    close(results)
    first = (results / CLOSED).read_bytes()
    assert not close(results)
    write_artifacts("one", {results / "bars/a": "another"})
    assert close(results)
    assert (results / CLOSED).read_bytes() != first
    write_artifacts("one", {results / "bars/a": "a"})
    assert close(results)
    assert (results / CLOSED).read_bytes() == first
    (results / CLOSED).write_text("{}")
    assert close(results)
    (results / "b").unlink()
    close(results)
    assert set(listed(results)) == {"bars/a"}


def test_what_was_made_of_something_that_changed_since_is_outdated(results: Path) -> None:
    assert outdated(results) == []
    write_artifacts("one", {results / "bars/a": "another"})
    assert outdated(results) == ["results/b"]


def test_what_is_outdated_is_counted_in_words() -> None:
    assert "1 artifact is of what" in behind_text(["results/a"])
    assert "2 artifacts are of what" in behind_text(["results/a", "results/b"])
