"""What pages can say is read from their source: no wording is listed twice."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from walkforge.evaluation.assess import FAMILY_SIZE
from walkforge.evaluation.series import ALPHA_LEAST, RANDOM_LEAST
from walkforge.evaluation.verdict import DEFLATED_LEAST, SUPERIOR_MOST
from walkforge.reporting import told
from walkforge.reporting.told import Source, place_of, say, together
from walkforge.verify.page import Page, Pieces, parts_of, plain_text
from walkforge.verify.sayable import sayable, template_of
from walkforge.verify.sources import RULES, encoded, written

FORMATS = (
    "z.2f",
    "+z.2f",
    "z.1f %",
    ".0f %",
    ",.0f",
    "z.4f",
    ".1e",
    "g %",
    "years",
    ".3f",
    ",.1f never",
)


def pieces_of(text: str) -> Pieces:
    (block,) = Page(f"<p>{text}</p>").blocks()
    return block.pieces


def said(text: str) -> Pieces:
    """The pieces of the one sentence of a text."""
    (sentence,) = pieces_of(text)
    assert not isinstance(sentence, str)
    return sentence.pieces


@given(st.floats(-1e9, 1e9), st.sampled_from(FORMATS))
def test_verify_writes_a_figure_as_the_pages_do(value: float, how: str) -> None:
    assert written(value, how) == told.written(value, how)


def test_what_never_comes_is_said_so() -> None:
    assert told.written(math.inf, ",.1f never") == written(math.inf, ",.1f never") == "never"


@pytest.mark.parametrize(("value", "text"), [(1, "1 seed"), (2, "2 seeds"), (1200, "1,200 seeds")])
def test_a_noun_goes_by_its_number(value: int, text: str) -> None:
    assert told.written(value, ", seed|seeds") == written(value, ", seed|seeds") == text


@given(st.text())
def test_a_place_names_any_key_as_verify_does(key: str) -> None:
    assert place_of("a.json", key) == f"a.json#{encoded(key)}"


def test_constants_that_pages_name_are_those_of_the_rules() -> None:
    due = {
        "deflated_least": DEFLATED_LEAST,
        "superior_most": SUPERIOR_MOST,
        "random_least": RANDOM_LEAST,
        "alpha_least": ALPHA_LEAST,
        "family_size": FAMILY_SIZE,
        "zero": 0,
        "one": 1,
        "start": 1.0,
    }
    assert dict(told.RULES) == due == pytest.approx(dict(RULES), rel=1e-15)


def test_a_sentence_carries_the_place_of_each_figure_and_reads_as_text() -> None:
    row = Source("a.parquet#x", {"sharpe": 0.125, "low": None, "name": "<b>"})
    text = say("{name} has {sharpe:z.2f}, from {low:z.2f}.", row)
    assert text == "<b> has 0.12, from undefined."
    found = said(text.__html__())
    assert plain_text(found) == text
    assert [(part.source, part.format) for part in parts_of(found)] == [
        ("a.parquet#x/name", ""),
        ("a.parquet#x/sharpe", "z.2f"),
        ("a.parquet#x/low", "z.2f"),
    ]


def test_what_a_figure_decides_holds_the_figures_that_it_names() -> None:
    verdict = Source("v.json#", {"holdout_opened": 3})
    found = said(say("{holdout_opened:@OPENED}", verdict).__html__())
    assert plain_text(found) == "Hold-outs have been opened 3 times."
    assert {part.source for part in parts_of(found)} == {"v.json#holdout_opened"}


def test_what_decides_that_nothing_is_said_stays_on_the_page() -> None:
    own = Source("v.json#", {"overfitting_probability": math.nan, "trials": 1})
    text = together(say("{overfitting_probability:@OVERFITTING}", own), say("{trials} tried.", own))
    assert text == "1 tried."
    found = pieces_of(text.__html__())
    assert [part.source for part in parts_of(found)] == [
        "v.json#overfitting_probability",
        "v.json#trials",
    ]


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        ('Ratio <span data-source="f#x/sharpe" data-format="z.2f">1</span>.', True),
        ('Ratio <span data-source="f#x/sharpe" data-format=".1f">1</span>.', False),
        ('Ratio <span data-source="f#x/calmar" data-format="z.2f">1</span>.', False),
        ('Ratio -<span data-source="f#x/sharpe" data-format="z.2f">1</span>.', False),
        ("Ratio 1.", False),
    ],
)
def test_a_text_fits_by_its_words_fields_and_formats(text: str, *, fits: bool) -> None:
    assert template_of("Ratio {sharpe:z.2f}.").fits(pieces_of(text)) == fits


def test_sentences_that_a_figure_decides_cannot_stand_by_themselves() -> None:
    known = sayable("summary")
    decided = [text for each in known.choices.values() for text in each.values() if " " in text]
    assert len(decided) >= 20
    assert not [text for text in decided if known.says([text])]


def test_notes_headings_and_columns_are_read_from_the_source() -> None:
    known = sayable("summary")
    (caveat,) = known.named["statement", "CAVEAT"]
    assert template_of(caveat).between in known.texts
    assert known.says(["The whole ranking"])
    assert ("Sharpe", "sharpe", "z.2f") in known.columns
