"""The page of the leakage audit: how much was compared, and what differed."""

import polars as pl

from walkforge.reporting.pages.audit import audit_html


def test_counts_are_added_up_by_feature():
    checks = ["prefix", "changed future", "last row"]
    found = pl.DataFrame(
        {
            "feature": ["rsi_14"] * 3 + ["<i>"] * 3,
            "check": checks * 2,
            "compared": [1000, 2000, 30, 1000, 2000, 30],
            "leaks": [0, 0, 0, 4, 0, 1],
        }
    )
    html = audit_html(found, pl.DataFrame({"feature": ["rsi_14"], "bars": [187]}), warm_up=340)
    assert "6,060 values of 2 features recomputed, 5 differ" in html
    assert "longest memory 187 bars, warm-up 340" in html
    for words in ("rsi_14", "1,000", "2,000", "&lt;i&gt;", "changed future", ">187<"):
        assert words in html
    assert "<i>" not in html
