"""Hashes: of every artifact beside it, of every trial in its name."""

import json
import re
from pathlib import PurePosixPath
from typing import Any

from walkforge.verify.claim import Claim, Unreadable
from walkforge.verify.folder import Folder
from walkforge.verify.study import Study

UNSIGNED = ("logs/", "trials/")  # folders that hold clocks, or records with hashes for names
ALONE = ("report.html", "holdout/access.jsonl")
MARKS = (".snakemake_timestamp",)  # empty files that Snakemake leaves in folders
_SIGNED = re.compile(
    r"([0-9a-f]{64})  ([^\n]+)\n# written by rule ([a-z0-9_]+)\n(?:# made of (\{[^\n]+\})\n)?"
)
# Trials keep the names that keys had in format 1; these are those of today.
NAMES = {
    "environments": "n_envs", "rollout_steps": "n_steps", "minibatch": "batch_size",
    "epochs": "n_epochs", "value_clip_range": "clip_range_vf", "entropy_coefficient": "ent_coef",
    "value_coefficient": "vf_coef", "max_gradient_norm": "max_grad_norm",
    "settle_days": "burn_in_days",
}  # fmt: skip
# Keys of format 1 that another took in: of policies made since it is the other that says it.
TAKEN_IN = ("final_entropy_coefficient",)
_TRIAL = re.compile(r"trials/([0-9a-f]{32})\.json")


def check_hashes(study: Study, claim: Claim) -> None:
    """Compare every artifact with the hash beside it; every artifact has one."""
    files = [
        path for path in study.folder.files if not path.startswith(UNSIGNED) and path not in ALONE
    ]
    there = set(files)
    for path in files:
        if path.endswith(".sha256"):
            artifact = path.removesuffix(".sha256")
            claim.holds(path, artifact in there, found="no artifact", expected=artifact)
        elif path + ".sha256" in there:
            _signed(study.folder, path, claim)
        elif path.endswith(MARKS):
            claim.same(path, found=study.folder.content(path), expected=b"")
        else:
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


def said_beside(folder: Folder, path: str) -> dict[str, Any] | None:
    """What the manifest beside an artifact says, None where it cannot be read."""
    try:
        said = _SIGNED.fullmatch(folder.text(f"{path}.sha256"))
        made = None if said is None or said[4] is None else json.loads(said[4])
    except (Unreadable, ValueError, RecursionError):
        return None
    return None if said is None else {"made_of": made, "rule": said[3], "sha256": said[1]}


def check_trials(study: Study, claim: Claim) -> None:
    """Compare every trial's name with the hash of its record, and count them and the openings."""
    inside = [path for path in study.folder.files if path.startswith("trials/")]
    names = [each for path in inside if (each := _TRIAL.fullmatch(path))]
    claim.same("trials/, records", found=len(inside), expected=len(names))
    for name in names:
        found = study.folder.digest(name[0])[: len(name[1])]
        claim.same(f"{name[0]}, hash", found=found, expected=name[1])
    said = study.verdict["trials"]
    claim.holds("verdict.json, trials", said == len(names), found=said,
                expected=f"{len(names)}, the records in trials/ (run again)")  # fmt: skip
    records = [_agent_of(study.folder, name[0]) for name in names]
    for agent in study.agents:
        own = study.folder.json(f"agents/{agent}/live/seed_{study.seeds[0]}/policy/config.json")
        tried = any(_is_tried(dict(own["agent"]), record) for record in records)
        claim.holds(f"trials/, {agent}", tried, found="no record of it",
                    expected="one of the configuration of its policy")  # fmt: skip
    opened = 0
    if (study.folder.root / ALONE[1]).exists():
        lines = study.folder.content(ALONE[1]).splitlines()
        opened = sum(bool(line.strip()) for line in lines)
    claim.same(
        "verdict.json, holdout_opened", found=study.verdict["holdout_opened"], expected=opened
    )


def _agent_of(folder: Folder, path: str) -> dict[str, Any]:
    """The parts of the agent that a trial is of; none where it is no record."""
    try:
        return dict(folder.json(path)["settings"]["agent"])
    except (Unreadable, KeyError, TypeError, ValueError):
        return {}


def _is_tried(agent: dict[str, Any], record: dict[str, Any]) -> bool:
    """Whether a record holds every part of an agent, but for what says how a training is run."""
    return set(record) == set(agent) and all(
        all(_says(agent[part], name, value) for name, value in values.items())
        for part, values in record.items()
        if values is not None
    )


def _says(part: dict[str, Any], name: str, value: Any) -> bool:
    """Whether a part of an agent has this value, under this name or the one of today."""
    known = name if name in part else NAMES.get(name, name)
    if known in TAKEN_IN and known not in part:
        return value is None
    return known in part and bool(part[known] == value)
