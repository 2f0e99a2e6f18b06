"""The page of features' health: the worst fold of each window, and constant windows by name."""

import polars as pl

from walkforge.reporting.pages.health import health_html


def test_the_worst_fold_is_shown_and_constant_windows_are_named():
    health = pl.DataFrame(
        {
            "fold": ["fold_1", "fold_2", "fold_1", "live"],
            "window": ["train", "train", "test", "validation"],
            "feature": ["rsi_14", "rsi_14", "rsi_14", "<b>"],
            "missing": [0.01, 0.125, 0.0, 0.0],
            "saturated": [0.0, 0.0, 0.003, 0.0],
            "constant": [False, False, True, True],
        }
    )
    html = health_html(health)
    for words in ("2 features, 2 of them", "12.50%", "0.30%", "test of fold_1", "&lt;b&gt;"):
        assert words in html
    assert "<b>" not in html
