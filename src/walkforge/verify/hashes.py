"""Hashes: of every artifact beside it, of every trial in its name."""

import re
from pathlib import PurePosixPath

from walkforge.verify.claim import Claim, Unreadable
from walkforge.verify.folder import Folder
from walkforge.verify.study import Study

KINDS = (".parquet", ".json", ".safetensors", ".zip", ".yaml", ".csv", ".html", ".png", ".svg")
UNSIGNED = ("logs/", "trials/")  # folders that hold clocks, or records with hashes for names
ALONE = ("report.html", "holdout/access.jsonl")
_SIGNED = re.compile(
    r"([0-9a-f]{64})  ([^\n]+)\n# written by rule [a-z0-9_]+\n(?:# made of \{[^\n]+\}\n)?"
)
_TRIAL = re.compile(r"trials/([0-9a-f]{32})\.json")


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
