"""Picture of the evidence: a point and an interval for each strategy that has a ratio."""

import pytest

from walkforge.reporting.encoding import encode_figure
from walkforge.reporting.evidence_figure import plot_intervals


def test_every_ratio_has_its_interval_and_the_best_is_on_top(evidence):
    known = evidence.strategies.filter(evidence.strategies["sharpe"].is_finite())
    (axes,) = plot_intervals(evidence.strategies, confidence=0.95).axes
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
        encode_figure(plot_intervals(evidence.strategies, confidence=0.95), kind=kind)
        for _ in range(2)
    )
    assert one == two


def test_no_strategy_is_an_empty_picture(evidence):
    assert encode_figure(plot_intervals(evidence.strategies.clear(), confidence=0.95), kind="png")
