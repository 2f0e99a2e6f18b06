"""What the out-of-sample record says, in sentences that claim no more than the figures do."""

import math

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
from walkforge.reporting.tables import DAILY_LEAST, two_decimals

CAVEAT = (
    "A difference counts in this paragraph as distinguishable when its Sharpe ratio is more than "
    "two standard errors from 0, days taken as independent. That is no verdict of skill: the one "
    "above also reckons with the dependence of days and with the number of configurations tried. "
    "Both rest on one historical path. "
    "Agents and baselines go through the test windows in one account each: at a window's start the "
    "policy changes and the holdings stay. Before the first window the account is rolled from cash "
    "through unscored sessions (evaluation.warm_in_days), so that the entry is no part of a "
    "difference."
)

Figures = dict[tuple[str, str, str], tuple[float | None, float | None]]


def finding(returns: pl.DataFrame, metrics: pl.DataFrame) -> str:
    """One paragraph: each agent's net Sharpe ratio next to equal weight's.

    Takes the frames of `plot_equity` and `metrics_html`. An agent is said to differ from equal
    weight only when the Sharpe ratio of its daily returns less equal weight's is more than two of
    its own standard errors from 0. Raises ValueError when a strategy has no row in `metrics`.
    """
    records = read_records(returns)
    figures = {
        (kind, strategy, seed): (ratio, error)
        for kind, strategy, seed, ratio, error in metrics.select(
            "kind", "strategy", "seed", "sharpe", "sharpe_standard_error"
        ).iter_rows()
    }
    comparisons = {item.strategy: item for item in compare_with_equal_weight(records)}
    sentences = [_scope(records[0], windows=returns["fold"].n_unique())]
    sentences.append(_baseline_sentence(records, figures))
    for record in records:
        if record.kind == "agent":
            sentences.append(_agent_sentence(record, figures))
        if record.kind == "agent" and record.strategy in comparisons:
            sentences.append(_comparison_sentence(comparisons[record.strategy]))
    if all(record.kind != "agent" for record in records):
        sentences.append("No agent was evaluated.")
    return " ".join(sentences)


def _scope(record: Record, *, windows: int) -> str:
    bar = "trading day" if periods_per_year(record.dates) >= DAILY_LEAST else "bar"
    return (
        f"This record holds {_count(len(record.dates), bar)} out of sample, from "
        f"{record.dates[0]} to {record.dates[-1]}, in {_count(windows, 'test window')}; "
        "returns are net of costs."
    )


def _baseline_sentence(records: list[Record], figures: Figures) -> str:
    if not any(r.kind == "baseline" and r.strategy == EQUAL_WEIGHT for r in records):
        return "Equal weight was not among the baselines, so no agent can be judged against it."
    return f"Equal weight has a Sharpe ratio of {_ratio(figures, 'baseline', EQUAL_WEIGHT, '')}."


def _agent_sentence(agent: Record, figures: Figures) -> str:
    ratio = _ratio(figures, "agent", agent.strategy, SEED_MEAN)
    several = f"the mean daily return of its {len(agent.seeds):,} seeds"
    whose = several if len(agent.seeds) > 1 else "its only seed"
    text = f"The Sharpe ratio of {agent.strategy} is {ratio}, that of {whose}"
    mean, baseline = (
        figures.get(key, (None, None))[0]
        for key in (("agent", agent.strategy, SEED_MEAN), ("baseline", EQUAL_WEIGHT, ""))
    )
    if mean is not None and baseline is not None and math.isfinite(mean - baseline):
        text += f", a difference of {_signed(mean - baseline)} from equal weight"
    seeds = [figures.get(("agent", agent.strategy, seed), (None, None))[0] for seed in agent.seeds]
    known = [ratio for ratio in seeds if ratio is not None and math.isfinite(ratio)]
    if len(known) > 1:
        text += f"; seed by seed from {two_decimals(min(known))} to {two_decimals(max(known))}"
    return text + "."


def _comparison_sentence(comparison: Comparison) -> str:
    name = comparison.strategy
    if comparison.verdict == "same":
        return f"{name} has the returns of equal weight on every day."
    if comparison.verdict == "undefined":
        return f"Its record is too short or too even to compare {name} with equal weight."
    ending = {
        "not distinguishable": f"{name} is not distinguishable from equal weight",
        "above": f"{name} lies above equal weight by more than two standard errors",
        "below": f"{name} lies below equal weight by more than two standard errors",
    }[comparison.verdict]
    return (
        "Its daily returns less equal weight's average "
        f"{100.0 * comparison.annual_difference:+z.1f} % a year, with a Sharpe ratio of "
        f"{_signed(comparison.difference_sharpe)} "
        f"(standard error {two_decimals(comparison.difference_standard_error)}): {ending}."
    )


def _ratio(figures: Figures, kind: str, strategy: str, seed: str) -> str:
    if (kind, strategy, seed) not in figures:
        raise ValueError(f"metrics have no row for {kind} {strategy!r}, seed {seed!r}")
    ratio, error = figures[kind, strategy, seed]
    if ratio is None or error is None or math.isnan(ratio):
        return "an undefined value"
    return f"{two_decimals(ratio)} (standard error {two_decimals(error)})"


def _signed(number: float) -> str:
    return f"{number:+z.2f}"


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
