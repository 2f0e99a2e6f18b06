"""The page of a backtest: figures of the policy and the baselines, and what it had seen."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import polars as pl

from walkforge.reporting.catalogue import Entry
from walkforge.reporting.html.render import render_page
from walkforge.reporting.look_ahead import warmed_in, warned
from walkforge.reporting.material import Material
from walkforge.reporting.tables import ALL, metrics_table
from walkforge.splits.seen import training_note
from walkforge.splits.windows import Window, window_from

ENTRY = Entry(
    place="backtest/metrics",
    inputs={
        "metrics": "backtest/metrics.parquet",
        "found": "backtest/backtest.json",
    },
    after="",
)


def write(material: Material) -> str:
    """The page, of what it is made of."""
    found = material.files["found"]
    training = found["training"] and window_from(found["training"])
    return backtest_html(
        material.files["metrics"],
        window=window_from(found["window"]),
        training=training,
        terms=found["terms"],
    )


_NOTE = "All figures are net of costs. Turnover is in multiples of equity."


def backtest_html(
    metrics: pl.DataFrame, *, window: Window, training: Window | None, terms: Mapping[str, Any]
) -> str:
    """A self-contained page with the figures of the policy and of every baseline.

    Args:
        metrics: see tables.metrics_html. window: of the backtest.
        training: dates that the policy's training could read, None where they are not known.
        terms: what it was rolled on: `market`, settings of money, and `warm_in_days`.
    """
    money = terms["market"]
    table = metrics_table(metrics, figures=ALL, file=ENTRY.inputs["metrics"])
    noted = (
        *warned(money["execution"]),
        training_note(window, training),
        warmed_in(terms["warm_in_days"]),
        _NOTE,
    )
    notes = (*noted, *_limits(money["limits"]), *table.notes[1:])
    caption = f"{window.start} up to {window.end}"
    whole = replace(table, caption=caption, notes=notes)
    return render_page("one_table.html.j2", title="Backtest", table=whole)


def _limits(limits: Mapping[str, Any]) -> tuple[str, ...]:
    """A note of the limits that bounded every order; none where there is no limit."""
    known = [f"{name} {value:g}" for name, value in limits.items() if value is not None]
    told = f"Limits on every order, the baselines' too (market.limits): {', '.join(known)}."
    return (told,) if known else ()
