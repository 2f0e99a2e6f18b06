"""The page of data quality: what it says, and foreign text that stays text."""

import re

import pytest

from bar_files import as_lines, ingested, joined, sound_bars, with_cell
from walkforge.data.outcome import Ingested
from walkforge.data.quality import quality_of
from walkforge.reporting.pages.quality import MEANINGS, quality_html

LINES = as_lines(sound_bars())


def found(tmp_path, lines, **changes) -> Ingested:
    (tmp_path / "bars.csv").write_text(joined(lines))
    return ingested("csv", tmp_path / "bars.csv", **changes)


def page(tmp_path, lines, *, gate: float = 0.8, **changes) -> str:
    return quality_html(quality_of(found(tmp_path, lines, **changes)), gate=gate)


def test_the_page_states_score_gate_formula_and_every_symbol(tmp_path):
    html = page(tmp_path, [*LINES[:20], *LINES[30:]])
    assert "score 0.9444, which passes the gate of 0.8" in html
    assert "/ (rows read + sessions missed)" in html
    assert "180 rows = " not in html
    assert "170 rows = 170 bars + 0 quarantined + 0 exact copies; 10 sessions were missed" in html
    for words in ("AAA", "BBB", "0.8889", "2020-01-02", "2020-05-11", "None ever ends"):
        assert words in html
    assert "is below the gate" in page(tmp_path, LINES[:150], gate=1.1)


def test_sound_data_say_that_nothing_was_found(tmp_path):
    html = page(tmp_path, LINES)
    assert "Nothing: no row was set aside, repaired or flagged." in html
    assert "Rows set aside" not in html


def test_a_symbol_that_ended_is_told_with_its_loss(tmp_path):
    html = page(tmp_path, [*LINES[:60], *LINES[91:]])
    assert "1 end more than 10 sessions before the last" in html
    assert "market.delisting_haircut" in html


@pytest.mark.parametrize(
    "hostile", ["<script>alert(1)</script>", '" onload="x', "&lt;b&gt;", "\u202e", "{{ 7*7 }}"]
)
def test_foreign_text_stays_text(tmp_path, hostile):
    quoted = '"' + hostile.replace('"', '""') + '"'
    lines = [*LINES[:10], f"a,{quoted}", *LINES[10:]]
    html = page(tmp_path, [f"{line},{'x' if i else quoted}" for i, line in enumerate(lines)])
    assert "<script>alert" not in html
    assert 'onload="x' not in html
    assert "{{ 7*7 }}" in html or hostile != "{{ 7*7 }}"
    assert html.count("<script") == 1


def test_every_code_of_a_row_or_issue_has_a_meaning(tmp_path):
    lines = [*LINES, LINES[3], "footer", with_cell(LINES[5], 6, "7")]
    lines[10] = with_cell(lines[10], 2, " 50.0x ")
    lines[12] = with_cell(lines[12], 6, "0")
    outcome = found(tmp_path, lines)
    codes = {*outcome.quarantine["code"], *outcome.issues["code"]}
    assert len(codes) > 5
    assert codes <= set(MEANINGS)


def test_long_lists_are_cut_with_a_note(tmp_path):
    for i in range(103):
        sound_bars([f"S{i}"], 20).drop("symbol").write_csv(tmp_path / f"S{i}.csv")
    quality = quality_of(ingested("csv", tmp_path, columns={"symbol": None}))
    html = quality_html(quality, gate=0.8)
    assert "And 3 more, in quality.json." in html
    assert len(re.findall(r">S\d+<", html)) == 100
