"""A study of bars without volume: what goes by volume is left out of its configuration."""

import copy
from collections.abc import Sequence
from typing import Any

from walkforge.data.config import ABSENT
from walkforge.errors import InputError
from walkforge.features.selection import Families

# Features that need volume, beside all of family volume.
NEED_VOLUME = frozenset(
    {"volume_rank_20", "size_factor_20", "volume_ratio_20_lag_1", "volume_ratio_20_lag_5"}
)
FAMILY = "volume"
# Baselines that go by traded value.
BASELINES = frozenset({"regime_small_size"})


def without_volume(config: dict[str, Any], families: Families) -> dict[str, Any]:
    """The configuration without what needs volume, where data.volume is absent; else as it is.

    Families lose the features that need it; baselines by traded value, and such features of the
    ablation, are left out. Every value is then one that the configuration could have held.

    Raises:
        InputError: features.select, or an agent, names a feature that needs volume, or nothing
            but such.
    """
    if config["data"]["volume"] != ABSENT or not families:
        return config
    config = copy.deepcopy(config)
    select = config["features"]["select"]
    config["features"]["select"] = _kept(select, families, where="features.select")
    for name, agent in config["agents"].items():
        if agent.get("features") is not None:
            where = f"agents.{name}.features"
            agent["features"] = _kept(agent["features"], families, where=where)
    baselines = config["evaluation"]["baselines"]
    config["evaluation"]["baselines"] = [name for name in baselines if name not in BASELINES]
    ablation = config["ablation"]
    needs = {*families[FAMILY], *NEED_VOLUME}
    ablation["few"] = [name for name in ablation["few"] if name not in {*needs, FAMILY}]
    if ablation["families"] is not None:
        ablation["families"] = [name for name in ablation["families"] if name != FAMILY]
    return config


def _kept(given: Sequence[str], families: Families, *, where: str) -> list[str]:
    """Families and names without what needs volume; a family that loses some becomes names."""
    needs = {*families[FAMILY], *NEED_VOLUME}
    kept: list[str] = []
    for place, entry in enumerate(given):
        if entry in needs:
            raise InputError(
                f"{where}[{place}] is {entry!r}, which needs volume, and data.volume is absent: "
                "remove it",
                code="CONFIG",
            )
        own = families.get(entry, (entry,))
        left = [name for name in own if name not in needs]
        kept += [entry] if len(left) == len(own) else left
    if not kept:
        raise InputError(
            f"{where} holds nothing but features that need volume, and data.volume is absent: "
            "select others",
            code="CONFIG",
        )
    return kept
