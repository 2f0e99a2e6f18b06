"""The formulas written a second time, against hand values and published ones."""

import math
from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from walkforge.features.panel import build_panel
from walkforge.verify import figures
from walkforge.verify.closing import scale_of
from walkforge.verify.page import Cell, Head, Page
from walkforge.verify.study import moved, prices_of
from walkforge.verify.verdict import word_of
from worlds import weekdays


def test_figures_of_a_short_record_by_hand() -> None:
    returns = np.array([0.1, -0.5, 0.0, 0.2])
    flat = np.array([1.0, 0.0, 0.0, 0.0])
    found = figures.performance(returns, 252, turnover=flat, exposure=flat, names=2.0 * flat)
    assert found["max_drawdown"] == pytest.approx(0.5)
    assert found["max_drawdown_days"] == 3
    assert found["annual_return"] == pytest.approx(0.66**63 - 1.0)
    assert found["hit_rate"] == pytest.approx(2 / 3)
    assert found["profit_factor"] == pytest.approx(0.3 / 0.5)
    assert found["sortino"] == pytest.approx(-0.05 / 0.25 * math.sqrt(252))
    assert found["annual_turnover"] == 63.0
    assert found["effective_names"] == 2.0
    assert found["expected_shortfall"] == 0.5


def test_best_of_hundred_trials_is_that_of_bailey_and_lopez_de_prado() -> None:
    assert figures.best_of(100, 0.5 / 250) == pytest.approx(0.1132, abs=5e-5)
    assert figures.best_of(1, 0.5 / 250) == 0.0


def test_total_loss_and_no_move_have_figures() -> None:
    zeros = np.zeros(3)
    lost = figures.performance(np.array([0.1, -1.0, 0.0]), 252, turnover=zeros, exposure=zeros,
                               names=zeros)  # fmt: skip
    assert (lost["max_drawdown"], lost["annual_return"]) == (pytest.approx(1.0), -1.0)
    still = figures.performance(zeros, 252, turnover=zeros, exposure=zeros, names=zeros)
    assert all(math.isnan(still[name]) for name in ("sharpe", "sortino", "calmar", "hit_rate"))


@pytest.mark.parametrize(
    ("low", "high", "deflated", "p", "luck", "word"),
    [
        (0.1, 1.0, 0.95, 0.049, (0.96, 1.04, None), "skill"),
        (0.0, 1.0, 0.99, 0.01, (0.96, 1.0, None), "inconclusive"),
        (0.1, 1.0, 0.94, 0.01, (0.96, 1.0, None), "inconclusive"),
        (0.1, 1.0, 0.99, 0.05, (0.96, 1.0, None), "inconclusive"),
        (0.1, 1.0, 0.99, 0.01, (0.95, 1.0, 9.0), "inconclusive"),
        (0.1, 1.0, 0.99, 0.01, (0.99, 0.94, 9.0), "inconclusive"),
        (0.1, 1.0, 0.99, 0.01, (0.99, None, 9.0), "inconclusive"),
        (0.1, 1.0, 0.99, 0.01, (None, 1.0, 1.65), "skill"),
        (0.1, 1.0, 0.99, 0.01, (None, 1.0, 1.64), "inconclusive"),
        (0.1, 1.0, 0.99, 0.01, (None, 1.0, None), "inconclusive"),
        (-1.0, 0.29, 0.1, 0.9, (0.96, 1.0, None), "no skill"),
        (-1.0, 0.30, 0.1, 0.9, (0.96, 1.0, None), "inconclusive"),
    ],
)
def test_the_word_follows_the_rules(
    low: float,
    high: float,
    deflated: float,
    p: float,
    luck: tuple[float | None, float | None, float | None],
    word: str,
) -> None:
    share, ratio, alpha_z = luck
    found = {"sharpe": 0.2, "low": low, "high": high, "deflated": deflated, "superior_p": p}
    found |= {"chance": {"share_below": share, "turnover_ratio": ratio}, "alpha_z": alpha_z}
    assert word_of(found, 0.3, 252) == word


def test_a_symbol_is_gone_after_more_than_ten_dates_without_a_bar() -> None:
    days = weekdays(30)
    rows = [(day, "A", 1.0) for day in days] + [(day, "B", 2.0) for day in days[:19]]
    rows += [(day, "C", 3.0) for day in days[:20]]
    frame = pl.DataFrame(rows, schema=["date", "symbol", "close"], orient="row")
    prices = prices_of(frame.with_columns(open="close", cut=False))
    assert np.argwhere(prices.gone).tolist() == [[19, 1]]
    assert prices.last[29].tolist() == [1.0, 2.0, 3.0]


@pytest.mark.parametrize(("hole", "gone"), [(52, []), (53, [[10, 1]])])
def test_a_symbol_of_weekly_bars_is_another_after_a_year(hole: int, gone: list[list[int]]) -> None:
    weeks = [date(2015, 1, 5) + timedelta(weeks=week) for week in range(90)]
    kept = [*range(10), *range(10 + hole, 90)]
    rows = [(day, "A", 0) for day in weeks] + [(weeks[i], "B", int(i >= 10)) for i in kept]
    frame = pl.DataFrame(rows, schema={"date": pl.Date, "symbol": pl.String, "segment": pl.Int32},
                         orient="row").sort("symbol", "date")  # fmt: skip
    bars = frame.with_columns(open=1.0, close=1.0, volume=1.0, tradable=True, cut=False)
    assert np.argwhere(prices_of(bars).gone).tolist() == gone
    features = bars.select("date", "symbol", x=pl.lit(0.5))
    panel = build_panel(bars, features, kinds=("number",))
    assert np.argwhere(panel.delisted).tolist() == gone


def test_a_cut_bar_shows_the_close_before_the_step() -> None:
    days = weekdays(6)
    closes = [1.0, 2.0, 120.0, 121.0]
    rows = list(zip([*days[:2], *days[4:]], ["A"] * 4, closes, strict=True))
    frame = pl.DataFrame(rows, schema=["date", "symbol", "close"], orient="row")
    cut = pl.Series("cut", [False, False, True, False])
    prices = prices_of(pl.concat([frame.with_columns(cut, open="close"), other(days)]))
    assert prices.last[:, 0].tolist() == [1.0, 2.0, 2.0, 2.0, 2.0, 121.0]
    assert np.argwhere(prices.cut).tolist() == [[4, 0]]
    assert np.isnan(prices.close[4, 0])


def other(days: tuple[date, ...]) -> pl.DataFrame:
    return pl.DataFrame({"date": days, "symbol": "B", "close": 1.0, "cut": False, "open": 1.0})


def test_months_end_on_their_last_day() -> None:
    assert moved(date(2012, 3, 31), -1) == date(2012, 2, 29)
    assert moved(date(2012, 1, 1), -13) == date(2010, 12, 1)


def test_a_page_is_read_as_a_reader_sees_it() -> None:
    page = Page(
        "<h1>A</h1>loose 1<p>b <code>2</code> &amp; c</p><style>9</style>"
        "<table><tr><th scope=col>x</th></tr><tr><td data-value='0.5'>0.50</td></tr></table>"
        "<img src='data:here' alt='d'><script>8</script><p>open"
    )
    assert page.texts() == ["A", "loose 1", "b 2 & c", "open"]
    (table,) = page.tables()
    assert (table.heads, table.rows) == ([Head("x", "")], [[Cell("0.5", ["0.50"])]])
    assert (page.pictures(), page.labels) == (["data:here"], ["d"])


def test_cash_that_is_left_of_an_invested_account_is_as_exact_as_its_equity() -> None:
    due = {"cash": np.array(6e-5), "equity": np.array(1e6), "holdings": np.array([0.0, -4.0])}
    assert scale_of("cash", due) == 1e6
    assert scale_of("equity", due) == 1e6
    assert scale_of("holdings", due).tolist() == [1e-300, 4.0]
