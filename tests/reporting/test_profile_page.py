"""The page of machine time shows a row for each training."""

from pathlib import PurePath
from typing import Any

from walkforge.reporting.pages.profile import profile_html


def profile_of(rate: float) -> dict[str, Any]:
    return {
        "seconds": 20.0,
        "steps": 65_536,
        "steps_per_second": rate,
        "parts": {"environment": 5.0, "forward": 2.0, "update": 12.0, "other": 1.0},
        "peak_gigaflops": 90.0,
        "share_of_peak": 0.123,
    }


def test_each_training_has_a_row_of_its_figures() -> None:
    html = profile_html(
        {
            PurePath("growth<b>/fold_2/seed_7.profile.json"): profile_of(3_276.8),
            PurePath("growth<b>/fold_1/seed_7.profile.json"): profile_of(1_000.0),
            PurePath("calm/fold_1/seed_0.profile.json"): profile_of(2_000.0),
        }
    )
    assert "3 trainings; the median does 2,000 steps a second" in html
    for cell in ("65,536", "20.0", "3,277", "1,000", "2,000", "25%", "10%", "60%", "5%", "12.3%"):
        assert f">{cell}<" in html, cell
    assert html.count(">65,536<") == 3
    assert html.index("calm") < html.index(">1,000<") < html.index(">3,277<")
    assert "growth&lt;b&gt;" in html
    assert "growth<b>" not in html
    for head in ("environment", "forward", "update", "other", "share of peak"):
        assert f">{head}<" in html, head
