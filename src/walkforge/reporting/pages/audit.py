"""The page of the leakage audit: what was recomputed, and what differed."""

import polars as pl

from walkforge.reporting.catalogue import Entry
from walkforge.reporting.html.render import render_page
from walkforge.reporting.material import Material
from walkforge.reporting.tables import Column, make_table

ENTRY = Entry(
    place="features/audit",
    inputs={
        "found": "features/audit.parquet",
        "memory": "features/memory.parquet",
        "terms": "features/memory.json",
    },
    after="",
    category="5. Data and features",
    caption=(
        "The leakage audit: every feature recomputed on data that end earlier, and on data "
        "whose future was changed."
    ),
)


def write(material: Material) -> str:
    """The page, of what it is made of."""
    files = material.files
    return audit_html(files["found"], files["memory"], **files["terms"])


_NOTES = (
    "prefix: every row up to a cut, recomputed on data that end there. changed future: the same "
    "rows, with all prices and volumes after the cut changed. last row: the last row of data that "
    "end on each of the newest dates, and on as many in months spread over history.",
    "Values are compared to the last bit; one that differs stops the run.",
    "memory: after so many bars of a symbol a value no longer shows where history starts, to a "
    "thousandth of the feature's standard deviation. The warm-up should be as long.",
)


def audit_html(found: pl.DataFrame, memory: pl.DataFrame, *, warm_up: int) -> str:
    """A self-contained page with one row for each feature.

    Args:
        found: see features.audit.audit. memory: see features.memory.memory. warm_up: bars of a
            segment that are left without features.
    """
    compared = int(found["compared"].sum())
    leaks = int(found["leaks"].sum())
    checks = found["check"].unique(maintain_order=True).to_list()
    longest = f"{max(memory['bars'].to_list()):,} bars" if memory.height else "not measured"
    wide = found.pivot(on="check", index="feature", values="compared", maintain_order=True)
    totals = found.group_by("feature", maintain_order=True).agg(pl.col("leaks").sum())
    rows = wide.join(totals, on="feature", maintain_order="left").join(
        memory, on="feature", how="left", maintain_order="left"
    )
    caption = (
        f"{compared:,} values of {wide.height} features recomputed, {leaks:,} differ; "
        f"longest memory {longest}, warm-up {warm_up:,}"
    )
    columns = (
        Column("feature", "text", "feature"),
        *(Column(check, "number", check, ",") for check in checks),
        Column("leaks", "number", "leaks", ","),
        Column("memory, bars", "number", "bars", ","),
    )
    table = make_table(caption, columns, rows=rows, notes=_NOTES)
    return render_page("one_table.html.j2", title="Leakage audit", table=table)
