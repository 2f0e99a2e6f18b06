"""Ways to tamper with results, and what verify then says of them."""

import base64
import hashlib
import json
import re
import shutil
import struct
import sys
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from types import FrameType

import polars as pl

from walkforge.verify.__main__ import OF_ACCOUNTS, OF_PAGE, OF_STUDY, checked
from walkforge.verify.accounts import Accounts
from walkforge.verify.claim import Claim, Fault
from walkforge.verify.folder import Folder
from walkforge.verify.hashes import said_beside
from walkforge.verify.study import Study

Place = tuple[str, int]  # module of verify, and line
RUN = "evaluation/chooser_2/fold_2/seed_1"
WARM = "evaluation/chooser_2/warm_in/seed_1"
CLOSING = "evaluation/chooser_2/seed_1/closing.safetensors"
POLICY = "agents/chooser_2/fold_1/seed_0/policy"
PAGE = "evaluation/summary.html"
VERDICT = "evaluation/verdict.json"
LATEST = "rankings/2011-06-03"
CURVE = "agents/chooser_2/fold_1/seed_0/training.parquet"
Change = Callable[[Path], None]


class Recorder(list[Fault]):
    """Faults, and the line of verify that noted each."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: set[Place] = set()

    def append(self, fault: Fault) -> None:
        """Keep a fault and where it was noted."""
        frame: FrameType | None = sys._getframe(1)
        while frame is not None and frame.f_code.co_filename.endswith("verify/claim.py"):
            frame = frame.f_back
        if frame is not None:
            self.lines.add((Path(frame.f_code.co_filename).stem, frame.f_lineno))
        super().append(fault)


def faults_of(results: Path, *names: str) -> dict[str, Recorder]:
    """Check claims, all where none is named; return the faults of each that does not hold."""
    study = Study(Folder(results))
    accounts = Accounts(study)
    every: list[tuple[str, Callable[[Claim], None]]] = [
        *((name, partial(run, study)) for name, _, run in (*OF_STUDY, *OF_PAGE)),
        *((name, partial(run, accounts)) for name, _, run in OF_ACCOUNTS),
    ]
    found = {}
    for name, run in every:
        if name in names or not names:
            recorder = Recorder()

            def watched(claim: Claim, run: Callable[[Claim], None] = run) -> None:
                claim.faults = recorder  # noqa: B023 (called at once)
                run(claim)

            if checked(name, "", watched).faults:
                found[name] = recorder
    return found


def mend(results: Path, before: Mapping[Path, bytes]) -> None:
    """Make results what they were before."""
    for path in [each for each in results.rglob("*") if each.is_symlink() or each.is_file()]:
        if path.is_symlink() or path not in before:
            path.unlink()
    for path, content in before.items():
        if not path.is_file() or path.read_bytes() != content:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)


def sign(results: Path, *paths: str) -> None:
    """Rewrite the hash beside each file, and the manifest of manifests, as one who knows would."""
    closed = results / "manifest.json"
    listed = json.loads(closed.read_text())
    for path in paths:
        file = results / path
        if not file.is_file():
            listed["artifacts"].pop(path, None)
            continue
        digest = beside(file)
        said = said_beside(Folder(results), path)
        if path != "manifest.json":
            listed["artifacts"][path] = said | {"sha256": digest}
    if paths != ("manifest.json",):
        closed.write_text(json.dumps(listed))
    beside(closed)


def beside(file: Path) -> str:
    """Write the hash beside a file, what else stands there left as it is, and return it."""
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    place = Path(f"{file}.sha256")
    before = place.read_text().splitlines(keepends=True) if place.is_file() else []
    others = before[1:] or ["# written by rule all_rules\n"]
    place.write_text("".join([f"{digest}  {file.name}\n", *others]))
    return digest


def edit_row(path: str, column: str, row: int, *, factor: float = 1.001) -> Change:
    """What multiplies one number of a Parquet file."""

    def change(results: Path) -> None:
        frame = pl.read_parquet(results / path)
        chosen = pl.int_range(pl.len()) == row
        value = pl.when(chosen).then(pl.col(column) * factor).otherwise(pl.col(column))
        frame.with_columns(value.alias(column)).write_parquet(results / path)

    return change


def change_frame(path: str, *columns: pl.Expr) -> Change:
    """What rewrites columns of a Parquet file."""

    def change(results: Path) -> None:
        pl.read_parquet(results / path).with_columns(*columns).write_parquet(results / path)

    return change


def edit_text(path: str, pattern: str, replacement: str) -> Change:
    """What replaces the first match of a pattern in a text."""

    def change(results: Path) -> None:
        text = (results / path).read_text()
        after = re.sub(pattern, replacement, text, count=1)
        assert after != text, f"{pattern} is not in {path}"
        (results / path).write_text(after)

    return change


def flip(path: str, place: float = 0.9) -> Change:
    """What flips one bit of a file."""

    def change(results: Path) -> None:
        content = bytearray((results / path).read_bytes())
        content[int(place * len(content))] ^= 1
        (results / path).write_bytes(content)

    return change


def edit_closing(name: str) -> Change:
    """What raises the first number of an array of the account at the end."""

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
    rows = re.findall(r'<tr>\s*<th scope="row" class="text" data-value="cash".*?</tr>', text, re.S)
    assert len(rows) == 3
    for row in rows:
        text = text.replace(row, "")
    (results / PAGE).write_text(text)


def swap_picture(results: Path) -> None:
    other = base64.b64encode(b"\x89PNG another").decode()
    edit_text(PAGE, r"base64,[^\"]+", f"base64,{other}")(results)


def edit_json(path: str, keys: tuple[str, ...], value: object) -> Change:
    """What sets one value of a JSON file."""

    def change(results: Path) -> None:
        whole = json.loads((results / path).read_text())
        at = whole
        for key in keys[:-1]:
            at = at[key]
        at[keys[-1]] = value
        (results / path).write_text(json.dumps(whole))

    return change


def edit_bytes(path: str, pattern: bytes, replacement: bytes) -> Change:
    """What replaces the first match of a pattern by as many bytes."""

    def change(results: Path) -> None:
        content = (results / path).read_bytes()
        after = re.sub(pattern, replacement, content, count=1)
        assert after != content
        (results / path).write_bytes(after)

    return change


def keep_rows(path: str, condition: pl.Expr) -> Change:
    """What leaves out the rows of a Parquet file that do not meet a condition."""

    def change(results: Path) -> None:
        pl.read_parquet(results / path).filter(condition).write_parquet(results / path)

    return change


def twice(path: str) -> Change:
    """What repeats the rows of a Parquet file."""

    def change(results: Path) -> None:
        frame = pl.read_parquet(results / path)
        pl.concat([frame, frame]).write_parquet(results / path)

    return change


def cut(path: str) -> Change:
    """What leaves out the last byte of a file."""

    def change(results: Path) -> None:
        (results / path).write_bytes((results / path).read_bytes()[:-1])

    return change


def append(path: str, content: bytes) -> Change:
    """What adds to a file."""

    def change(results: Path) -> None:
        (results / path).write_bytes((results / path).read_bytes() + content)

    return change


def remove(*paths: str) -> Change:
    """What removes files and folders."""

    def change(results: Path) -> None:
        for path in paths:
            place = results / path
            shutil.rmtree(place) if place.is_dir() else place.unlink()

    return change


def add(path: str, *, signed: bool = False) -> Change:
    """What adds a file, with a hash of its own or without."""

    def change(results: Path) -> None:
        (results / path).parent.mkdir(parents=True, exist_ok=True)
        (results / path).write_text("This agent has skill.")
        if signed:
            beside(results / path)

    return change


def forge(path: str) -> Change:
    """What puts another file with its hash in the place of one."""

    def change(results: Path) -> None:
        (results / path).write_text("This agent has skill.")
        beside(results / path)

    return change


def link(path: str) -> Change:
    """What puts a link to the same content in the place of a file."""

    def change(results: Path) -> None:
        other = results / "logs/other"
        (results / path).rename(other)
        (results / path).symlink_to(other)

    return change


def resigned(edit: Change) -> Change:
    """What changes the manifest of manifests and signs it."""

    def change(results: Path) -> None:
        edit(results)
        beside(results / "manifest.json")

    return change


def add_trial(results: Path) -> None:
    content = b'{"schema_version": 1, "settings": {}}'
    name = hashlib.sha256(content).hexdigest()[:32]
    (results / f"trials/{name}.json").write_bytes(content)


def edit_trial(results: Path) -> None:
    (record,) = (results / "trials").iterdir()
    record.write_text(record.read_text().replace("0.5", "0.6"))


def choose_features(results: Path) -> None:
    """Let the agent of the configuration choose features, and its policies read others."""
    edit_text("config.yaml", "(?m)^  chooser_2:$", "  chooser_2:\\n    features: [x0]")(results)
    edit_text(f"{POLICY}/config.json", '"x0"', '"x9"')(results)
    sign(results, "config.yaml", f"{POLICY}/config.json")
