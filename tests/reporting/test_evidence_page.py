"""The page of evidence shows each figure as it is, each with its interval."""

import math
import re
from html import unescape

import pytest

from walkforge.reporting.pages.evidence import against_table, evidence_html, strategies_table


def cells(table, name):
    (row,) = (row for row in table.rows if row.cells[0].text == name)
    return dict(zip([column.label for column in table.columns], row.cells, strict=True)), row


def test_an_agent_stands_first_and_beside_every_baseline(evidence):
    table = against_table(evidence.strategies, evidence.against, agent="ppo", confidence=0.95)
    assert [row.cells[0].text for row in table.rows] == [
        "ppo", "equal_weight", "buy_and_hold", "cash",
    ]  # fmt: skip
    assert table.rows[0].headline
    (row,) = evidence.against.filter(agent="ppo", baseline="equal_weight").rows(named=True)
    (own,) = evidence.strategies.filter(strategy="equal_weight").rows(named=True)
    shown = [cell.value for cell in table.rows[1].cells[1:]]
    assert shown == [
        repr(each) for each in (
            own["sharpe"], own["low"], own["high"], row["sharpe_difference"], row["low"],
            row["high"], row["annual_difference"], row["z"],
        )
    ]  # fmt: skip


@pytest.mark.parametrize(("confidence", "said"), [(0.95, "95 %"), (0.9, "90 %")])
def test_a_note_says_how_many_intervals_chance_alone_would_break(evidence, confidence, said):
    table = against_table(evidence.strategies, evidence.against, agent="ppo", confidence=confidence)
    note = table.notes[-1]
    # equal weight and buy and hold have an interval; cash has no ratio to differ by
    assert f"of 2 baselines that differ in nothing, about {2 * (1 - confidence):.1f} would" in note
    assert f"Each interval holds {said} by itself" in note
    assert "StepM" in note


def test_every_figure_of_a_strategy_is_shown_and_what_is_undefined_says_so(evidence):
    table = strategies_table(evidence.strategies)
    shown, row = cells(table, "sac")
    (own,) = evidence.strategies.filter(strategy="sac").rows(named=True)
    assert row.headline
    assert shown["Sharpe"].text == f"{own['sharpe']:.2f}"
    assert shown["alpha"].text == f"{100 * own['alpha']:.1f} %"
    held, _ = cells(table, "cash")
    assert held["Sharpe"].text == "–"
    assert held["years needed"].text == "never"
    assert math.isinf(float(held["years needed"].value.replace("Infinity", "inf")))


def test_the_page_tells_verdicts_rules_and_trials(evidence):
    page = unescape(evidence_html(evidence.verdict, evidence.strategies, evidence.against))
    told = re.sub(r"</?span[^>]*>", "", page)
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", told))
    for name, found in evidence.verdict["agents"].items():
        assert f"Verdict on {name}: {found['word']}" in text
        for reason in found["reasons"]:
            assert reason in text
    assert "3 configurations tried so far" in text
    assert "hold-out has been opened once" in text


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", "=HYPERLINK(1)"])
def test_foreign_names_stay_text(evidence, name):
    verdict = {**evidence.verdict, "agents": {name: evidence.verdict["agents"]["ppo"]}}
    strategies = evidence.strategies.with_columns(
        strategy=evidence.strategies["strategy"].replace("ppo", name)
    )
    against = evidence.against.with_columns(agent=evidence.against["agent"].replace("ppo", name))
    assert "<script>alert" not in evidence_html(verdict, strategies, against)
