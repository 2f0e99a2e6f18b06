"""Pictures of folds, training, positions and health: what is drawn is what the frames hold."""

import datetime as dt

import numpy as np
import polars as pl
import pytest

from walkforge.reporting.encoding import encode_figure
from walkforge.reporting.facts import fold_windows
from walkforge.reporting.figures.folds import HOLDOUT, PURGE, plot_folds
from walkforge.reporting.figures.health import health_by_family, plot_health
from walkforge.reporting.figures.training import curves_of, plot_training
from walkforge.reporting.figures.turnover import (
    by_seed,
    cumulative_cost,
    plot_turnover,
    yearly_turnover,
)
from walkforge.reporting.figures.weights import CASH, mean_weights, plot_weights

HOSTILE = ["$x$", "<script>", "../../etc", "=HYPERLINK()", "Ω" * 200, "_a\nb"]
DAYS = [dt.date(2010, 12, 30), dt.date(2010, 12, 31), dt.date(2011, 1, 3)]
STARTS = np.array(DAYS[:1], dtype="datetime64[D]")


def weights_frame(rows):
    """Give a frame of (day number, symbol, weight)."""
    return pl.DataFrame(
        [(DAYS[day], symbol, weight) for day, symbol, weight in rows],
        schema={"date": pl.Date, "symbol": pl.String, "weight": pl.Float64},
        orient="row",
    )


def daily_frame(turnover, cost):
    return pl.DataFrame({"date": DAYS, "turnover": turnover, "cost": cost})


def drawn_text(figure):
    return [text.get_text() for text in figure.legends[0].get_texts()]


def test_weights_are_means_over_seeds_and_cash_is_the_rest():
    dailies = [daily_frame([0.0] * 3, [0.0] * 3)] * 2
    one = weights_frame([(0, "A", 0.5), (0, "B", 0.5), (1, "A", 1.0)])
    two = weights_frame([(0, "A", 0.3), (2, "B", 0.2)])
    stack = mean_weights(dailies, [one, two])
    assert stack.names == ["A", "B", CASH]
    expected = [[0.4, 0.5, 0.0], [0.25, 0.0, 0.1], [0.35, 0.5, 0.9]]
    np.testing.assert_allclose(stack.shares, expected, atol=1e-15)


def test_of_many_symbols_the_six_largest_have_names_and_all_add_up():
    symbols = [f"S{place:03d}" for place in range(100)]
    rows = [(day, name, (1.0 + k) / 6000.0) for day in range(3) for k, name in enumerate(symbols)]
    stack = mean_weights([daily_frame([0.0] * 3, [0.0] * 3)], [weights_frame(rows)])
    assert stack.names == [*symbols[:93:-1], "94 other symbols", CASH]
    assert stack.shares.shape == (8, 3)
    np.testing.assert_allclose(stack.shares.sum(axis=0), 1.0)
    assert stack.shares[6, 0] == pytest.approx(sum(range(1, 95)) / 6000.0)


def test_the_picture_of_weights_stacks_them_up_to_all_of_equity():
    rows = [(day, name, 0.1) for day in range(3) for name in HOSTILE]
    stack = mean_weights([daily_frame([0.0] * 3, [0.0] * 3)], [weights_frame(rows)])
    figure = plot_weights(stack, agent="$ppo$", starts=STARTS)
    tops = [layer.get_paths()[0].vertices[:, 1].max() for layer in figure.axes[0].collections]
    assert tops == pytest.approx([10.0, 20.0, 30.0, 40.0, 50.0, 60.0, 100.0])
    shown = drawn_text(figure)
    assert {"$x$", "<script>", "../../etc", "=HYPERLINK()", "_a b", "Ω" * 39 + "…"} <= set(shown)
    svg = encode_figure(figure, kind="svg")
    assert b"<script" not in svg
    assert b"Oblique" not in svg


def test_one_day_of_one_symbol_can_be_drawn():
    day = daily_frame([0.5] * 3, [0.001] * 3).head(1)
    stack = mean_weights([day], [weights_frame([(0, "A", 0.5)])])
    assert stack.shares.tolist() == [[0.5], [0.5]]
    own = by_seed([("seed_0", day)])
    for figure in (
        plot_weights(stack, agent="ppo", starts=STARTS),
        plot_turnover(own, own, agent="ppo", starts=STARTS),
    ):
        assert encode_figure(figure, kind="png").startswith(b"\x89PNG")


def test_an_agent_that_holds_nothing_is_all_cash():
    stack = mean_weights([daily_frame([0.0] * 3, [0.0] * 3)], [weights_frame([])])
    assert stack.names == [CASH]
    assert stack.shares.tolist() == [[1.0, 1.0, 1.0]]
    encode_figure(plot_weights(stack, agent="ppo", starts=STARTS), kind="svg")


def test_turnover_of_a_year_is_at_an_annual_rate_with_the_range_of_seeds():
    daily = by_seed(
        [
            ("seed_0", daily_frame([0.1, 0.3, 0.5], [0.01, 0.02, 0.03])),
            ("seed_1", daily_frame([0.0, 0.2, 0.1], [0.0, 0.0, 0.01])),
        ]
    )
    rows = yearly_turnover(daily).rows()
    assert [year for year, *_ in rows] == [2010, 2011]
    assert rows[0][1:] == pytest.approx((0.15 * 252, 0.1 * 252, 0.2 * 252))
    assert rows[1][1:] == pytest.approx((0.3 * 252, 0.1 * 252, 0.5 * 252))
    cost = cumulative_cost(daily).partition_by("seed", as_dict=True)
    assert cost["seed_0",]["cost"].to_list() == pytest.approx([1.0, 3.0, 6.0])
    assert cost["seed_1",]["cost"].to_list() == pytest.approx([0.0, 0.0, 1.0])


def test_the_picture_of_turnover_holds_both_and_their_costs():
    own = by_seed([("seed_0", daily_frame([0.1, 0.3, 0.5], [0.01, 0.02, 0.03]))])
    equal = by_seed([("", daily_frame([0.2, 0.0, 0.1], [0.02, 0.0, 0.0]))])
    figure = plot_turnover(own, equal, agent="ppo", starts=STARTS)
    above, below = figure.axes
    heights = [bar.get_height() for bar in above.patches]
    assert heights == pytest.approx([0.2 * 252, 0.5 * 252, 0.1 * 252, 0.1 * 252])
    costs = {line.get_label(): line.get_ydata()[-1] for line in below.lines}
    assert costs["agent, mean of 1 seed"] == pytest.approx(6.0)
    assert costs["equal weight"] == pytest.approx(2.0)


def curve(**columns):
    return pl.DataFrame({"timesteps": [2048.0, 4096.0], **columns})


def test_each_training_is_a_line_of_its_values():
    parts = [
        (fold, seed, curve(reward=[1.0 * place, 2.0 * place], approx_kl=[0.0, float("nan")]))
        for place, (fold, seed) in enumerate(
            [("fold_1", "seed_0"), ("fold_1", "seed_1"), ("live", "seed_0")], start=1
        )
    ]
    figure = plot_training(curves_of(parts), agent="$ppo$")
    reward, divergence = figure.axes
    assert [line.get_ydata().tolist() for line in reward.lines] == [[1, 2], [2, 4], [3, 6]]
    assert [line.get_xdata().tolist() for line in reward.lines] == [[2048.0, 4096.0]] * 3
    assert [line.get_ydata().tolist() for line in divergence.lines] == [[0.0]] * 3
    colours = [line.get_color() for line in reward.lines]
    assert colours[0] == colours[1] != colours[2]
    assert drawn_text(figure) == ["fold_1", "live"]


def test_explained_variance_reads_as_numbers_and_no_formula():
    parts = [("fold_1", "seed_0", curve(explained_variance=[-80.0, 0.5]))]
    figure = plot_training(curves_of(parts), agent="ppo")
    svg = encode_figure(figure, kind="svg")
    assert "−10" in [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert b"mathdefault" not in svg


def test_an_algorithm_of_other_figures_is_drawn_too():
    parts = [("fold_1", "seed_0", curve(reward=[1.0, 2.0], critic_loss=[3.0, 4.0]))]
    figure = plot_training(curves_of(parts), agent="sac")
    titles = [axes.get_title(loc="left") for axes in figure.axes if axes.get_visible()]
    assert titles == ["reward of a step", "critic loss"]


def manifest(fold, **windows):
    edges = {name: {"start": start, "end": end} for name, (start, end) in windows.items()}
    return {"fold": fold, **edges}


FOLDS = fold_windows(
    [
        manifest("fold_1", train=("2001-09-03", "2006-02-22"),
                 validation=("2006-03-01", "2007-02-22")),
        manifest("live", train=("2001-09-03", "2007-02-22"),
                 validation=("2007-03-01", "2008-03-01")),
        manifest("fold_1", test=("2007-03-01", "2008-03-01")),
    ]
)  # fmt: skip


def bars_of(axes):
    """Give what each bar stands for, its row, its first date and the first date after it."""
    epoch = dt.date(1970, 1, 1)
    return sorted(
        (
            round(bar.get_y() + bar.get_height() / 2.0),
            str(epoch + dt.timedelta(days=int(bar.get_x()))),
            str(epoch + dt.timedelta(days=int(bar.get_x() + bar.get_width()))),
            container.get_label(),
        )
        for container in axes.containers
        for bar in container
    )


def test_every_window_and_purge_of_every_fold_is_a_bar():
    figure = plot_folds(FOLDS, holdout=(dt.date(2008, 3, 1), dt.date(2009, 3, 1)))
    assert bars_of(figure.axes[0]) == [
        (0, "2001-09-03", "2006-02-22", "train"),
        (0, "2006-02-22", "2006-03-01", PURGE),
        (0, "2006-03-01", "2007-02-22", "validation"),
        (0, "2007-02-22", "2007-03-01", PURGE),
        (0, "2007-03-01", "2008-03-01", "test"),
        (1, "2001-09-03", "2007-02-22", "train"),
        (1, "2007-02-22", "2007-03-01", PURGE),
        (1, "2007-03-01", "2008-03-01", "validation"),
        (2, "2008-03-01", "2009-03-01", HOLDOUT),
    ]
    ticks = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert ticks == ["fold_1", "live", "hold-out"]


def test_without_a_hold_out_none_is_drawn():
    figure = plot_folds(FOLDS, holdout=None)
    assert HOLDOUT not in drawn_text(figure)
    assert drawn_text(figure) == ["train", "validation", "test", PURGE]


HEALTH = pl.DataFrame(
    {
        "fold": ["fold_1", "fold_1", "fold_2", "fold_1", "fold_1"],
        "window": ["train", "train", "train", "train", "test"],
        "feature": ["rsi", "roc", "rsi", "atr", "rsi"],
        "missing": [0.1, 0.0, 0.2, 0.5, 0.0],
        "saturated": [0.0, 0.3, 0.0, 0.0, 1.0],
        "constant": [False, True, False, None, True],
    }
)
FAMILIES = {"rsi": "momentum", "roc": "momentum", "atr": "volatility"}


def test_health_of_a_family_is_the_mean_of_its_features_and_folds():
    rows = {row["family"] + row["window"]: row for row in
            health_by_family(HEALTH, FAMILIES).rows(named=True)}  # fmt: skip
    assert rows["momentumtrain"]["missing"] == pytest.approx(0.1)
    assert rows["momentumtrain"]["saturated"] == pytest.approx(0.1)
    assert (rows["momentumtrain"]["features"], rows["momentumtrain"]["constant"]) == (2, 1)
    assert rows["volatilitytrain"]["missing"] == pytest.approx(0.5)
    assert rows["momentumtest"]["saturated"] == 1.0


def test_the_picture_of_health_shows_each_family_and_counts_constant_features():
    figure = plot_health(HEALTH, FAMILIES)
    above, below = figure.axes
    names = [label.get_text() for label in above.get_yticklabels()]
    assert names == ["momentum\n(2 constant)", "volatility"]
    points = {line.get_label(): line.get_xdata().tolist() for line in below.lines}
    assert points == {
        "train": pytest.approx([10.0, 50.0]), "validation": [], "test": [0.0],
    }  # fmt: skip
    encode_figure(figure, kind="svg")
