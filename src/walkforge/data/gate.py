"""The gate: data below a quality score stop the run."""

from collections.abc import Mapping
from typing import Any

from walkforge.data.config import NO_VOLUME_REMEDY
from walkforge.errors import InputError, shown

_SHOWN = 3


def check_quality(quality: Mapping[str, Any], *, gate: float) -> dict[str, float]:
    """Score and gate, once the score is known not to be below the gate.

    Args:
        quality: see quality_of. gate: in [0, 1].

    Raises:
        InputError: QUALITY, with the commonest faults and the worst symbols; VOLUME, whatever the
            score, where no symbol has a volume that tells anything.
    """
    silent = quality["without_volume"]
    listed = quality["symbols"]
    count = sum(each["bars"] > 0 for each in listed)
    cause = (
        f"volume is 0, or the same, on nearly every bar of {len(silent)} of {count} symbols "
        f"({', '.join(map(shown, silent[:_SHOWN]))}): where the market tells none, set "
        f"{NO_VOLUME_REMEDY}"
    )
    if silent and len(silent) == count:
        raise InputError(f"{cause}: no order could be filled at a known cost", code="VOLUME")
    score = float(quality["score"])
    if score >= gate:
        return {"score": score, "gate": gate}
    codes = quality["quarantine"] + quality["issues"]
    common = sorted(codes, key=lambda each: -each["count"])[:_SHOWN]
    faults = ", ".join(f"{each['code']} {each['count']}" for each in common)
    worst = ", ".join(
        f"{shown(each['symbol'])} {each['score']:.3f}" for each in quality["symbols"][:_SHOWN]
    )
    faults = f"; most frequent: {faults}" if faults else ""
    missed = f"{quality['missing']} sessions missed, {quality['quarantined']} rows quarantined"
    market = "".join(f"; {each['told']}: {each['remedy']}" for each in quality["market"])
    raise InputError(
        f"the data score {score:.4f}, below data.quality_gate {gate:g}: {missed}{faults}"
        f"; worst symbols: {worst}{market}: look at quality.html and "
        "quarantine.parquet beside the bars, correct the source, or lower the gate"
        + (f"; {cause}" if silent else ""),
        code="QUALITY",
    )
