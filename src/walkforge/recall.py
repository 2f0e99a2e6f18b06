"""What stands in the results, against what Snakemake remembers of it.

Snakemake compares a job's params and inputs with records in .snakemake, which people delete, do not
copy, or keep while the results are exchanged. Manifests travel with the artifacts: where a record
does not say what they say, it is written anew, so that Snakemake compares the right thing.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from walkforge.manifests import (
    MANIFEST_SUFFIX,
    Made,
    Manifest,
    read_manifest,
    reprs_digest,
)
from walkforge.provenance import sha256_file

# In place of params that are not known: no job has these, so what stands there is made anew.
UNKNOWN = "'not known: see the manifest'"
HASHED = 100_000_000  # bytes up to which a source is read again to compare it


class Record(Protocol):
    """What is read of Snakemake's record of an output."""

    @property
    def params(self) -> Sequence[str] | None:
        """Reprs of the params of the job that wrote it."""

    @property
    def input(self) -> Sequence[str] | None:
        """Paths of the inputs."""

    @property
    def input_checksums(self) -> Mapping[str, str] | None:
        """`sha256:` and the SHA-256 of each input, by its path."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recalled:
    """What a record is to say. params: their reprs. inputs: paths. checksums: as SHA-256."""

    params: list[str]
    inputs: list[str]
    checksums: dict[str, str]


def standing(folder: Path, *, left_out: Iterable[str]) -> dict[str, Manifest | None]:
    """What each file under a folder is said to be, by its path; None where no manifest says it.

    Args:
        folder: of results. left_out: folders in it that hold no artifacts.
    """
    skipped = {folder / name for name in left_out}
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {
        str(path): read_manifest(path)
        for path in files
        if path.suffix != MANIFEST_SUFFIX
        and not path.name.startswith(".")
        and skipped.isdisjoint(path.parents)
    }


def recall(
    artifacts: Mapping[str, Manifest | None],
    outputs: Mapping[str, Record | None],
    *,
    known: Mapping[str, Manifest | None],
    planned: Callable[[], Sequence[str]],
) -> Iterator[tuple[str, Recalled]]:
    """Yield the outputs of one job whose record does not say what the manifests say, and what does.

    Args:
        artifacts: those of the job that stand there. outputs: all of them, with their records.
        known: see standing. planned: gives the reprs of the params that a job would have now.
    """
    said = [None if each is None else each.made for each in artifacts.values()]
    made = said[0]
    if made is None or any(each != made for each in said):
        if None in said and all(record is not None for record in outputs.values()):
            return  # written by something else than our scripts: Snakemake knows
        made = None
    elif not _inputs_stand(made, known, artifacts):
        made = None
    if made is None:
        wanted = Recalled(params=[UNKNOWN], inputs=[], checksums={})
    elif all(_says(record, made) for record in outputs.values()):
        return
    else:
        now = list(planned())
        params = now if reprs_digest(now) == made.params else [UNKNOWN]
        checksums = {path: f"sha256:{sha}" for path, sha in made.inputs.items() if sha}
        wanted = Recalled(params=params, inputs=sorted(made.inputs), checksums=checksums)
    for output, record in outputs.items():
        if record is None or list(record.params or []) != wanted.params or made is not None:
            yield output, wanted


def _says(record: Record | None, made: Made) -> bool:
    """Whether a record says what a manifest says."""
    if record is None or record.params is None or reprs_digest(record.params) != made.params:
        return False
    if sorted(record.input or []) != sorted(made.inputs):
        return False
    sums = record.input_checksums or {}
    asked = [(sums.get(path), sha) for path, sha in made.inputs.items() if sha is not None]
    return all(found is None or found.removeprefix("sha256:") == sha for found, sha in asked)


def _inputs_stand(
    made: Made, known: Mapping[str, Manifest | None], artifacts: Iterable[str]
) -> bool:
    """Whether the inputs that something was made of are still those: artifacts by their manifests.

    A source has none: it is read again where it was changed or moved after the job.
    """
    written = min(Path(path).stat().st_mtime_ns for path in artifacts)
    for path, sha in made.inputs.items():
        if sha is None:
            continue
        artifact = known.get(path)
        if artifact is not None and artifact.sha256 != sha:
            return False
        if path not in known and _differs(Path(path), sha, since=written):
            return False
    return True


def _differs(source: Path, sha256: str, *, since: int) -> bool:
    """Whether a source that was touched since a time (nanoseconds) has another content."""
    try:
        found = source.stat()
        if found.st_ctime_ns <= since or found.st_size > HASHED:
            return False
        return sha256_file(source) != sha256
    except OSError:
        return False  # Snakemake names an input that is missing


def altered(known: Mapping[str, Manifest | None], *, closed: Path) -> list[str]:
    """The artifacts that are not what their manifests say, by path.

    Read are those alone that were written after the last run was closed, and no large ones.

    Args:
        known: see standing. closed: the manifest of manifests; without it nothing is read.
    """
    if not closed.is_file():
        return []
    since = closed.stat().st_mtime_ns
    found = []
    for path, said in known.items():
        stands = Path(path).stat()
        late = stands.st_mtime_ns > since and stands.st_size <= HASHED
        if said is not None and late and sha256_file(Path(path)) != said.sha256:
            found.append(path)
    return found


def anew_text(found: Sequence[str]) -> str:
    """What a plan says of artifacts that were altered."""
    more = f", and {len(found) - 1:,} more" if len(found) > 1 else ""
    return (
        f"walkforge: {found[0]} is not what its manifest says{more}: altered after the run that "
        "wrote it, and made anew where it is asked for"
    )


def as_record(recalled: Recalled, **facts: Any) -> dict[str, Any]:
    """The fields of Snakemake's record for what is recalled, and facts of its job."""
    fields = {"params": recalled.params, "input": recalled.inputs}
    return facts | fields | {"input_checksums": recalled.checksums, "incomplete": False}
