"""The page of the cross-check: figures, and why there are none."""

import datetime as dt

import polars as pl

from walkforge.reporting.parity_page import parity_html


def test_every_indicator_has_its_figure_or_a_reason():
    found = pl.DataFrame(
        {
            "indicator": ["rsi_14", "ease_of_movement_14", "log_return_1"],
            "difference": [1.5e-9, None, None],
            "symbol": ["<b>", None, None],
            "date": [dt.date(2010, 1, 4), None, None],
            "bars": [2902, None, None],
            "lost": [17, None, None],
        }
    )
    html = parity_html(found, {"ease_of_movement_14": "ta multiplies"}, tolerance=1e-6)
    assert "1 of 3 indicators are compared with ta" in html
    for words in (
        "1.5e-09",
        "2,902",
        ">17<",
        "2010-01-04",
        "ta multiplies",
        "ta has no such indicator",
    ):
        assert words in html
    assert "&lt;b&gt;" in html
    assert "<b>" not in html
