"""Hashes: of every artifact beside it, of every policy in its manifest, of every trial in its name.

The tensors of a policy are also those of its copy for other tools, policy.zip, byte by byte;
nothing is unpickled for that.
"""

import hashlib
import io
import json
import re
import zipfile
from collections import Counter
from pathlib import PurePosixPath

from walkforge.verify.claim import Claim, Unreadable
from walkforge.verify.folder import Folder
from walkforge.verify.study import Study

KINDS = (".parquet", ".json", ".safetensors", ".zip", ".yaml", ".csv", ".html", ".png", ".svg")
UNSIGNED = ("logs/", "trials/")  # folders that hold clocks, or records with hashes for names
ALONE = ("report.html", "holdout/access.jsonl")
POLICY_FILES = ("config.json", "policy.safetensors")
_SIGNED = re.compile(r"([0-9a-f]{64})  ([^\n]+)\n# written by rule [a-z0-9_]+\n")
_TRIAL = re.compile(r"trials/([0-9a-f]{32})\.json")
_STORAGE = re.compile(r"[^/]+/data/[0-9]+")


def check_hashes(study: Study, claim: Claim) -> None:
    """Compare every artifact with the hash beside it; every artifact has one."""
    files = [
        path for path in study.folder.files() if not path.startswith(UNSIGNED) and path not in ALONE
    ]
    there = set(files)
    for path in files:
        if path.endswith(".sha256"):
            artifact = path.removesuffix(".sha256")
            claim.holds(path, artifact in there, found="no artifact", expected=artifact)
        elif path + ".sha256" in there:
            _signed(study.folder, path, claim)
        elif path.endswith(KINDS):
            claim.wrong(path, found="no hash", expected=f"{path}.sha256")


def _signed(folder: Folder, path: str, claim: Claim) -> None:
    """Compare one artifact with the hash beside it."""
    try:
        said = _SIGNED.fullmatch(folder.text(f"{path}.sha256"))
        found = folder.digest(path)
    except Unreadable as error:
        claim.wrong(path, found=str(error), expected="a file and its hash")
        return
    named = said is not None and said[2] == PurePosixPath(path).name
    claim.holds(f"{path}.sha256", named, found="no manifest", expected=f"the hash of {path}")
    if said is not None and named:
        claim.same(path, found=found, expected=said[1])


def check_policies(study: Study, claim: Claim) -> None:
    """Compare every policy's files with its manifest, and its tensors with those of its zip."""
    wanted = {
        f"agents/{agent}/{fold}/seed_{seed}/policy"
        for agent in study.agents
        for fold in [*study.folds, "live"]
        for seed in study.seeds
    }
    lying = {
        str(PurePosixPath(path).parent)
        for path in study.folder.files()
        if path.startswith("agents/") and PurePosixPath(path).parent.name == "policy"
    }
    for place in sorted(wanted | lying):
        try:
            _policy(study.folder, place, claim)
        except Unreadable as error:
            claim.wrong(place, found=str(error), expected="a whole policy")


def _policy(folder: Folder, place: str, claim: Claim) -> None:
    """Compare one policy's files with its manifest and its copy."""
    at = f"{place}/manifest.json"
    files = folder.json(at).get("files")
    if not isinstance(files, dict):
        raise Unreadable(f"{at}: names no files")
    claim.same(f"{at}, files", found=sorted(files), expected=sorted(POLICY_FILES))
    for name in POLICY_FILES:
        content = folder.content(f"{place}/{name}")
        said = files[name] if isinstance(files.get(name), dict) else {}
        claim.same(f"{at}, bytes of {name}", found=said.get("bytes"), expected=len(content))
        digest = hashlib.sha256(content).hexdigest()
        claim.same(f"{at}, hash of {name}", found=said.get("sha256"), expected=digest)
    ours = tensors_of(folder.content(f"{place}/policy.safetensors"))
    if ours is None:
        raise Unreadable(f"{place}/policy.safetensors: no safetensors")
    copied = storages_of(folder.content(f"{place}/policy.zip"))
    claim.holds(
        f"{place}/policy.safetensors",
        Counter(ours) == copied,
        found="other tensors",
        expected="those of policy.zip",
    )


def tensors_of(content: bytes) -> list[bytes] | None:
    """Return the bytes of every tensor of a safetensors file, None where it is damaged.

    The format: 8 bytes little-endian length of a JSON header, the header, then the tensors, which
    the header's data_offsets place and which leave no gap.
    """
    try:
        start = 8 + int.from_bytes(content[:8], "little")
        header = json.loads(content[8:start])
        header.pop("__metadata__", None)
        spans = sorted(tuple(each["data_offsets"]) for each in header.values())
        edges = [0, *(end for _, end in spans)]
        if [begin for begin, _ in spans] != edges[:-1] or edges[-1] != len(content) - start:
            return None
        return [content[start + begin : start + end] for begin, end in spans]
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None


def storages_of(content: bytes) -> Counter[bytes]:
    """Return the bytes of every tensor in a zip for other tools; none where it is damaged."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as outer:
            inner = zipfile.ZipFile(io.BytesIO(outer.read("policy.pth")))
        names = [name for name in inner.namelist() if _STORAGE.fullmatch(name)]
        return Counter(inner.read(name) for name in names)
    except (zipfile.BadZipFile, KeyError, OSError, ValueError, RuntimeError, NotImplementedError):
        return Counter()


def check_trials(study: Study, claim: Claim) -> None:
    """Compare every trial's name with the hash of its record, and count them and the openings."""
    names = [each for path in study.folder.files() if (each := _TRIAL.fullmatch(path))]
    for name in names:
        found = study.folder.digest(name[0])[: len(name[1])]
        claim.same(f"{name[0]}, hash", found=found, expected=name[1])
    said = study.verdict["trials"]
    claim.holds("verdict.json, trials", said <= len(names), found=said,
                expected=f"at most {len(names)}, the records in trials/")  # fmt: skip
    opened = 0
    if (study.folder.root / ALONE[1]).exists():
        lines = study.folder.content(ALONE[1]).splitlines()
        opened = sum(bool(line.strip()) for line in lines)
    claim.same(
        "verdict.json, holdout_opened", found=study.verdict["holdout_opened"], expected=opened
    )
