"""Manifests: what stands beside an artifact of its bytes, its rule and what it was made of.

ARTIFACT.sha256 holds the line of sha256sum, then `# written by rule RULE`, then, where a job of the
workflow wrote it, `# made of {...}`: JSON of the digest of the job's params (configuration and
code) and of the SHA-256 of each input by its path. An input whose age does not matter, and a
folder, has null.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

from walkforge.foreign import MOST_ARTIFACT_BYTES, MOST_MANIFEST_BYTES, open_regular, read_regular

MANIFEST_SUFFIX = ".sha256"

_MANIFEST = re.compile(
    r"([0-9a-f]{64})  ([^\n]+)\n# written by rule ([a-z0-9_]+)\n(?:# made of (\{[^\n]+\})\n)?"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """What one job was made of.

    Attributes:
        rule: its name. params: digest of its params, see params_digest.
        inputs: SHA-256 by path; None for an input that is not compared.
    """

    rule: str
    params: str
    inputs: Mapping[str, str | None]

    def also(self, paths: Iterable[str]) -> "Made":
        """The same with more files, as they are now: what a job wrote for later runs to read."""
        more = {path: _input_sha256(Path(path)) for path in paths if path not in self.inputs}
        return replace(self, inputs={**self.inputs, **more})

    def line(self) -> str:
        """The part of a manifest that says it: canonical JSON on one line."""
        said = {"inputs": dict(self.inputs), "params": self.params}
        return json.dumps(said, sort_keys=True, separators=(",", ":"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What a manifest says; `made` is None where no job of the workflow wrote the artifact."""

    sha256: str
    name: str
    rule: str
    made: Made | None


class Job(Protocol):
    """What a script knows of its job: the part of Snakemake's object that is read here."""

    rule: str
    input: Any
    params: Any


def manifest_of(artifact: Path) -> Path:
    """The path of an artifact's manifest."""
    return artifact.with_name(artifact.name + MANIFEST_SUFFIX)


def manifest_text(sha256: str, name: str, by: str | Made) -> str:
    """The text of a manifest.

    Args:
        sha256: of the artifact's bytes. name: of its file. by: the rule, and what it was made of.
    """
    if isinstance(by, str):
        return f"{sha256}  {name}\n# written by rule {by}\n"
    return f"{sha256}  {name}\n# written by rule {by.rule}\n# made of {by.line()}\n"


def manifest_in(text: str) -> Manifest | None:
    """What the text of a manifest says, None where it is no manifest."""
    found = _MANIFEST.fullmatch(text)
    if found is None:
        return None
    try:
        made = None if found[4] is None else _made(found[3], json.loads(found[4]))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    return Manifest(sha256=found[1], name=found[2], rule=found[3], made=made)


def _made(rule: str, said: Mapping[str, Any]) -> Made:
    inputs = {str(path): sha if sha is None else str(sha) for path, sha in said["inputs"].items()}
    return Made(rule=rule, params=str(said["params"]), inputs=inputs)


def read_manifest(artifact: Path) -> Manifest | None:
    """What the manifest beside an artifact says, None where there is none that can be read."""
    try:
        said = manifest_in(read_regular(manifest_of(artifact), most=MOST_MANIFEST_BYTES).decode())
    except (OSError, ValueError):
        return None
    return said if said is not None and said.name == artifact.name else None


def params_digest(params: Iterable[object]) -> str:
    """The SHA-256 of params, which are compared as Snakemake does: as a set of their reprs."""
    return reprs_digest(map(repr, params))


def reprs_digest(reprs: Iterable[str]) -> str:
    """The SHA-256 of the reprs of params, whatever their order."""
    return hashlib.sha256(json.dumps(sorted(set(reprs))).encode()).hexdigest()


def made_of(job: Job) -> Made:
    """What a job is made of, as its inputs are now.

    Args:
        job: its params hold `made`: the digest of the others, and the paths whose age is ignored.
    """
    ignored = set(job.params.made["ignored"])
    inputs = {path: None if path in ignored else _input_sha256(Path(path)) for path in job.input}
    return Made(rule=job.rule, params=job.params.made["params"], inputs=inputs)


def _input_sha256(path: Path) -> str | None:
    """The SHA-256 of an input; an artifact's is on record, and was checked when it was read."""
    if path.is_dir():
        return None
    said = read_manifest(path)
    if said is not None:
        return said.sha256
    with open_regular(path, most=MOST_ARTIFACT_BYTES) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
