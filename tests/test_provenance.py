"""Artifacts are written all or none, and read only as they were written."""

import errno
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from walkforge.errors import InputError
from walkforge.manifests import manifest_of, params_digest, read_manifest
from walkforge.provenance import (
    Content,
    canonical_json,
    check_artifact,
    read_bytes,
    read_json,
    sha256_bytes,
    sha256_file,
    sweep,
    write_artifacts,
)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_what_a_killed_job_left_is_swept_and_what_a_running_one_writes_is_not(
    tmp_path: Path,
) -> None:
    code = (
        "import os, signal, sys; from pathlib import Path\n"
        "from walkforge.provenance import write_artifacts\n"
        "def killed(path): os.kill(os.getpid(), signal.SIGKILL)\n"
        "write_artifacts('rule', {Path(sys.argv[1]): killed})\n"
    )
    place = tmp_path / "deep" / "a b.parquet"
    source = {"PYTHONPATH": str(Path(__file__).parents[1] / "src")}
    subprocess.run([sys.executable, "-c", code, place], check=False, env=os.environ | source)
    (left,) = names(place.parent)
    assert left.startswith(".a b.parquet.")
    (place.parent / ".bars.parquet.gy34mz4x").write_text("of an earlier version")
    elsewhere = place.parent / ".a.json.00000000-1-abcdefgh"
    elsewhere.write_text("of a job on another machine")
    (place.parent / ".hidden.txt").write_text("of the user")
    during = []
    write_artifacts("rule", {tmp_path / "b": lambda _: during.extend(sweep(tmp_path))})
    assert [path.name for path in during] == [left, ".bars.parquet.gy34mz4x"]
    assert names(place.parent) == [elsewhere.name, ".hidden.txt"]
    os.utime(elsewhere, (0, 0))
    assert sweep(tmp_path) == [elsewhere]


def disk_full(path: Path) -> None:
    path.write_text("half of the new")
    raise OSError(errno.ENOSPC, "No space left on device")


def test_hashes_are_those_of_the_standard(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b"abc")
    assert sha256_file(tmp_path / "f") == sha256_bytes(b"abc")
    assert sha256_bytes(b"abc").startswith("ba7816bf8f01cfea")  # FIPS 180-2, example B.1


def test_sha256sum_accepts_a_manifest(tmp_path: Path) -> None:
    write_artifacts("ingest_bars", {tmp_path / "a b.txt": "content"})
    told = manifest_of(tmp_path / "a b.txt").read_text()
    assert told == f"{sha256_bytes(b'content')}  a b.txt\n# written by rule ingest_bars\n"
    done = subprocess.run(
        ["sha256sum", "--check", "--strict", "a b.txt.sha256"],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (0, "a b.txt: OK\n")


def job(*inputs: Path, ignored: tuple[Path, ...] = ()) -> SimpleNamespace:
    """A job as a script sees it."""
    made = {"params": params_digest([{"a": 1}, "code"]), "ignored": [str(p) for p in ignored]}
    asked = [str(path) for path in inputs]
    return SimpleNamespace(rule="rule", input=asked, params=SimpleNamespace(made=made))


def test_a_manifest_says_what_its_artifact_was_made_of(tmp_path: Path) -> None:
    source = tmp_path / "source"
    folder = tmp_path / "folder"
    ancient = tmp_path / "ancient"
    source.write_text("rows")
    folder.mkdir()
    write_artifacts("before", {ancient: "1", tmp_path / "known": "2"})
    by = job(source, folder, ancient, tmp_path / "known", ignored=(ancient,))
    write_artifacts(by, {tmp_path / "a": "content"})
    said = read_manifest(tmp_path / "a")
    assert said is not None
    assert said.made is not None
    assert said.made.inputs == {
        str(source): sha256_bytes(b"rows"),
        str(folder): None,
        str(ancient): None,
        str(tmp_path / "known"): sha256_bytes(b"2"),
    }
    assert said.made.params == params_digest(["code", {"a": 1}]) != params_digest([{"a": 2}])
    first = manifest_of(tmp_path / "a").read_bytes()
    write_artifacts(by, {tmp_path / "a": "content"})
    assert manifest_of(tmp_path / "a").read_bytes() == first
    done = subprocess.run(
        ["sha256sum", "--check", "--strict", "a.sha256"], cwd=tmp_path, check=False
    )
    assert done.returncode == 0


@pytest.mark.parametrize("said", ["{}", '{"inputs": 1, "params": ""}', "{", "[" * 100_000])
def test_a_record_that_says_nothing_is_no_manifest(tmp_path: Path, said: str) -> None:
    write_artifacts("rule", {tmp_path / "a": "content"})
    with manifest_of(tmp_path / "a").open("a") as file:
        file.write(f"# made of {said}\n")
    assert read_manifest(tmp_path / "a") is None


@pytest.mark.parametrize("content", [b"bytes", "text", lambda path: path.write_text("written")])
def test_every_kind_of_content_comes_back(tmp_path: Path, content: Content) -> None:
    path = tmp_path / "folder" / "a"
    write_artifacts("rule", {path: content})
    assert read_bytes(path) in {b"bytes", b"text", b"written"}
    assert check_artifact(path) == path
    assert path.stat().st_mode & 0o777 == 0o644


def test_a_failed_write_leaves_all_old_files_and_no_temporary(tmp_path: Path) -> None:
    first = tmp_path / "first"
    second = tmp_path / "second"
    write_artifacts("rule", {first: "old", second: "old"})
    with pytest.raises(
        InputError, match="second: cannot write: No space left on device: make room"
    ):
        write_artifacts("rule", {first: "new", second: disk_full})
    assert (read_bytes(first), read_bytes(second)) == (b"old", b"old")
    assert names(tmp_path) == ["first", "first.sha256", "second", "second.sha256"]


def test_any_other_failure_leaves_nothing_behind_either(tmp_path: Path) -> None:
    def broken(path: Path) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write_artifacts("rule", {tmp_path / "first": "new", tmp_path / "second": broken})
    assert names(tmp_path) == []


LIMITED = """
import resource, sys
from pathlib import Path
from walkforge.errors import InputError
from walkforge.provenance import write_artifacts
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
folder, big = Path(sys.argv[1]), int(sys.argv[2])
contents = {folder / str(i): b"x" * (200_000 if i == big else 10) for i in range(4)}
try:
    write_artifacts("rule", contents)
except InputError as error:
    sys.exit(f"told: {error}")
"""


@pytest.mark.parametrize("big", range(4))
def test_a_limit_of_the_system_at_each_file_leaves_the_old_ones(tmp_path: Path, big: int) -> None:
    folder = tmp_path / "bars"
    write_artifacts("rule", {folder / str(i): f"old {i}" for i in range(4)})
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, str(folder), str(big)],
        capture_output=True, text=True, check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr.startswith(f"told: {folder / str(big)}: cannot write: File too large")
    assert [read_bytes(folder / str(i)) for i in range(4)] == [
        f"old {i}".encode() for i in range(4)
    ]
    assert len(names(folder)) == 8


def test_a_full_disk_leaves_the_old_files(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "none", str(disk)],
        capture_output=True, check=False,
    ) if os.geteuid() == 0 else None  # fmt: skip
    if mounted is None or mounted.returncode:
        pytest.skip("mounting a small disk is not allowed here")
    try:
        write_artifacts("rule", {disk / "a": "old", disk / "b": "old"})
        with pytest.raises(InputError, match="b: cannot write: No space left on device"):
            write_artifacts("rule", {disk / "a": "new", disk / "b": b"x" * 100_000})
        assert (read_bytes(disk / "a"), read_bytes(disk / "b")) == (b"old", b"old")
        assert names(disk) == ["a", "a.sha256", "b", "b.sha256"]
    finally:
        subprocess.run(["umount", str(disk)], check=True)


@pytest.mark.parametrize("kind", ["folder", "pipe", "link to a device"])
def test_what_is_no_regular_file_is_not_written_over(tmp_path: Path, kind: str) -> None:
    target = tmp_path / "a"
    if kind == "folder":
        target.mkdir()
    elif kind == "pipe":
        os.mkfifo(target)
    else:
        target.symlink_to("/dev/full")
    with pytest.raises(InputError, match="a: cannot write: it is not a regular file: move it away"):
        write_artifacts("rule", {target: "new"})
    assert names(tmp_path) == ["a"]


@pytest.mark.parametrize("name", ["second", "second.sha256"])
def test_nothing_is_written_when_a_later_place_is_taken(tmp_path: Path, name: str) -> None:
    written: list[Path] = []
    (tmp_path / name).mkdir()
    with pytest.raises(InputError, match=f"{name}: cannot write: it is not a regular file"):
        write_artifacts("rule", {tmp_path / "first": written.append, tmp_path / "second": "new"})
    assert not written
    assert names(tmp_path) == [name]


def test_a_folder_that_is_a_file_is_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "results").write_text("")
    with pytest.raises(InputError, match="cannot write"):
        write_artifacts("rule", {tmp_path / "results/a.json": "{}"})


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_may_not_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "locked").mkdir(mode=0o500)
    with pytest.raises(InputError, match="Permission denied: .*correct permissions"):
        write_artifacts("rule", {tmp_path / "locked/a": "new"})


@pytest.mark.parametrize("place", [0, 128, -1])
def test_one_flipped_bit_is_refused_with_the_rule_that_rebuilds(tmp_path: Path, place: int) -> None:
    path = tmp_path / "bars.parquet"
    write_artifacts("ingest_bars", {path: bytes(range(256))})
    data = bytearray(path.read_bytes())
    data[place] ^= 1
    path.write_bytes(data)
    for read in (read_bytes, check_artifact):
        with pytest.raises(InputError, match=r"HASH: .*bars\.parquet: .*--forcerun ingest_bars"):
            read(path)


def test_each_flipped_bit_of_the_hash_in_a_manifest_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a"
    write_artifacts("rule", {path: "content"})
    said = manifest_of(path).read_bytes()
    for bit in range(64 * 8):
        altered = bytearray(said)
        altered[bit // 8] ^= 1 << bit % 8
        manifest_of(path).write_bytes(altered)
        with pytest.raises(InputError, match="HASH: .*run again"):
            check_artifact(path)


@pytest.mark.parametrize(
    "told", ["", "abc", "0" * 64 + "  other\n# written by rule r\n", "0" * 64 + "  a\n", "\xff"]
)
def test_a_damaged_manifest_vouches_for_nothing(tmp_path: Path, told: str) -> None:
    write_artifacts("rule", {tmp_path / "a": "content"})
    manifest_of(tmp_path / "a").write_bytes(told.encode("latin-1"))
    with pytest.raises(InputError, match="HASH: .*delete a and run again"):
        read_bytes(tmp_path / "a")


def test_a_missing_artifact_or_manifest_is_told(tmp_path: Path) -> None:
    write_artifacts("rule", {tmp_path / "a": "content", tmp_path / "b": "content"})
    (tmp_path / "a").unlink()
    manifest_of(tmp_path / "b").unlink()
    with pytest.raises(InputError, match=r"a: cannot be read \(No such file.*--forcerun rule"):
        read_bytes(tmp_path / "a")
    with pytest.raises(InputError, match=r"b: its manifest b\.sha256 cannot be read"):
        check_artifact(tmp_path / "b")


def test_canonical_json_ignores_key_order_and_refuses_nan() -> None:
    assert canonical_json({"b": 1, "a": [1, 2]}) == canonical_json({"a": [1, 2], "b": 1})
    with pytest.raises(ValueError, match="Out of range"):
        canonical_json({"x": float("nan")})


def test_json_comes_back_and_what_is_none_is_told(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    write_artifacts("rule", {path: canonical_json({"a": [1, 2.5, None]})})
    assert read_json(path) == {"a": [1, 2.5, None]}
    write_artifacts("rule", {path: "{"})
    with pytest.raises(InputError, match="not JSON .*delete it and run again"):
        read_json(path)
