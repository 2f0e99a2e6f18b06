"""The page of the cross-check: figures, and why there are none."""

import datetime as dt

import polars as pl

from walkforge.reporting.pages.parity import parity_html


def test_every_indicator_has_its_figure_or_a_reason():
    found = pl.DataFrame(
        {
            "indicator": ["rsi_14", "ease_of_movement_14", "log_return_1", "adx_14"],
            "difference": [1.5e-9, None, None, 2e-9],
            "symbol": ["<b>", None, None, "A"],
            "date": [dt.date(2010, 1, 4), None, None, dt.date(2010, 1, 5)],
            "bars": [2902, None, None, 2902],
            "lost": [17, None, None, 0],
            "as_is_difference": [3.5e-9, None, None, 0.25],
            "as_is_bars": [2000, None, None, 2000],
            "as_is_over": [0, None, None, 50],
        }
    )
    ties = {"adx_14": "equal moves", "rsi_14": "no tie was met"}
    html = parity_html(found, {"ease_of_movement_14": "ta multiplies"}, ties, tolerance=1e-6)
    assert "2 of 4 indicators are compared with ta" in html
    for words in (
        "1.5e-09",
        "2,902",
        ">17<",
        "2010-01-04",
        "ta multiplies",
        "ta has no such indicator",
        ">3.5e-09<",
        ">0.00%<",
        ">2.50%<",
        "equal moves",
    ):
        assert words in html
    assert "&lt;b&gt;" in html
    assert "<b>" not in html
    assert "no tie was met" not in html
