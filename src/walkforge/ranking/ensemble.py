"""The policies that rank together: one per seed, of one agent and one fold."""

from collections.abc import Collection, Sequence
from datetime import date
from pathlib import Path
from typing import NamedTuple

import torch

from walkforge.agents.ensemble import EnsemblePolicy
from walkforge.agents.policy import Policy, load_policy
from walkforge.data.spacing import Frequency
from walkforge.errors import InputError
from walkforge.provenance import sha256_file
from walkforge.splits.windows import Fold, last_readable

MANIFEST = "manifest.json"


class Member(NamedTuple):
    """One policy: the name of its training (seed_0), the SHA-256 of its manifest, and itself."""

    name: str
    digest: str
    policy: Policy


class Ensemble(NamedTuple):
    """Policies that differ in their seed alone.

    agent: its name. fold: as planned, None where the study has none such. members: by name.
    """

    agent: str
    fold: Fold | None
    members: tuple[Member, ...]

    @property
    def policy(self) -> EnsemblePolicy:
        """The members as one policy, which can be rolled and scored as each of them can."""
        return EnsemblePolicy(members=tuple(member.policy for member in self.members))

    def check_knows(self, as_of: date, frequency: Frequency) -> None:
        """Raise where the policies were made of later data, whose bars are of a frequency.

        Raises:
            InputError: names the earliest date that they can rank.
        """
        if self.fold is None:
            return
        earliest = last_readable(self.fold, frequency)
        if as_of < earliest:
            raise InputError(
                f"ranking of {as_of}: the policies of {self.agent}, {self.fold.name}, know later "
                f"data: the earliest date to rank is the first session from "
                f"{earliest} on"
            )


def load_ensemble(folders: Collection[Path], folds: Sequence[Fold]) -> Ensemble:
    """The policies in folders .../AGENT/FOLD/seed_SEED/policy, checked, on the CPU.

    A single folder elsewhere is a policy of no fold.

    Raises:
        InputError: see agents.policy.load_policy.
    """
    known = {fold.name: fold for fold in folds}
    agent, fold, _ = _place(min(folders))
    members = [
        Member(
            _place(folder)[2],
            sha256_file(folder / MANIFEST),
            load_policy(folder, device=torch.device("cpu")),
        )
        for folder in folders
    ]
    return Ensemble(agent, known.get(fold), tuple(sorted(members, key=_seed)))


def _place(folder: Path) -> tuple[str, str, str]:
    """Agent, fold and training that a policy's folder names."""
    match folder.resolve().parts:
        case (*_, agent, fold, training, _) if training.startswith("seed_"):
            return agent, fold, training
    return folder.resolve().name, "", folder.resolve().name


def _seed(member: Member) -> tuple[int, str]:
    """What members are sorted by."""
    return len(member.name), member.name
