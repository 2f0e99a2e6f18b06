"""Pictures of the daily returns: what is drawn is what the frames hold."""

import datetime as dt
import hashlib

import numpy as np
import pandas as pd
import polars as pl
import pytest

from walkforge.reporting.encoding import encode_figure
from walkforge.reporting.figures.monthly_returns import monthly_returns, plot_monthly_returns
from walkforge.reporting.figures.return_distribution import plot_distribution
from walkforge.reporting.figures.rolling_sharpe import plot_rolling_sharpe
from walkforge.reporting.figures.seeds_and_folds import plot_seeds
from walkforge.reporting.heatmap import DIVERGING
from walkforge.reporting.records import read_records

PLOTS = [plot_rolling_sharpe, plot_monthly_returns, plot_distribution, plot_seeds]
HOSTILE = r"$x$ <script> \frac{ =HYPERLINK()"


def texts(axes):
    return [text.get_text() for text in axes.texts]


def number(text):
    return float(text.replace("−", "-"))


def on_dates(dates, values):
    """Give a record of one agent with one seed on these dates."""
    rows = {"date": dates, "fold": "fold_1", "strategy": "ppo", "kind": "agent"}
    frame = pl.DataFrame({**rows, "net_return": values})
    return pl.concat([frame.with_columns(seed=pl.lit(seed)) for seed in ("0", "mean")])


def test_rolling_ratios_are_those_that_pandas_gives(make_returns, make_series):
    series = make_series(days=300)
    axes = plot_rolling_sharpe(make_returns(series, days=300)).axes[0]
    names = [text.get_text() for text in axes.figure.legends[0].get_texts()]
    drawn = {name: line.get_ydata() for name, line in zip(names, axes.lines, strict=False)}
    for key in (("agent", "ppo", "mean"), ("baseline", "equal_weight", "")):
        window = pd.Series(series[key]).rolling(260)
        expected = window.mean() / window.std() * np.sqrt(260.0)
        label = f"{key[1]} (mean of 3 seeds)" if key[0] == "agent" else key[1]
        np.testing.assert_allclose(drawn[label], expected, rtol=1e-9)
    assert "buy_and_hold" in drawn
    assert "cash" not in drawn


def test_a_record_shorter_than_a_year_says_so(returns):
    axes = plot_rolling_sharpe(returns).axes[0]
    assert texts(axes) == ["The record is shorter than a year (252 bars)."]


def test_months_and_years_compound_their_days():
    dates = [dt.date(2010, 1, 4), dt.date(2010, 1, 29), dt.date(2010, 3, 1), dt.date(2012, 2, 1)]
    (record,) = read_records(on_dates(dates, [0.10, -0.05, 0.02, -1.0]))
    years, table = monthly_returns(record)
    assert years == [2010, 2011, 2012]
    assert table[0, 0] == pytest.approx(100.0 * (1.10 * 0.95 - 1.0))
    assert table[0, 2] == pytest.approx(2.0)
    assert table[0, 12] == pytest.approx(100.0 * (1.10 * 0.95 * 1.02 - 1.0))
    assert np.isnan(table[0, [1, *range(3, 12)]]).all()
    assert np.isnan(table[1]).all()  # a year without a day
    assert table[2, 1] == table[2, 12] == -100.0  # ruin


def test_the_monthly_picture_prints_every_number_and_centres_colours_on_zero():
    dates = [dt.date(2010, month, 1) for month in range(1, 13)]
    values = np.linspace(-0.08, 0.03, 12)
    axes = plot_monthly_returns(on_dates(dates, values)).axes[0]
    total = 100.0 * (np.prod(1.0 + values) - 1.0)
    shown = [number(text) for text in texts(axes)]
    assert shown == pytest.approx([*(100.0 * values), total], abs=0.0501)
    (mesh,) = axes.collections
    assert mesh.get_clim() == pytest.approx((-8.0, 8.0))
    assert DIVERGING(0.5)[:3] == pytest.approx((1.0, 1.0, 1.0), abs=0.01)
    assert [label.get_text() for label in axes.get_xticklabels()][-1] == "year"


def test_constant_returns_have_months_and_no_ratio(make_returns):
    flat = {("agent", "ppo", seed): np.zeros(60) for seed in ("0", "mean")}
    frame = make_returns(flat)
    assert set(texts(plot_monthly_returns(frame).axes[0])) == {"0.0", "–"}
    assert set(texts(plot_seeds(frame).axes[0])) == {"–"}


def test_the_distribution_counts_every_day_and_marks_the_worst_twentieth(make_returns, make_series):
    series = make_series(names=["ppo"])
    axes = plot_distribution(make_returns(series)).axes[0]
    for stairs in axes.patches:
        assert stairs.get_data().values.sum() == 60
    marks = [line.get_xdata()[0] for line in axes.lines]
    for mark, key in zip(
        marks, [("agent", "ppo", "mean"), ("baseline", "equal_weight", "")], strict=True
    ):
        assert mark == pytest.approx(100.0 * np.percentile(series[key], 5.0))


@pytest.mark.parametrize("value", [0.0, 0.01, -1.0])
def test_equal_returns_fall_into_one_bin(make_returns, value):
    keys = [("agent", "ppo", "0"), ("agent", "ppo", "mean")]
    frame = make_returns(dict.fromkeys(keys, np.full(60, value)))
    (stairs,) = plot_distribution(frame).axes[0].patches
    assert sorted(stairs.get_data().values)[-2:] == [0, 60]


def test_seeds_and_folds_hold_the_ratio_of_each_window(make_returns, make_series):
    series = make_series(names=["ppo"])
    axes = plot_seeds(make_returns(series)).axes[0]
    rows = [label.get_text() for label in axes.get_yticklabels()]
    assert rows == ["seed 0", "seed 1", "seed 2", "mean of seeds", "equal_weight"]
    assert [label.get_text() for label in axes.get_xticklabels()] == ["f0", "f1", "all"]
    keys = [("agent", "ppo", seed) for seed in ("0", "1", "2", "mean")]
    expected = []
    for key in [*keys, ("baseline", "equal_weight", "")]:
        daily = series[key]
        parts = (daily[:30], daily[30:], daily)
        expected += [each.mean() / each.std(ddof=1) * np.sqrt(252.0) for each in parts]
    assert [number(text) for text in texts(axes)] == pytest.approx(expected, abs=0.00501)


def test_many_folds_have_colours_and_no_numbers(make_returns, make_series):
    frame = make_returns(make_series(names=["ppo"])).sort("strategy", "seed", "date")
    place = pl.col("date").rank("dense") // 3
    many = frame.with_columns(fold=pl.format("fold_{}", place.cast(pl.Int64)))
    axes = plot_seeds(many).axes[0]
    assert texts(axes) == []
    assert axes.collections[0].get_array().shape == (5, 22)


@pytest.mark.parametrize("plot", PLOTS)
def test_titles_name_what_is_drawn_and_foreign_names_stay_text(plot, make_returns, make_series):
    figure = plot(make_returns(make_series(names=[HOSTILE])))
    assert "net of costs" in figure.axes[0].get_title(loc="left")
    svg = encode_figure(figure, kind="svg")
    assert b"Oblique" not in svg  # the face of formulas
    assert b"<script" not in svg


@pytest.mark.parametrize("plot", [plot_rolling_sharpe, plot_distribution])
def test_a_name_that_begins_with_an_underscore_is_in_the_legend(plot, make_returns, make_series):
    figure = plot(make_returns(make_series(names=["_mine"])))
    legend = figure.legends[0] if figure.legends else figure.axes[0].get_legend()
    assert legend.get_texts()[0].get_text() == "_mine (mean of 3 seeds)"


@pytest.mark.parametrize("plot", PLOTS)
def test_one_day_and_no_agent_can_be_drawn(plot, make_returns):
    frame = make_returns({("baseline", "equal_weight", ""): np.zeros(1)}, days=1)
    assert encode_figure(plot(frame), kind="png").startswith(b"\x89PNG")


@pytest.mark.parametrize("plot", PLOTS)
def test_order_of_rows_changes_no_byte(plot, make_returns, make_series):
    frame = make_returns(make_series(names=["ppo"]))
    one, two = (encode_figure(plot(each), kind="svg") for each in (frame, frame.reverse()))
    assert hashlib.sha256(one).digest() == hashlib.sha256(two).digest()
