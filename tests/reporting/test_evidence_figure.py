"""Picture of the evidence: a point and an interval for each strategy that has a ratio."""

import polars as pl
import pytest

from walkforge.reporting.encoding import encode_figure
from walkforge.reporting.figures.sharpe import plot_intervals
from walkforge.reporting.verdict_text import verdicts_told


def test_every_ratio_has_its_interval_and_the_best_is_on_top(evidence):
    known = evidence.strategies.filter(evidence.strategies["sharpe"].is_finite())
    (axes,) = plot_intervals(evidence.strategies, evidence.verdict).axes
    names = [tick.get_text() for tick in axes.get_yticklabels()]
    ordered = known.sort("sharpe", descending=True)
    assert names == ordered["strategy"].to_list()
    assert "cash" not in names
    drawn = {}
    for lines in axes.collections:
        for (left, place), (right, _) in lines.get_segments():
            drawn[names[round(place)]] = (left, right)
    assert drawn == {row["strategy"]: (row["low"], row["high"]) for row in known.rows(named=True)}
    points = {names[y]: x for line in axes.lines[:2] for x, y in zip(*line.get_data(), strict=True)}
    assert points == dict(known.select("strategy", "sharpe").iter_rows())


@pytest.mark.parametrize("kind", ["png", "svg"])
def test_the_same_evidence_gives_the_same_bytes(evidence, kind):
    one, two = (
        encode_figure(plot_intervals(evidence.strategies, evidence.verdict), kind=kind)
        for _ in range(2)
    )
    assert one == two


def test_no_strategy_is_an_empty_picture(evidence):
    assert encode_figure(plot_intervals(evidence.strategies.clear(), evidence.verdict), kind="png")


def with_turnover(evidence, **ratios):
    """The verdict with other turnovers of random policies, over the agents'."""
    agents = {
        name: found | {"chance": found["chance"] | {"turnover_ratio": ratios[name]}}
        for name, found in evidence.verdict["agents"].items()
    }
    return evidence.verdict | {"agents": agents}


@pytest.mark.parametrize(
    ("ppo", "sac", "shown"),
    [
        (1.0, 1.04, {"ppo", "sac"}),
        (0.96, 1.06, {"ppo"}),
        (0.94, 1.0, {"sac"}),
        (None, 3.0, set()),
    ],
)
def test_chance_stands_only_beside_agents_whose_turnover_it_has(evidence, ppo, sac, shown):
    verdict = with_turnover(evidence, ppo=ppo, sac=sac)
    figure = plot_intervals(evidence.strategies, verdict)
    (axes,) = figure.axes
    names = [tick.get_text() for tick in axes.get_yticklabels()]
    drawn = {
        names[y]: x
        for line in axes.lines
        if line.get_marker() == "D"
        for x, y in zip(*line.get_data(), strict=True)
    }
    rows = evidence.strategies.filter(pl.col("strategy").is_in(shown))
    assert drawn == dict(rows.select("strategy", "random_sharpe").iter_rows())
    legend = [text.get_text() for text in figure.legends[0].get_texts()]
    assert any("random policies" in label for label in legend) == bool(shown)
    told = [" ".join(each.paragraphs) for each in verdicts_told(verdict)]
    compared = ["have a lower Sharpe ratio" in text for text in told]
    assert compared == [name in shown for name in verdict["agents"]]
