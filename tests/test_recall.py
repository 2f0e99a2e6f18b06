"""What Snakemake remembers is compared with what manifests say, and mended where it differs."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import pytest

from walkforge.closing import CLOSED, close
from walkforge.manifests import Made, params_digest
from walkforge.provenance import sha256_bytes, write_artifacts
from walkforge.recall import UNKNOWN, Recalled, altered, anew_text, recall, standing

NOW = [repr({"commission": 10}), repr(["code@1"])]
DIGEST = params_digest([{"commission": 10}, ["code@1"]])


class Record(NamedTuple):
    params: list[str] | None
    input_checksums: dict[str, str] | None
    input: Sequence[str] = ("results/bulk", "results/a")


@pytest.fixture
def results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A source, an artifact that was made of it, and one that was made of that."""
    monkeypatch.chdir(tmp_path)
    Path("source").write_text("rows")
    made: dict[str, str | None] = {"source": sha256_bytes(b"rows")}
    write_artifacts(Made(rule="one", params=DIGEST, inputs=made), {Path("results/a"): "a"})
    made = {"results/a": sha256_bytes(b"a"), "results/bulk": None}
    write_artifacts(Made(rule="two", params=DIGEST, inputs=made), {Path("results/b"): "b"})
    return Path("results")


def recalled(results: Path, artifact: str, record: Record | None) -> Mapping[str, Recalled]:
    known = standing(results, left_out=["trials"])
    artifacts = {artifact: known[artifact]}
    return dict(recall(artifacts, {artifact: record}, known=known, planned=lambda: NOW))


SUMS = {"results/a": f"sha256:{sha256_bytes(b'a')}"}
RIGHT = Recalled(params=NOW, inputs=["results/a", "results/bulk"], checksums=SUMS)
ANEW = Recalled(params=[UNKNOWN], inputs=[], checksums={})


def test_what_is_remembered_as_it_stands_is_left_alone(results: Path) -> None:
    assert recalled(results, "results/b", Record(NOW[::-1], SUMS)) == {}
    assert recalled(results, "results/b", Record(NOW, {})) == {}  # too large for a checksum


@pytest.mark.parametrize(
    "record",
    [
        None,
        Record(NOW, SUMS, ["results/a"]),
        Record(["'other'"], SUMS),
        Record(NOW, {"results/a": "sha256:0"}),
        Record(None, None),
    ],
)
def test_a_record_that_is_lost_or_of_other_results_is_written_anew(
    results: Path, record: Record | None
) -> None:
    assert recalled(results, "results/b", record) == {"results/b": RIGHT}


def test_what_was_made_of_other_params_has_a_record_that_no_job_has(results: Path) -> None:
    other = Made(rule="two", params="0" * 64, inputs={"results/a": sha256_bytes(b"a")})
    write_artifacts(other, {Path("results/b"): "b"})
    assert recalled(results, "results/b", None)["results/b"].params == [UNKNOWN]
    # a record of the configuration that is planned now: --touch, or results that were exchanged
    assert recalled(results, "results/b", Record(NOW, SUMS))["results/b"].params == [UNKNOWN]


def test_what_was_made_of_another_input_is_made_anew(results: Path) -> None:
    write_artifacts("one", {Path("results/a"): "another"})
    assert recalled(results, "results/b", Record(NOW, SUMS)) == {"results/b": ANEW}
    assert recalled(results, "results/b", Record([UNKNOWN], None)) == {}


@pytest.mark.parametrize(("content", "expected"), [("older", {"results/a": ANEW}), ("rows", {})])
def test_a_source_is_read_again_however_old_the_file_that_replaced_it(
    results: Path, content: str, expected: dict[str, Recalled]
) -> None:
    Path("moved").write_text(content)
    os.utime("moved", (0, 0))
    Path("moved").replace("source")
    checksums = {"source": sha256_bytes(b"rows")}
    assert recalled(results, "results/a", Record(NOW, checksums, ["source"])) == expected


def test_what_no_manifest_vouches_for_is_made_anew_unless_snakemake_knows_it(results: Path) -> None:
    (results / "own").write_text("of a rule of one's own")
    assert recalled(results, "results/own", None) == {"results/own": ANEW}
    assert recalled(results, "results/own", Record(NOW, {})) == {}


def test_half_a_job_s_artifacts_of_another_time_are_made_anew(results: Path) -> None:
    write_artifacts(Made(rule="two", params="0" * 64, inputs={}), {results / "c": "c"})
    known = standing(results, left_out=[])
    artifacts = {name: known[name] for name in ("results/b", "results/c")}
    records = dict.fromkeys(artifacts, Record(NOW, SUMS))
    found = dict(recall(artifacts, records, known=known, planned=lambda: NOW))
    assert found == {"results/b": ANEW, "results/c": ANEW}


def test_trials_temporaries_and_links_to_nowhere_are_no_artifacts(results: Path) -> None:
    (results / "trials").mkdir()
    (results / "trials/1.json").write_text("{}")
    (results / ".a.tmp").write_text("half")
    (results / "gone").symlink_to("nowhere")
    assert set(standing(results, left_out=["trials"])) == {"results/a", "results/b"}


def test_a_bit_that_is_flipped_after_the_run_is_found_by_the_next_start(results: Path) -> None:
    close(results)
    assert altered(standing(results, left_out=[]), closed=results / CLOSED) == []
    later = (results / CLOSED).stat().st_mtime_ns + 1_000_000
    for path in (results / "a", results / "b"):
        path.write_text(f"{path.read_text()} ")
        os.utime(path, ns=(later, later))
    found = altered(standing(results, left_out=[]), closed=results / CLOSED)
    assert found == ["results/a", "results/b"]
    assert anew_text(found).startswith("walkforge: results/a is not what its manifest says, and 1")


def test_what_was_touched_and_is_the_same_is_not_altered(results: Path) -> None:
    close(results)
    later = (results / CLOSED).stat().st_mtime_ns + 1_000_000
    os.utime(results / "a", ns=(later, later))
    assert altered(standing(results, left_out=[]), closed=results / CLOSED) == []
