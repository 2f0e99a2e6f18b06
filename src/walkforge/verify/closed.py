"""The set of files is closed: the manifest of manifests lists each of them, and nothing else."""

from collections.abc import Mapping
from typing import Any

from walkforge.verify.claim import Claim, Unreadable
from walkforge.verify.hashes import ALONE, MARKS, UNSIGNED, said_beside
from walkforge.verify.study import Study

CLOSED = "manifest.json"
FIELDS = ("made_of", "rule", "sha256")


def check_closed(study: Study, claim: Claim) -> None:
    """Compare the files that there are with those that the end of the run left.

    Free are logs and trials, the report, the record of openings, and Snakemake's marks of time.
    """
    said = study.folder.json(CLOSED)
    claim.same(f"{CLOSED}, fields", found=sorted(said), expected=["artifacts", "schema_version"])
    claim.same(f"{CLOSED}, schema_version", found=said.get("schema_version"), expected=1)
    artifacts = said.get("artifacts")
    if not isinstance(artifacts, dict):
        raise Unreadable(f"{CLOSED}: lists no artifacts")
    lying = {
        path
        for path in study.folder.files
        if not path.startswith(UNSIGNED)
        and not path.endswith((".sha256", *MARKS))
        and path not in (CLOSED, *ALONE)
    }
    for path in sorted(lying | set(artifacts)):
        claim.holds(path, path in artifacts, found="a file that no run left",
                    expected=f"the files of {CLOSED}")  # fmt: skip
        claim.holds(path, path in lying, found="no file", expected=f"it, as {CLOSED} lists it")
        if path in artifacts and path in lying:
            _entry(study, path, artifacts[path], claim=claim)


def _entry(study: Study, path: str, entry: Any, *, claim: Claim) -> None:
    """Compare what is listed of an artifact with what the manifest beside it says."""
    listed: Mapping[str, Any] = entry if isinstance(entry, dict) else {}
    claim.same(f"{CLOSED}, {path}, fields", found=sorted(listed), expected=sorted(FIELDS))
    beside = said_beside(study.folder, path)
    if beside is not None:
        for name in FIELDS:
            claim.same(f"{CLOSED}, {path}, {name}", found=listed.get(name),
                       expected=beside[name])  # fmt: skip
