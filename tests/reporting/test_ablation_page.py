"""The ablation's page and picture say what the figures do, and no more."""

import numpy as np
import polars as pl
import pytest

from walkforge.reporting.ablation_text import notes, paragraphs
from walkforge.reporting.encoding import encode_figure
from walkforge.reporting.figures.ablation import plot_ablation
from walkforge.reporting.pages.ablation import ablation_html

FOUND = {
    "agent": "ppo", "days": 1500, "first": "2007-03-01", "last": "2013-02-28", "folds": 4,
    "seeds": 2, "confidence": 0.95, "comparisons": 3, "replications": 6000, "block_days": 7.25,
    "execution": "open", "distinguishable": [],
}  # fmt: skip


def rows(agent, change, family, features, *, difference=None, ends=(None, None), counts=None):
    own = {"agent": agent, "change": change, "family": family, "features": features}
    figures = {"sharpe": 0.5 + (difference or 0.0), "difference": difference, "turnover": 3.0,
               "selection_z": 1.25}  # fmt: skip
    bare = dict.fromkeys(["low", "high", "low_alone", "high_alone", "improvement"])
    low, high = ends
    mean = {"low": low, "high": high, "low_alone": low, "high_alone": high, "improvement": 0.375}
    mean = mean if change != "all" else bare
    return [
        {**own, "seed": "mean", **figures, **mean, "distinguishable": counts},
        *({**own, "seed": str(s), **figures, **bare, "distinguishable": None} for s in (0, 1)),
    ]


def frame_of(*, momentum=False, few=False, features=("rsi<b>", "atr")):
    every = [f"x{i}" for i in range(85)]
    return pl.DataFrame(
        [
            *rows("ppo", "all", "", every),
            *rows("ppo__without_momentum", "without", "momentum", every[:71], difference=-0.91,
                  ends=(-1.5, -0.31 if momentum else 0.2), counts=momentum),
            *rows("ppo__without_trend", "without", "trend", every[:59], difference=0.04,
                  ends=(-0.2, 0.3), counts=False),
            *rows("ppo__few", "few", "", list(features), difference=-0.125, ends=(-0.6, 0.35),
                  counts=few),
        ],
        schema_overrides=dict.fromkeys(["low", "high", "low_alone", "high_alone"], pl.Float64),
        infer_schema_length=None,
    )  # fmt: skip


def test_no_distinguishable_family_is_said_plainly() -> None:
    scope, families, few = paragraphs(frame_of(), FOUND)
    assert scope == (
        "1,500 days out of sample, from 2007-03-01 to 2013-02-28, in 4 test windows, with 2 seeds: "
        "ppo with all 85 features has a net Sharpe ratio of 0.50."
    )
    assert families == (
        "No family's absence is distinguishable: the 2 differences run from -0.91 to +0.04."
    )
    assert few == (
        "85 against 2: with rsi<b>, atr alone the ratio is 0.38, a difference of -0.12 (interval "
        "-0.60 to 0.35): not distinguishable."
    )


def test_a_distinguishable_family_is_named_with_its_interval() -> None:
    _, families, few = paragraphs(frame_of(momentum=True, few=True), FOUND)
    assert families == (
        "The absence of 1 of 2 families is distinguishable: without momentum, a difference of "
        "-0.91 (interval -1.50 to -0.31). No other family's absence is distinguishable: without "
        "trend, a difference of +0.04 (interval -0.20 to 0.30)."
    )
    assert few.endswith(": distinguishable.")


def test_families_alone_have_a_sentence_of_their_own_and_a_single_family_is_told() -> None:
    whole = frame_of(momentum=True)
    alone = whole.with_columns(change=pl.col("change").replace("without", "only"))
    told = paragraphs(alone, FOUND)
    assert told[1] == "It reads a single family, so that none can be left out."
    assert told[2].startswith("Alone, distinguishable from all features: momentum alone, a diff")
    none = frame_of().with_columns(change=pl.col("change").replace("without", "only"))
    assert "No family alone is distinguishable" in paragraphs(none, FOUND)[2]


def test_a_study_of_the_same_close_is_labelled() -> None:
    assert paragraphs(frame_of(), FOUND | {"execution": "same_close"})[0].startswith("FOR STUDY")


def test_the_notes_name_the_multiple_comparisons_and_what_one_seed_hides() -> None:
    said = " ".join(notes(FOUND))
    assert "3 differences are looked at at once, so each interval holds 98.33 %" in said
    assert "(Bonferroni)" in said
    assert "6,000 resamples in blocks of 7.2 days" in said
    assert "add seeds" not in said
    assert "add seeds" in " ".join(notes(FOUND | {"seeds": 1}))


def test_the_page_is_self_contained_and_escapes_names() -> None:
    page = ablation_html(frame_of(), FOUND, picture=b"picture")
    assert "rsi&lt;b&gt;" in page
    assert "<b>" not in page
    assert 'src="data:image/png;base64,cGljdHVyZQ=="' in page
    assert "://" not in page
    assert page.count('<tr class="headline"') == 4
    for words in ("without momentum, mean of seeds", "2 alone, seed 1", "+0.04", "-0.91"):
        assert words in page


def test_undefined_figures_are_dashes() -> None:
    frame = frame_of().with_columns(
        [
            pl.when(pl.col("change") == "few").then(np.nan).otherwise(pl.col(name)).alias(name)
            for name in ("sharpe", "difference", "low", "high")
        ]
    )
    assert "the ratio is –, a difference of – (interval – to –)" in paragraphs(frame, FOUND)[2]
    encode_figure(plot_ablation(frame, FOUND), kind="png")


def test_the_picture_has_every_variant_with_its_interval_and_its_seeds() -> None:
    (axes,) = plot_ablation(frame_of(momentum=True), FOUND).axes
    names = [tick.get_text() for tick in axes.get_yticklabels()]
    assert names == ["without momentum", "without trend", "2 alone"]
    drawn = {}
    for lines in axes.collections:
        for (left, place), (right, _) in lines.get_segments():
            drawn[names[round(place)]] = (left, right)
    assert drawn == {
        "without momentum": (-1.5, -0.31), "without trend": (-0.2, 0.3), "2 alone": (-0.6, 0.35),
    }  # fmt: skip
    usual, told, seeds, _ = axes.lines
    assert (list(usual.get_xdata()), list(told.get_xdata())) == ([0.04, -0.125], [-0.91])
    assert len(seeds.get_xdata()) == 6


@pytest.mark.parametrize("kind", ["png", "svg"])
def test_the_same_ablation_gives_the_same_bytes(kind) -> None:
    one, two = (encode_figure(plot_ablation(frame_of(), FOUND), kind=kind) for _ in range(2))
    assert one == two
