"""The page of the hold-out: figures per strategy, and how often it had been opened before."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import polars as pl

from walkforge.reporting.catalogue import Entry
from walkforge.reporting.html.render import render_page
from walkforge.reporting.look_ahead import warmed_in, warned
from walkforge.reporting.material import Material
from walkforge.reporting.tables import ALL, metrics_table
from walkforge.splits.windows import window_from

ENTRY = Entry(
    place="holdout/holdout",
    inputs={
        "metrics": "holdout/metrics.parquet",
        "found": "holdout/opening.json",
    },
    after="seal_holdout",
)


def write(material: Material) -> str:
    """The page, of what it is made of."""
    found = material.files["found"]
    return holdout_html(
        material.files["metrics"], found, opened=found["opened_before"], terms=found["terms"]
    )


_NOTE = (
    "These dates were read by no fold and by nothing else that scores. The first opening is a "
    "test; whatever was changed after one has seen it was chosen by it. Policies are the live "
    "ones, net of costs. An agent's headline row is the mean of its seeds."
)


def holdout_html(
    metrics: pl.DataFrame, manifest: Mapping[str, Any], *, opened: int, terms: Mapping[str, Any]
) -> str:
    """A self-contained page with the figures of every strategy over the hold-out.

    Args:
        metrics: see tables.metrics_html. manifest: the hold-out's.
        opened: how many times a hold-out of the study had been opened before.
        terms: what it was rolled on, of which market.execution is stated where it is look-ahead.
    """
    times = {0: "no hold-out was opened", 1: "a hold-out was opened once"}
    before = times.get(opened, f"hold-outs were opened {opened:,} times")
    table = metrics_table(metrics, figures=ALL, file=ENTRY.inputs["metrics"])
    window = window_from(manifest["test"])
    caption = f"{window.start} up to {window.end}; {before} before"
    notes = (
        *warned(terms["market"]["execution"]),
        _NOTE,
        warmed_in(terms["warm_in_days"]),
        *table.notes[1:],
    )
    whole = replace(table, caption=caption, notes=notes)
    return render_page("one_table.html.j2", title="Hold-out", table=whole)
