"""The state of the data and of the audits, in one table: what was checked and what was found."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from walkforge.reporting.tables import Column, Table, link_cell, make_table
from walkforge.reporting.told import Source, Told, say

_CHECKS = (
    "data quality",
    "indicators against the library ta",
    "no feature looks ahead",
    "no policy, order or account looks ahead",
)
_PAGES = (
    "../bars/quality.html", "../features/parity.html", "../features/audit.html", "chain.html",
)  # fmt: skip
_COLUMNS = (
    Column("check", "text", "check"),
    Column("found", "text", "found"),
    Column("detail", "text", lambda row: link_cell(row["page"])),
)
_NOTE = (
    "Each of these stops a run when it fails: the first three before any fold is cut, so that "
    "nothing is trained, the last before the verdict and the pages that show it. A ranking does "
    "not wait for the last. `make verify` checks the results once more, by a program that shares "
    "no code with what made them."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Checks:
    """What the checks of a run found.

    Attributes:
        quality: see data.quality.quality_of. quality_gate: the score below which a run stops.
        parity: see features.parity.parity. audit: see features.audit.audit.
        chain: see evaluation.leaks.found_frame.
    """

    quality: Mapping[str, Any]
    quality_gate: float
    parity: pl.DataFrame
    audit: pl.DataFrame
    chain: pl.DataFrame


def checks_table(checks: Checks) -> Table:
    """A row for each check: what it is of, what it found, and the page with its detail."""
    rows = zip(
        _CHECKS,
        (
            _quality(checks),
            _parity(checks.parity),
            _leaks(checks.audit, "computed#audit"),
            _leaks(checks.chain, "computed#chain"),
        ),
        _PAGES,
        strict=True,
    )
    return make_table(
        "Checks of data, features, policies and accounts",
        _COLUMNS,
        rows=[{"check": name, "found": found, "page": page} for name, found, page in rows],
        notes=(_NOTE,),
    )


def _quality(checks: Checks) -> Told:
    """The score of the data and what it is made of."""
    found = checks.quality
    silent = "silent" if found["without_volume"] else "read"
    volume = "absent" if found["volume"] == "absent" else silent
    return say(
        "score {score:.4f}, where a run stops below {quality_gate:.2f}: {bars:,} bars of "
        "{rows_in:,} rows read, {quarantined:,} set aside, {missing:,} sessions "
        "missed{volumes:@VOLUME}",
        Source("bars/quality.json#", found),
        Source("config.yaml#data", {"quality_gate": checks.quality_gate}),
        Source("computed#quality", {"volumes": volume}),
    )


def _parity(found: pl.DataFrame) -> Told:
    """How many indicators were compared, and the largest difference."""
    compared = found["difference"].drop_nulls().to_list()
    facts = {"compared": len(compared), "of": found.height, "largest": max(compared, default=None)}
    return say(
        "{compared:,} of {of:,} compared{largest:@LARGEST}", Source("computed#parity", facts)
    )


def _leaks(found: pl.DataFrame, place: str) -> Told:
    """How many values were recomputed, and how many differ."""
    facts = {name: int(found[name].sum()) for name in ("compared", "leaks")}
    return say(
        "{compared:,} values recomputed without later data, {leaks:,} differ",
        Source(place, facts),
    )
