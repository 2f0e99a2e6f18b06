"""Picture of the audit: a bar for each feature, and the warm-up they should be within."""

import polars as pl
import pytest

from walkforge.reporting.encoding import encode_figure
from walkforge.reporting.figures.memory import plot_memory

MEMORY = pl.DataFrame({"feature": ["body_pct", "rsi_14", "a $\\frac"], "bars": [0, 150, 400]})


def labels(warm_up: int) -> list[str]:
    figure = plot_memory(MEMORY, warm_up=warm_up)
    return [text.get_text() for text in figure.legends[0].get_texts()]


def test_bars_beyond_the_warm_up_are_another_colour_with_a_label():
    (axes,) = plot_memory(MEMORY, warm_up=200).axes
    lengths = {bar.get_width(): bar.get_facecolor() for bar in axes.patches}
    assert set(lengths) == {0, 150, 400}
    assert lengths[0] == lengths[150] != lengths[400]
    assert [tick.get_text() for tick in axes.get_yticklabels()] == MEMORY["feature"].to_list()
    assert "remembered for longer" in labels(200)
    assert "remembered for longer" not in labels(400)
    assert any("400 bars" in label for label in labels(400))


@pytest.mark.parametrize("kind", ["png", "svg"])
def test_the_same_memory_gives_the_same_bytes(kind):
    one, two = (encode_figure(plot_memory(MEMORY, warm_up=200), kind=kind) for _ in range(2))
    assert one == two


def test_no_feature_measured_is_an_empty_picture():
    empty = MEMORY.clear()
    assert encode_figure(plot_memory(empty, warm_up=10), kind="png")
