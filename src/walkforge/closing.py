"""The end of a run: one manifest of all manifests, so that nothing can be added, lost or exchanged.

It lists every artifact by its path in the folder of results, with its SHA-256, the rule that wrote
it and what that was made of. Logs and trials are left out, and so is what has no manifest of its
own: the report, and the record of openings of the hold-out.
"""

import os
from pathlib import Path
from typing import Any

from walkforge.manifests import Manifest, read_manifest
from walkforge.provenance import canonical_json, write_artifacts
from walkforge.recall import standing

SCHEMA_VERSION = 1
CLOSED = "manifest.json"
CLOSED_BY = "close_results"
LEFT_OUT = ("logs", "trials")


def close(results: Path) -> bool:
    """Write the manifest of manifests as the results stand; whether that changed it."""
    text = canonical_json(closed(results))
    place = results / CLOSED
    said = read_manifest(place)
    if said is not None and place.is_file() and place.read_text(encoding="utf-8") == text:
        os.utime(place)  # the next start reads what was written later, see recall.altered
        return False
    write_artifacts(CLOSED_BY, {place: text})
    return True


def closed(results: Path) -> dict[str, Any]:
    """The manifest of manifests: what stands in a folder of results, by path in it."""
    found = standing(results, left_out=LEFT_OUT)
    artifacts = {
        str(Path(path).relative_to(results)): _entry(said)
        for path, said in found.items()
        if said is not None and Path(path) != results / CLOSED
    }
    return {"schema_version": SCHEMA_VERSION, "artifacts": artifacts}


def _entry(said: Manifest) -> dict[str, Any]:
    """What is told of one artifact; made_of is null where no job of the workflow wrote it."""
    made = said.made and {"inputs": dict(said.made.inputs), "params": said.made.params}
    return {"made_of": made, "rule": said.rule, "sha256": said.sha256}


def behind_text(behind: list[str]) -> str:
    """What a run says of artifacts that are outdated."""
    counted = "1 artifact is" if len(behind) == 1 else f"{len(behind)} artifacts are"
    return (
        f"walkforge: {counted} of what was made anew since, {behind[0]} first: give the same "
        "command without a target"
    )


def outdated(results: Path) -> list[str]:
    """The artifacts that were made of an artifact as it stands no more, by path, sorted."""
    found = standing(results, left_out=LEFT_OUT)
    now = {path: said.sha256 for path, said in found.items() if said is not None}
    return [path for path, said in found.items() if said and said.made and any(
        sha is not None and now.get(each, sha) != sha for each, sha in said.made.inputs.items()
    )]  # fmt: skip
