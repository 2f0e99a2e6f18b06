"""The page of evidence: each strategy with its interval, and each agent beside every baseline."""

import math
from collections.abc import Callable, Mapping
from typing import Any

import polars as pl

from walkforge.reporting.catalogue import Entry
from walkforge.reporting.html.render import render_page
from walkforge.reporting.material import Material
from walkforge.reporting.tables import (
    Cell,
    Column,
    Row,
    Table,
    number_cell,
    percent,
    text_cell,
    two_decimals,
)
from walkforge.reporting.verdict_text import general, verdicts_told

ENTRY = Entry(
    place="evaluation/evidence",
    inputs={
        "verdict": "evaluation/verdict.json",
        "strategies": "evaluation/strategies.parquet",
        "against": "evaluation/against.parquet",
    },
    category="2. Evaluation",
    caption=(
        "What the record proves: verdicts with what decided, intervals, every agent beside "
        "every baseline."
    ),
)


def write(material: Material) -> str:
    """The page, of what it is made of."""
    files = material.files
    return evidence_html(files["verdict"], files["strategies"], files["against"])


_AGAINST: Mapping[str, tuple[str, Callable[[float], str]]] = {
    "sharpe": ("Sharpe", two_decimals),
    "low": ("from", two_decimals),
    "high": ("to", two_decimals),
    "sharpe_difference": ("agent's less its", "{:+z.2f}".format),
    "difference_low": ("from", "{:z.2f}".format),
    "difference_high": ("to", "{:z.2f}".format),
    "annual_difference": ("return beyond", percent),
    "z": ("z", two_decimals),
}
_STRATEGIES: Mapping[str, tuple[str, Callable[[float], str]]] = {
    "sharpe": ("Sharpe", two_decimals),
    "low": ("from", two_decimals),
    "high": ("to", two_decimals),
    "probabilistic_sharpe": ("P(above 0)", two_decimals),
    "years_needed": (
        "years needed",
        lambda years: f"{years:,.1f}" if years < math.inf else "never",
    ),
    "alpha": ("alpha", percent),
    "alpha_standard_error": ("SE", percent),
    "beta": ("beta", two_decimals),
    "beta_standard_error": ("SE", two_decimals),
    "correlation": ("corr.", two_decimals),
    "selection": ("selection", percent),
    "selection_z": ("z", two_decimals),
}
_STRATEGY_NOTES = (
    "Out of sample, net of costs, annual. From, to: interval of the Sharpe ratio by the stationary "
    "bootstrap. P(above 0): probabilistic Sharpe ratio. Years needed: record that tells such a "
    "ratio from 0 with 95 % confidence. Alpha, beta and corr. (correlation): to equal weight, "
    "errors HAC.",
    "Selection: gross return beyond that of the same exposure spread equally over the symbols, "
    "which neither costs nor exposure move, and its z. Who never chooses has a selection near 0, "
    "whose z means nothing.",
)
_AGAINST_NOTES = (
    "All on the same days and at the same costs. Agent's less its: difference of the Sharpe "
    "ratios, with its interval by the paired bootstrap. Return beyond: difference of the mean "
    "returns a year; z: of the daily difference, errors HAC.",
)


def against_table(
    strategies: pl.DataFrame, against: pl.DataFrame, *, agent: str, confidence: float
) -> Table:
    """One agent beside every baseline, each with its interval.

    Args:
        strategies, against: see evaluation.evidence. agent: whose comparisons.
        confidence: of the intervals.
    """
    kept = strategies.select("strategy", "kind", "sharpe", "low", "high")
    pairs = against.filter(agent=agent).rename(
        {"baseline": "strategy", "low": "difference_low", "high": "difference_high"}
    )
    own = kept.filter(kind="agent", strategy=agent)
    others = kept.filter(kind="baseline").join(pairs, on="strategy", how="inner")
    rows = [Row(cells=_cells(own.row(0, named=True), _AGAINST), headline=True)]
    ordered = others.sort(pl.col("strategy") != "equal_weight", "strategy")
    rows += [Row(cells=_cells(row, _AGAINST)) for row in ordered.rows(named=True)]
    caption = f"{agent} beside every baseline, out of sample and net of costs"
    known = int(others["difference_low"].is_finite().sum())
    notes = (*_AGAINST_NOTES, *([_many(known, confidence)] if known else []))
    return Table(caption=caption, columns=_columns(_AGAINST), rows=rows, notes=notes)


def _many(comparisons: int, confidence: float) -> str:
    """What so many intervals at once leave to chance."""
    return (
        f"Each interval holds {100.0 * confidence:.0f} % by itself and is not adjusted for how "
        f"many there are: of {comparisons} {'baseline' if comparisons == 1 else 'baselines'} that "
        "differ in nothing, about "
        f"{comparisons * (1.0 - confidence):.1f} would show a difference whose interval leaves "
        "out 0, by chance alone. What holds of all strategies at once is what StepM says, above."
    )


def strategies_table(strategies: pl.DataFrame) -> Table:
    """What every strategy's record is worth; agents first."""
    ordered = strategies.sort("kind", pl.col("strategy") != "equal_weight", "strategy")
    return Table(
        caption="What the record of every strategy is worth",
        columns=_columns(_STRATEGIES),
        rows=[
            Row(cells=_cells(row, _STRATEGIES), headline=row["kind"] == "agent")
            for row in ordered.rows(named=True)
        ],
        notes=_STRATEGY_NOTES,
    )


def evidence_html(
    verdict: Mapping[str, Any], strategies: pl.DataFrame, against: pl.DataFrame
) -> str:
    """The page of evidence.

    Args:
        verdict, strategies, against: see evaluation.assess.Evidence.
    """
    return render_page(
        "evidence.html.j2",
        title="Evidence",
        verdicts=verdicts_told(verdict),
        general=general(verdict),
        reasons={name: found["reasons"] for name, found in verdict["agents"].items()},
        strategies=strategies_table(strategies),
        against=[
            against_table(strategies, against, agent=name, confidence=verdict["confidence"])
            for name in verdict["agents"]
        ],
    )


def _columns(figures: Mapping[str, tuple[str, Callable[[float], str]]]) -> list[Column]:
    """The headings."""
    labels = [label for label, _ in figures.values()]
    return [
        Column(label="strategy", kind="text"),
        *(Column(label=label, kind="number") for label in labels),
    ]


def _cells(
    row: Mapping[str, Any], figures: Mapping[str, tuple[str, Callable[[float], str]]]
) -> list[Cell]:
    """The cells of a strategy; what it has no figure for is undefined."""
    numbers = [number_cell(row.get(name), write) for name, (_, write) in figures.items()]
    return [text_cell(row["strategy"]), *numbers]
