"""The page of sensitivity: what costs, the delay of execution and capital change."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from walkforge.reporting.amounts import short_money
from walkforge.reporting.catalogue import Entry
from walkforge.reporting.html.render import render_page
from walkforge.reporting.look_ahead import is_look_ahead
from walkforge.reporting.material import Material
from walkforge.reporting.sensitivity_tables import (
    beside_table,
    break_even_table,
    capacity_table,
    delay_table,
    ratio_table,
)
from walkforge.reporting.sensitivity_text import (
    beside_sentence,
    capital_sentence,
    cost_sentence,
    delay_sentence,
    ratio_sentence,
)
from walkforge.reporting.tables import Table

ENTRY = Entry(
    place="evaluation/sensitivity",
    inputs={
        "figures": "evaluation/sensitivity/figures.parquet",
        "findings": "evaluation/sensitivity/findings.json",
    },
    category="3. Sensitivity",
    caption=(
        "How the evidence depends on costs, on the delay of execution and on capital: every "
        "strategy and seed, with uncertainty."
    ),
)


def write(material: Material) -> str:
    """The page, of what it is made of."""
    return sensitivity_html(material.files["figures"], material.files["findings"])


_LOOK_AHEAD = (
    "market.execution is same_close: costs and capital are varied in a study of look-ahead, and "
    "nothing here is evidence."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A table, and above it a sentence that says what is seen."""

    heading: str
    sentence: str
    table: Table


def sensitivity_html(figures: pl.DataFrame, findings: Mapping[str, Any]) -> str:
    """A self-contained page on costs, delay and capital.

    Args:
        figures, findings: see evaluation.sensitivity.Sensitivity.
    """
    sections = [*_cost_sections(figures, findings), *_other_sections(figures, findings)]
    opening = [_LOOK_AHEAD] if is_look_ahead(findings["execution"]) else []
    return render_page(
        "sensitivity.html.j2", title="Sensitivity", opening=opening, sections=sections
    )


def _cost_sections(figures: pl.DataFrame, findings: Mapping[str, Any]) -> list[Section]:
    """Break-evens and ratios at flat costs."""
    ratios = ratio_table(figures, "costs", caption="Sharpe ratio at flat costs", label=cost_label)
    return [
        Section(
            heading="Break-even costs",
            sentence=cost_sentence(findings),
            table=break_even_table(figures, findings),
        ),
        Section(
            heading="Beside equal weight",
            sentence=beside_sentence(findings),
            table=beside_table(findings),
        ),
        Section(
            heading=ratios.caption,
            sentence=ratio_sentence(figures, "costs", label=cost_label),
            table=ratios,
        ),
    ]


def _other_sections(figures: pl.DataFrame, findings: Mapping[str, Any]) -> list[Section]:
    """The delay of execution, capacity, and ratios by capital."""
    ratios = ratio_table(figures, "capital", caption="Sharpe ratio by capital", label=short_money)
    return [
        Section(
            heading="Delay of execution",
            sentence=delay_sentence(findings),
            table=delay_table(figures, findings),
        ),
        Section(
            heading="Capacity",
            sentence=capital_sentence(findings),
            table=capacity_table(findings),
        ),
        Section(
            heading=ratios.caption,
            sentence=ratio_sentence(figures, "capital", label=short_money),
            table=ratios,
        ),
    ]


def cost_label(value: float) -> str:
    """A cost with its unit."""
    return f"{value:g} bps"
