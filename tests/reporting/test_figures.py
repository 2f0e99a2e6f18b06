"""Pictures show the record, take no text for a formula, and have the same bytes each time."""

import datetime as dt
import hashlib
import os
import subprocess
import sys
from io import BytesIO
from xml.etree import ElementTree as ET

import matplotlib as mpl
import numpy as np
import polars as pl
import pytest
from PIL import Image

from walkforge.reporting.curves import plot_drawdown, plot_equity
from walkforge.reporting.encoding import encode_figure
from walkforge.reporting.style import agent_line, baseline_line

PLOTS = [plot_equity, plot_drawdown]


def curves(figure):
    """Give the plotted values of every line that holds a whole curve."""
    return [
        np.asarray(line.get_ydata(), dtype=float)
        for line in figure.axes[0].lines
        if len(line.get_ydata()) > 2
    ]


def labels(figure):
    return [text.get_text() for text in figure.legends[0].get_texts()]


def holds(found, expected):
    return any(np.allclose(curve, expected, rtol=1e-12, atol=1e-12) for curve in found)


def test_equity_shows_every_seed_mean_and_baseline(make_returns, make_series):
    series = make_series()
    figure = plot_equity(make_returns(series))
    drawn = curves(figure)
    assert len(drawn) == len(series)
    for values in series.values():
        assert holds(drawn, np.r_[1.0, np.cumprod(1.0 + values)])
    assert figure.axes[0].get_yscale() == "log"


def test_drawdown_shows_per_cent_below_the_peak(make_returns, make_series):
    series = make_series()
    drawn = curves(plot_drawdown(make_returns(series)))
    assert len(drawn) == len(series)
    for values in series.values():
        equity = np.r_[1.0, np.cumprod(1.0 + values)]
        peaks = np.array([equity[: day + 1].max() for day in range(len(equity))])
        assert holds(drawn, 100.0 * (equity / peaks - 1.0))


def test_band_spans_lowest_to_highest_seed(make_returns, make_series):
    series = make_series(names=["ppo"])
    seeds = [np.r_[1.0, np.cumprod(1.0 + series["agent", "ppo", seed])] for seed in "012"]
    (band,) = plot_equity(make_returns(series)).axes[0].collections
    edge = band.get_paths()[0].vertices[:, 1]
    assert edge.min() == pytest.approx(np.min(seeds))
    assert edge.max() == pytest.approx(np.max(seeds))


def test_curves_start_the_day_before_the_first_return(returns):
    line = plot_equity(returns).axes[0].lines[0]
    assert str(line.get_xdata()[0])[:10] == "2010-01-03"
    assert line.get_ydata()[0] == 1.0


def test_each_test_window_has_a_mark(returns):
    lines = plot_equity(returns).axes[0].lines
    marks = [str(line.get_xdata()[0])[:10] for line in lines if len(line.get_ydata()) == 2]
    assert marks == ["2010-01-04", "2010-02-15"]


def test_legend_names_agents_first_with_their_seeds(returns):
    assert labels(plot_equity(returns)) == [
        "ppo (mean of 3 seeds)",
        "sac (mean of 3 seeds)",
        "equal_weight",
        "buy_and_hold",
        "cash",
        "start of a test window",
        "range of an agent's seeds",
    ]


def test_one_seed_has_neither_a_mean_nor_a_range(returns):
    one = returns.filter(pl.col("seed").is_in(["mean", "", "0"]))
    found = labels(plot_equity(one))
    assert found[0] == "ppo (one seed)"
    assert "range of an agent's seeds" not in found


@pytest.mark.parametrize("length", [13, 40])
def test_legend_stays_inside_the_picture(make_returns, make_series, length):
    figure = plot_equity(make_returns(make_series(names=["M" * 6 + "x" * (length - 6), "ppo"])))
    encode_figure(figure, kind="png")
    box = figure.legends[0].get_window_extent()
    assert 0.0 <= box.x0 < box.x1 <= figure.bbox.width
    assert 0.0 <= box.y0 < box.y1 < figure.axes[0].get_window_extent().y0


@pytest.mark.parametrize("plot", PLOTS)
def test_title_and_axes_say_what_and_unit(plot, returns):
    axes = plot(returns).axes[0]
    unit = "growth of 1.0" if plot is plot_equity else "%"
    assert unit in axes.get_title(loc="left")
    assert unit in axes.get_ylabel()


def test_first_strategies_differ_in_colour_and_lines_in_dash_or_marker():
    lines = [agent_line(0), agent_line(1), *map(baseline_line, range(3))]
    assert len({line.colour for line in lines}) == len(lines)
    agents = {(line.colour, line.marker) for line in map(agent_line, range(30))}
    baselines = {(line.dashes, line.marker) for line in map(baseline_line, range(30))}
    assert len(agents) == len(baselines) == 30
    assert all(line.dashes for line in map(baseline_line, range(30)))


@pytest.mark.parametrize("name", ["$x$", r"$\frac{", "_hidden", "<b>&--"])
def test_names_are_drawn_literally(make_returns, make_series, name):
    series = make_series(names=[name])
    series["baseline", name, ""] = series["baseline", "cash", ""]
    figure = plot_equity(make_returns(series))
    assert labels(figure)[0] == f"{name} (mean of 3 seeds)"
    assert name in labels(figure)
    drawn = encode_figure(figure, kind="svg")
    assert ET.fromstring(drawn).tag.endswith("svg")  # noqa: S314
    # Mathematics would be set in the oblique face, without the dollar signs.
    assert b"Oblique" not in drawn


def test_order_of_rows_and_settings_of_the_machine_change_no_byte(returns):
    odd = {"font.size": 30.0, "savefig.dpi": 40, "text.parse_math": True, "axes.linewidth": 7.0}
    with mpl.rc_context(odd):
        elsewhere = encode_figure(plot_equity(returns.reverse()), kind="png")
    assert elsewhere == encode_figure(plot_equity(returns), kind="png")


def test_another_process_writes_the_same_bytes(returns, tmp_path):
    returns.write_parquet(tmp_path / "returns.parquet")
    program = (
        "import polars as pl, sys; from pathlib import Path;"
        "from walkforge.reporting.encoding import encode_figure;"
        "from walkforge.reporting.curves import plot_equity;"
        "folder = Path(sys.argv[1]); frame = pl.read_parquet(folder / 'returns.parquet');"
        "figure = plot_equity(frame);"
        "[(folder / f'e.{kind}').write_bytes(encode_figure(figure, kind=kind))"
        " for kind in ('png', 'svg')]"
    )
    subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)],
        check=True,
        env={**os.environ, "PYTHONHASHSEED": "77", "SOURCE_DATE_EPOCH": "1"},
    )
    ours = plot_equity(returns)
    for kind in ("png", "svg"):
        theirs = (tmp_path / f"e.{kind}").read_bytes()
        assert hashlib.sha256(theirs).digest() == (
            hashlib.sha256(encode_figure(ours, kind=kind)).digest()
        )


def test_encoded_figures_are_a_picture_of_the_right_size_and_an_svg(returns):
    figure = plot_equity(returns)
    with Image.open(BytesIO(encode_figure(figure, kind="png"))) as picture:
        assert picture.width == 1350
        assert len(picture.convert("RGB").getcolors(maxcolors=1_000_000)) > 100
    svg = encode_figure(figure, kind="svg")
    assert b"<svg" in svg
    assert b"dc:date" not in svg


def test_ruin_is_drawn_without_hiding_others(make_returns, make_series):
    series = make_series(names=["ppo"])
    ruin = series["agent", "ppo", "0"].copy()
    ruin[10] = -1.0
    series |= {("agent", "ppo", seed): ruin for seed in ("0", "mean")}
    figure = plot_equity(make_returns(series))
    encode_figure(figure, kind="png")
    low, high = figure.axes[0].get_ylim()
    assert 0.5 < low < high < 2.0


@pytest.mark.parametrize("plot", PLOTS)
def test_one_day_in_cash_can_be_drawn(plot, make_returns):
    frame = make_returns({("baseline", "cash", ""): np.zeros(1)}, days=1)
    assert encode_figure(plot(frame), kind="png").startswith(b"\x89PNG")


def test_growth_of_a_hundredfold_has_round_ticks(make_returns):
    frame = make_returns({("baseline", "equal_weight", ""): np.full(60, 0.08)})
    axes = plot_equity(frame).axes[0]
    low, high = axes.get_ylim()
    ticks = [tick for tick in axes.get_yticks() if low <= tick <= high]
    assert ticks == pytest.approx([1, 2, 5, 10, 20, 50, 100])
    assert axes.yaxis.get_major_formatter()(100.0) == "100"


def test_seed_that_lacks_a_day_is_refused(returns):
    gone = (pl.col("seed") == "1") & (pl.col("date") == dt.date(2010, 1, 12))
    with pytest.raises(ValueError, match="differ in 1 days, first 2010-01-12"):
        plot_equity(returns.filter(~gone))
