"""The state of the data and of the audits, in one table: what was checked and what was found."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from walkforge.reporting.tables import Column, Table, link_cell, make_table

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
    rows = (
        ("data quality", _quality(checks), "../bars/quality.html"),
        ("indicators against the library ta", _parity(checks.parity), "../features/parity.html"),
        ("features know nothing later", _leaks(checks.audit), "../features/audit.html"),
        ("no policy, order or account does", _leaks(checks.chain), "chain.html"),
    )
    return make_table(
        "Checks of data, features, policies and accounts",
        _COLUMNS,
        rows=[{"check": name, "found": found, "page": page} for name, found, page in rows],
        notes=(_NOTE,),
    )


def _quality(checks: Checks) -> str:
    """The score of the data and what it is made of."""
    found = checks.quality
    return (
        f"score {found['score']:.4f}, where a run stops below {checks.quality_gate:.2f}: "
        f"{found['bars']:,} bars of {found['rows_in']:,} rows read, {found['quarantined']:,} set "
        f"aside, {found['missing']:,} sessions missed{_volume(found)}"
    )


def _volume(found: Mapping[str, Any]) -> str:
    """What is to be known of volumes, '' where all have one."""
    if found["volume"] == "absent":
        return "; no volume is read, and nothing goes by it"
    return "; some symbols have no volume, see there" if found["without_volume"] else ""


def _parity(found: pl.DataFrame) -> str:
    """How many indicators were compared, and the largest difference."""
    compared = found["difference"].drop_nulls()
    counted = f"{len(compared):,} of {found.height:,} compared"
    if compared.is_empty():
        return counted
    return f"{counted}, largest difference {max(compared.to_list()):.1e} standard deviations"


def _leaks(found: pl.DataFrame) -> str:
    """How many values were recomputed, and how many differ."""
    compared, leaks = (int(found[name].sum()) for name in ("compared", "leaks"))
    return f"{compared:,} values recomputed without what came later, {leaks:,} differ"
