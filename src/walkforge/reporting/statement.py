"""What the out-of-sample record says, in sentences that claim no more than the figures do."""

import math
from collections.abc import Iterator, Mapping
from typing import Any

import polars as pl

from walkforge.metrics.series import periods_per_year
from walkforge.reporting.records import (
    EQUAL_WEIGHT,
    SEED_MEAN,
    Comparison,
    Record,
    compare_with_equal_weight,
    read_records,
)
from walkforge.reporting.told import Source, Told, is_undefined, named, place_of, say, together

CAVEAT = (
    "A difference counts in this paragraph as distinguishable when its Sharpe ratio is more than "
    "two standard errors from {zero:d}, days taken as independent. That is no verdict of skill: "
    "the one above also reckons with the dependence of days and with the number of configurations "
    "tried. Both rest on one historical path. "
    "Agents and baselines go through the test windows in one account each: at a window's start the "
    "policy changes and the holdings stay. Before the first window the account is rolled from cash "
    "through unscored sessions (evaluation.warm_in_days), so that the entry is no part of a "
    "difference."
)
DAILY_LEAST = 200  # bars a year from which they are daily ones
METRICS = "evaluation/metrics.parquet"
RECORD = "computed#record"

Figures = dict[tuple[str, str, str], Source]


def finding(returns: pl.DataFrame, metrics: pl.DataFrame) -> Told:
    """One paragraph: each agent's net Sharpe ratio next to equal weight's.

    Takes the frames of `plot_equity` and `metrics_html`. An agent is said to differ from equal
    weight only when the Sharpe ratio of its daily returns less equal weight's is more than two of
    its own standard errors from 0. Raises ValueError when a strategy has no row in `metrics`.
    """
    records = read_records(returns)
    figures = {
        (row["kind"], row["strategy"], row["seed"]): metrics_source(row)
        for row in metrics.rows(named=True)
    }
    comparisons = {item.strategy: item for item in compare_with_equal_weight(records)}
    sentences = [_scope(records[0], windows=returns["fold"].n_unique())]
    sentences.append(_baseline_sentence(records, figures))
    for record in records:
        if record.kind == "agent":
            comparison = comparisons.get(record.strategy)
            sentences += _agent_sentences(record, comparison, figures=figures)
    if all(record.kind != "agent" for record in records):
        sentences.append(say("{agents:@AGENTS}", Source(RECORD, {"agents": "none"})))
    return together(*sentences)


def metrics_source(row: Mapping[str, Any]) -> Source:
    """A row of metrics.parquet, with its place."""
    return Source(place_of(METRICS, row["kind"], row["strategy"], row["seed"]), row)


def _scope(record: Record, *, windows: int) -> Told:
    facts = {
        "bar": "day" if periods_per_year(record.dates) >= DAILY_LEAST else "bar",
        "days": len(record.dates),
        "first": record.dates[0],
        "last": record.dates[-1],
        "windows": windows,
    }
    return say(
        "This record holds {bar:@BARS} out of sample, from {first} to {last}, in "
        "{windows:, test window|test windows}; returns are net of costs.",
        Source(RECORD, facts),
    )


def _baseline_sentence(records: list[Record], figures: Figures) -> Told:
    if not any(r.kind == "baseline" and r.strategy == EQUAL_WEIGHT for r in records):
        return say("{market:@MARKET}", Source(RECORD, {"market": "none"}))
    found = _found(figures, "baseline", EQUAL_WEIGHT, "")
    return say("{strategy:@CALLED} has a Sharpe ratio of {sharpe:@SHARPE}.", found)


def _agent_sentences(
    agent: Record, comparison: Comparison | None, *, figures: Figures
) -> Iterator[Told]:
    """What is said of one agent: its ratio and its seeds', and its distance from equal weight."""
    name = agent.strategy
    mean = _found(figures, "agent", name, SEED_MEAN)
    market = figures.get(("baseline", EQUAL_WEIGHT, ""), Source("", {}))
    beyond = _less(mean.get("sharpe"), market.get("sharpe"))
    seeds = [figures.get(("agent", name, seed), Source("", {})) for seed in agent.seeds]
    known = [each["sharpe"] for each in seeds if not is_undefined(each.get("sharpe"))]
    several = len(known) > 1
    facts: dict[str, Any] = {
        "seeds": len(agent.seeds),
        "difference": beyond,
        "least": min(known) if several else None,
        "most": max(known) if several else None,
    }
    if comparison is not None:
        facts |= {name: getattr(comparison, name) for name in _COMPARED}
        facts["apart"] = comparison.verdict
    own = named("computed#agents/", name, facts)
    yield say(
        "The Sharpe ratio of {strategy} is {sharpe:@SHARPE}, that of "
        "{seeds:@WHOSE}{difference:@DIFFERENCE}{most:@RANGE}.",
        mean,
        own,
    )
    if comparison is not None:
        yield say("{apart:@APART}", own)


_COMPARED = ("annual_difference", "difference_sharpe", "difference_standard_error")


def _less(ours: float | None, theirs: float | None) -> float | None:
    """A difference, None where it is undefined."""
    if ours is None or theirs is None or not math.isfinite(ours - theirs):
        return None
    return ours - theirs


def _found(figures: Figures, kind: str, strategy: str, seed: str) -> Source:
    if (kind, strategy, seed) not in figures:
        raise ValueError(f"metrics have no row for {kind} {strategy!r}, seed {seed!r}")
    return figures[kind, strategy, seed]
