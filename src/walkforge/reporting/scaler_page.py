"""The page of the scalers' audit: which were fitted again, and what differed."""

import polars as pl

from walkforge.reporting.pages import render_page
from walkforge.reporting.tables import Column, Row, Table, number_cell, text_cell

_NOTES = (
    "A scaler holds the mean and the scale of every feature over the train window. Each is fitted "
    "again on data that end on the last date of train, and compared to a millionth of the scale.",
    "A scaler that differs knows later rows, and stops the run.",
)


def scalers_html(found: pl.DataFrame) -> str:
    """Return a self-contained page with one row for each policy.

    Args:
        found: see evaluation.scaler_audit.audit_scalers.
    """
    compared, leaks = int(found["compared"].sum()), int(found["leaks"].sum())
    table = Table(
        caption=f"{compared:,} means and scales of {found.height} policies fitted again, "
        f"{leaks:,} differ",
        columns=[
            Column(label="agent", kind="text"),
            Column(label="fold", kind="text"),
            Column(label="seed", kind="number"),
            Column(label="last date of train", kind="date"),
            Column(label="compared", kind="number"),
            Column(label="leaks", kind="number"),
        ],
        rows=[
            Row(
                cells=[
                    text_cell(row["agent"]),
                    text_cell(row["fold"]),
                    number_cell(row["seed"], "{}".format),
                    text_cell(row["cut"].isoformat()),
                    number_cell(row["compared"], "{:,}".format),
                    number_cell(row["leaks"], "{:,}".format),
                ]
            )
            for row in found.iter_rows(named=True)
        ],
        notes=_NOTES,
    )
    return render_page("one_table.html.j2", title="Audit of the scalers", table=table)
