"""Stitched records: every seed, their mean, and no date twice."""

from dataclasses import fields
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from walkforge.evaluation.stitch import CONSENSUS, Record, metrics_of, record_of, stitch
from walkforge.metrics.performance import Performance, sharpe

DAYS = [date(2020, 1, 2), date(2020, 1, 3), date(2020, 1, 6), date(2020, 1, 7)]


def daily(days: list[date], returns: list[float]) -> pl.DataFrame:
    """A daily frame; other figures follow the first return, so that seeds differ."""
    count = len(days)
    first = returns[0]
    return pl.DataFrame(
        {
            "date": days,
            "net_return": returns,
            "turnover": [0.1] * count,
            "cash_weight": [0.5 - 10.0 * first] * count,
            "effective_names": [100.0 * first if first > 0.0 else 0.0] * count,
            "selection": [first / 2.0] * count,
            "bought": [10.0 * first] * count,
            "sold": [0.0] * count,
        }
    )


def records() -> list[Record]:
    return [
        Record("ppo", "agent", "0", "fold_1", daily(DAYS[:2], [0.01, 0.03])),
        Record("ppo", "agent", "0", "fold_2", daily(DAYS[2:], [-0.02, 0.01])),
        Record("ppo", "agent", "1", "fold_1", daily(DAYS[:2], [0.03, 0.01])),
        Record("ppo", "agent", "1", "fold_2", daily(DAYS[2:], [0.00, 0.02])),
        Record("cash", "baseline", "", "fold_1", daily(DAYS[:2], [0.0, 0.0])),
        Record("cash", "baseline", "", "fold_2", daily(DAYS[2:], [0.0, 0.0])),
    ]


def test_the_mean_over_seeds_is_the_mean_of_their_days_by_hand() -> None:
    whole = stitch(records())
    mean = whole.filter(seed="mean")
    assert mean["date"].to_list() == DAYS
    assert mean["net_return"].to_list() == pytest.approx([0.02, 0.02, -0.01, 0.015])
    assert mean["fold"].to_list() == ["fold_1", "fold_1", "fold_2", "fold_2"]
    assert sorted(whole["seed"].unique()) == ["", "0", "1", "mean"]


def test_exposure_names_and_selection_are_averaged_over_seeds_by_hand() -> None:
    mean = stitch(records()).filter(seed="mean")
    assert mean["exposure"].to_list() == pytest.approx([0.7, 0.7, 0.4, 0.4])
    assert mean["bought"].to_list() == pytest.approx([0.2, 0.2, -0.1, -0.1])
    assert mean["selection"].to_list() == pytest.approx([0.01, 0.01, -0.005, -0.005])
    # In the second fold neither seed holds anything; where one alone does, the other is left out.
    assert mean["effective_names"].to_list() == pytest.approx([2.0, 2.0, 0.0, 0.0])
    one = [
        Record("ppo", "agent", s, "f", daily(DAYS[:1], [r])) for s, r in [("0", 0.0), ("1", 0.03)]
    ]
    assert stitch(one).filter(seed="mean")["effective_names"].to_list() == pytest.approx([3.0])


def test_the_order_of_records_does_not_matter() -> None:
    assert stitch(records()).equals(stitch(records()[::-1]))


def test_a_date_scored_twice_is_refused() -> None:
    twice = [*records(), Record("ppo", "agent", "0", "fold_3", daily(DAYS[3:], [0.5]))]
    with pytest.raises(ValueError, match="scored twice"):
        stitch(twice)


def test_every_strategy_and_seed_is_measured_and_the_mean_comes_first() -> None:
    whole = stitch(records())
    metrics = metrics_of(whole)
    assert metrics.select("strategy", "seed").rows() == [
        ("ppo", "mean"),
        ("ppo", "0"),
        ("ppo", "1"),
        ("cash", ""),
    ]
    assert metrics.columns[3:] == [field.name for field in fields(Performance)]
    assert metrics.filter(seed="mean").select("exposure", "effective_names").row(
        0
    ) == pytest.approx((0.55, 2.0))
    own = whole.filter(seed="1")["net_return"].to_numpy()
    assert metrics.filter(seed="1")["sharpe"][0] == pytest.approx(sharpe(own, 252))


def test_a_consensus_is_measured_after_the_mean_and_changes_no_other_figure() -> None:
    together = [
        Record("ppo", "agent", CONSENSUS, "fold_1", daily(DAYS[:2], [0.02, 0.04])),
        Record("ppo", "agent", CONSENSUS, "fold_2", daily(DAYS[2:], [-0.01, 0.02])),
    ]
    returns = stitch(records())
    plain = metrics_of(returns)
    metrics = metrics_of(returns, together)
    assert metrics["seed"].to_list() == ["mean", CONSENSUS, "0", "1", ""]
    assert metrics.filter(pl.col("seed") != CONSENSUS).equals(plain)
    (found,) = metrics.filter(seed=CONSENSUS).rows(named=True)
    assert found["sharpe"] == sharpe([0.02, 0.04, -0.01, 0.02], found["periods_per_year"])
    with pytest.raises(ValueError, match="scored twice"):
        metrics_of(returns, [*together, together[0]])


def test_paths_name_their_records() -> None:
    frame = daily(DAYS[:1], [0.0])
    agent = record_of(Path("out/ppo/fold_2/seed_11/daily.parquet"), frame)
    assert (agent.strategy, agent.kind, agent.seed, agent.fold) == ("ppo", "agent", "11", "fold_2")
    both = record_of(Path("out/ppo/fold_2/consensus/daily.parquet"), frame)
    assert (both.strategy, both.kind, both.seed, both.fold) == (
        "ppo", "agent", CONSENSUS, "fold_2",
    )  # fmt: skip
    baseline = record_of(Path("out/baselines/cash/fold_2/daily.parquet"), frame)
    assert (baseline.strategy, baseline.kind, baseline.seed) == ("cash", "baseline", "")
