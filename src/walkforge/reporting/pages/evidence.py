"""The page of evidence: each strategy with its interval, and each agent beside every baseline."""

import math
from collections.abc import Mapping
from typing import Any

import polars as pl

from walkforge.reporting.catalogue import Entry
from walkforge.reporting.html.render import render_page
from walkforge.reporting.material import Material
from walkforge.reporting.tables import STRATEGY, Column, Table, Values, make_table
from walkforge.reporting.told import (
    PERCENT,
    RULES,
    SIGNED,
    TWO,
    Source,
    Told,
    named,
    place_of,
    say,
)
from walkforge.reporting.verdict_text import VERDICT, general, verdicts_told

STRATEGIES = "evaluation/strategies.parquet"
AGAINST = "evaluation/against.parquet"
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


_AGAINST = (
    STRATEGY,
    Column("Sharpe", "number", "sharpe", TWO),
    Column("from", "number", "low", TWO),
    Column("to", "number", "high", TWO),
    Column("agent's less its", "number", "against/sharpe_difference", SIGNED),
    Column("from", "number", "against/low", TWO),
    Column("to", "number", "against/high", TWO),
    Column("return beyond", "number", "against/annual_difference", PERCENT),
    Column("z", "number", "against/z", TWO),
)
_STRATEGIES = (
    STRATEGY,
    Column("Sharpe", "number", "sharpe", TWO),
    Column("from", "number", "low", TWO),
    Column("to", "number", "high", TWO),
    Column("P(above 0)", "number", "probabilistic_sharpe", TWO),
    Column("years needed", "number", "years_needed", ",.1f never"),
    Column("alpha", "number", "alpha", PERCENT),
    Column("SE", "number", "alpha_standard_error", PERCENT),
    Column("beta", "number", "beta", TWO),
    Column("SE", "number", "beta_standard_error", TWO),
    Column("corr.", "number", "correlation", TWO),
    Column("selection", "number", "selection", PERCENT),
    Column("z", "number", "selection_z", TWO),
)
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
    pairs = {
        row["baseline"]: Source(place_of(AGAINST, agent, row["baseline"]), row)
        for row in against.filter(agent=agent).rows(named=True)
    }
    ordered = strategies.sort("kind", pl.col("strategy") != "equal_weight", "strategy")
    rows = [
        strategy_source(row, against=pairs.get(row["strategy"]))
        for row in ordered.rows(named=True)
        if (row["strategy"] == agent if row["kind"] == "agent" else row["strategy"] in pairs)
    ]
    caption = say(
        "{key} beside every baseline, out of sample and net of costs",
        named(f"{VERDICT}agents/", agent, {}),
    )
    shown = [pairs[row["strategy"]]["low"] for row in rows if row["kind"] == "baseline"]
    known = sum(each is not None and math.isfinite(each) for each in shown)
    many = [_many(agent, known, confidence)] if known else []
    notes = (*_AGAINST_NOTES, *many)
    return make_table(caption, _AGAINST, rows=rows, headline=_is_agent, notes=notes)


def strategy_source(row: Values, *, against: Source | None = None) -> Source:
    """A row of strategies.parquet, with its place; against: what it is beside an agent."""
    beside = {} if against is None else {"against": against}
    return Source(place_of(STRATEGIES, row["kind"], row["strategy"]), {**row, **beside})


def _many(agent: str, comparisons: int, confidence: float) -> Told:
    """What so many intervals at once leave to chance."""
    facts = {"comparisons": comparisons, "by_luck": comparisons * (1.0 - confidence)}
    return say(
        "Each interval holds {confidence:.0f %} by itself and is not adjusted for how many there "
        "are: of {comparisons:d baseline|baselines} that differ in nothing, about {by_luck:.1f} "
        "would show a difference whose interval leaves out {zero:d}, by chance alone. What holds "
        "of all strategies at once is what StepM says, above.",
        Source(VERDICT, {"confidence": confidence}),
        named("computed#agents/", agent, facts),
        RULES,
    )


def strategies_table(strategies: pl.DataFrame) -> Table:
    """What every strategy's record is worth; agents first."""
    ordered = strategies.sort("kind", pl.col("strategy") != "equal_weight", "strategy")
    rows = [strategy_source(row) for row in ordered.rows(named=True)]
    caption = "What the record of every strategy is worth"
    return make_table(caption, _STRATEGIES, rows=rows, headline=_is_agent, notes=_STRATEGY_NOTES)


def _is_agent(row: Values) -> bool:
    """Whether a row is of an agent."""
    return bool(row["kind"] == "agent")


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
