"""Page and picture of robustness: what they are not comes first, and every figure is shown."""

import math
import re
from html import unescape

import polars as pl
import pytest

from walkforge.reporting.encoding import encode_figure
from walkforge.reporting.figures.robustness import plot_robustness
from walkforge.reporting.pages.robustness import paths_table, robustness_html, spread_table

FIGURES = ("sharpe", "sharpe_beyond", "annual_difference")


def spread(values):
    ordered = sorted(values)
    names = ("least", "lower_quartile", "median", "upper_quartile", "most")
    if not ordered:
        return {"count": 0, **dict.fromkeys(names), "above_zero": None}
    low = ordered[0]
    high = ordered[-1]
    quantiles = (low, low, ordered[len(ordered) // 2], high, high)
    above = sum(each > 0 for each in ordered) / len(ordered)
    return {"count": len(ordered), **dict(zip(names, quantiles, strict=True)), "above_zero": above}


def study(values, *, agent="ppo"):
    """Give paths and figures of one agent and seed whose every figure takes these values."""
    paths = pl.DataFrame(
        [
            {"agent": agent, "path": path, "seed": seed, "dates": dates, "days": 1_260}
            | dict.fromkeys(FIGURES, value + (0.125 if dates == "walk_forward" else 0.0))
            for path, value in enumerate(values, start=1)
            for seed in ("10", "2", "mean")
            for dates in ("all", "walk_forward")
        ]
    )
    over = {name: spread([each for each in values if math.isfinite(each)]) for name in FIGURES}
    figures = {
        "schema_version": 1, "groups": 4, "test_groups": 2, "purge_days": 5, "embargo_days": 21,
        "execution": "open", "warm_in_days": 60, "unscored": 0, "splits": 6, "paths": len(values),
        "dates": ["2007-01-03", "2011-12-30"], "walk_forward_dates": ["2010-01-04", "2011-12-30"],
        "baselines": {"buy_and_hold": 0.5, "equal_weight": 0.625},
        "agents": {
            agent: {
                "seeds": 2,
                "walk_forward": dict.fromkeys(FIGURES, 0.375),
                "over_paths": over,
                "over_paths_and_seeds": over,
                "over_paths_on_the_same_dates": over,
            }
        },
    }  # fmt: skip
    return paths, figures


def text_of(page):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", unescape(page)))


def test_the_page_says_first_what_it_is_not_and_names_the_figure_that_counts():
    text = text_of(robustness_html(*study([-0.25, 0.5, 0.75]), picture=b"png"))
    assert text.index("Robustness, not evidence.") < text.index("ppo: the walk-forward Sharpe")
    assert "the figure that counts, is 0.38. Over 3 paths" in text
    assert "a median of 0.50, from -0.25 to 0.75; 2 of 3 earned more than equal weight" in text
    assert (
        "6 splits, each tested on 2 of 4 groups of the days from 2007-01-03 to 2011-12-30" in text
    )
    assert "without 5 sessions before a test block and 26 after it" in text
    assert "walk-forward record runs from 2010-01-04" in text
    assert "no confidence interval" in text
    assert "FOR STUDY ONLY" not in text


def test_one_path_is_told_as_one_and_a_study_of_the_same_close_as_such():
    paths, figures = study([0.5])
    text = text_of(robustness_html(paths, figures | {"execution": "same_close"}, picture=b""))
    assert "Over one path the ratio is 0.50; 1 of 1 earned more" in text
    assert "FOR STUDY ONLY" in text


def test_every_figure_of_the_spread_is_in_the_table():
    paths, figures = study([-0.25, 0.5, 0.75])
    rows = spread_table(figures).rows
    assert len(rows) == 3 * len(FIGURES)
    first = [cell.value for cell in rows[0].cells]
    assert first[:2] == ["ppo", "Sharpe"]
    assert [float(each) for each in first[5:10]] == [-0.25, -0.25, 0.5, 0.75, 0.75]
    assert first[10] == repr(2 / 3)
    assert float(first[2]) == 0.375
    table = paths_table(paths)
    assert [row.cells[2].text for row in table.rows] == [
        "mean", "mean", "2", "2", "10", "10",
    ] * 3  # fmt: skip
    assert [row.cells[3].text for row in table.rows] == ["all days", "the record's days"] * 9
    assert [row.headline for row in table.rows] == [True, *[False] * 5] * 3


def test_what_is_undefined_is_a_dash():
    paths, figures = study([float("nan")])
    figures["agents"]["ppo"]["walk_forward"] = dict.fromkeys(FIGURES)
    text = text_of(robustness_html(paths, figures, picture=b""))
    assert "the figure that counts, is –" in text
    assert encode_figure(plot_robustness(paths, figures), kind="png")


def test_foreign_names_stay_text():
    page = robustness_html(*study([0.5], agent="<script>alert(1)</script>"), picture=b"")
    assert "<script>alert" not in page


def test_the_picture_holds_every_path_and_the_headline():
    values = [-0.25, 0.5, 0.75]
    figure = plot_robustness(*study(values))
    assert "not evidence" in figure.get_suptitle()
    for axes in figure.axes:
        drawn = {line.get_label(): [float(x) for x in line.get_xdata()] for line in axes.lines}
        assert drawn["a path, mean of the seeds"] == values
        assert sorted(drawn["a path, one seed"]) == sorted(values * 2)
        assert drawn["walk-forward record: the figure that counts"] == [0.375]
        on_its_days = drawn["a path, on the days of the walk-forward record alone"]
        assert on_its_days == [value + 0.125 for value in values]
        assert axes.get_xlabel().endswith("annual")
    assert figure.axes[0].get_lines()[-1].get_xdata()[0] == 0.625
    labels = [text.get_text() for text in figure.legends[0].get_texts()]
    assert len(labels) == len(set(labels)) == 6


@pytest.mark.parametrize("kind", ["png", "svg"])
def test_the_same_paths_give_the_same_bytes(kind):
    one, two = (encode_figure(plot_robustness(*study([0.5, 1.0])), kind=kind) for _ in range(2))
    assert one == two


def test_the_page_says_how_accounts_open_and_what_is_not_scored():
    paths, figures = study([0.5])
    text = text_of(robustness_html(paths, figures, picture=b""))
    assert "opens in cash 60 sessions before it" in text
    assert "may be among those that the policy was trained on" in text
    assert "not scored" not in text
    short = text_of(robustness_html(paths, figures | {"unscored": 41}, picture=b""))
    assert "The first 41 sessions of group 1 are such a warm-in, and not scored." in short
