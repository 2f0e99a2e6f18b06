"""The page of machine time: where each training spent it."""

from collections.abc import Mapping
from pathlib import PurePath
from typing import Any

from walkforge.reporting.catalogue import Entry
from walkforge.reporting.html.render import render_page
from walkforge.reporting.material import Material
from walkforge.reporting.tables import Column, make_table
from walkforge.reporting.told import WHOLE

ENTRY = Entry(
    place="logs/profile",
    inputs={
        "profiles": "logs/train_agent/{agent}/{trained}/seed_{seed}.profile.json",
    },
    category="7. Training",
    caption=("Where the time of each training went, and what share of the machine it used."),
)


def write(material: Material) -> str:
    """The page, of what it is made of."""
    profiles = material.files["profiles"]
    return profile_html({PurePath(*path.parts[-3:]): said for path, said in profiles.items()})


_PARTS = ("environment", "forward", "update", "other")
_COLUMNS = (
    Column("agent", "text", "agent"),
    Column("fold", "text", "fold"),
    Column("seed", "text", "seed"),
    Column("steps", "number", "steps", WHOLE),
    Column("seconds", "number", "seconds", ",.1f"),
    Column("steps/s", "number", "steps_per_second", WHOLE),
    *(Column(part, "number", part, ".0%") for part in _PARTS),
    Column("share of peak", "number", "share_of_peak", ".1%"),
)
_NOTES = (
    "Environment: observations, trades, rewards. Forward: the network while acting. Update: "
    "gradient steps. Other: starting, checkpoints, the log. Times are of the clock, other jobs "
    "may have run beside; a training that was resumed counts from there.",
    "Share of peak: the network's operations a second while acting and updating, over those of a "
    "large matrix product measured on the same machine.",
)


def profile_html(profiles: Mapping[PurePath, Mapping[str, Any]]) -> str:
    """A self-contained page with one row for each training.

    Args:
        profiles: what Profile.table gives, by path agent/fold/seed_N.profile.json.
    """
    rate = sorted(each["steps_per_second"] for each in profiles.values())[len(profiles) // 2]
    caption = f"{len(profiles)} trainings; the median does {rate:,.0f} steps a second"
    rows = [_row(path, profile) for path, profile in sorted(profiles.items())]
    table = make_table(caption, _COLUMNS, rows=rows, notes=_NOTES)
    return render_page("one_table.html.j2", title="Where the time of training goes", table=table)


def _row(path: PurePath, profile: Mapping[str, Any]) -> dict[str, Any]:
    """One training: whose, its figures, and the share of its time that each part takes."""
    agent, fold, file = path.parts
    seed = file.removeprefix("seed_").removesuffix(".profile.json")
    shares = {part: profile["parts"][part] / profile["seconds"] for part in _PARTS}
    return {"agent": agent, "fold": fold, "seed": seed, **profile, **shares}
