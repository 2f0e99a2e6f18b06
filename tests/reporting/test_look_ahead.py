"""What fills at the close that decided it is called a study, on every page and picture of it."""

import ast
import re
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from walkforge.reporting.catalogue import catalogue
from walkforge.reporting.curves import plot_equity
from walkforge.reporting.encoding import Drawn, encode_figure, encode_kinds
from walkforge.reporting.look_ahead import STAMP, warned
from walkforge.reporting.pages.backtest import backtest_html
from walkforge.reporting.pages.costs import costs_html
from walkforge.reporting.pages.holdout import holdout_html
from walkforge.reporting.pages.metrics import metrics_html
from walkforge.reporting.pages.trades import trades_html
from walkforge.splits.windows import Window

ROOT = Path(__file__).parents[2]
FIGURES = catalogue("figures")
# Pictures in which no order is filled, and that of executions of its own.
NO_RECORD = {"folds", "training", "health", "memory", "execution_delay"}
SPAN = {"start": "2010-01-04", "end": "2010-03-27"}
NO_LIMITS = dict.fromkeys(("position_cap", "stop_loss", "take_profit", "max_trades"))
COSTS = pl.DataFrame(
    {
        "regime": ["risk_on"], "turnover": [1.0], "commission": [0.01], "stamp_duty": [0.0],
        "spread": [0.0], "slippage": [0.0], "impact": [0.0], "cost": [0.01], "net_return": [0.1],
    }
)  # fmt: skip


def pages(metrics, execution: str) -> dict[str, str]:
    """Every page that has a note of its own for a study of the same close."""
    window = Window(date(2010, 1, 4), date(2010, 3, 27))
    money = {"execution": execution, "limits": NO_LIMITS}
    terms = {"market": money, "warm_in_days": 60}
    return {
        "metrics": metrics_html(metrics, execution=execution),
        "costs": costs_html(COSTS, execution=execution),
        "holdout": holdout_html(metrics, {"test": SPAN}, opened=0, terms=terms),
        "backtest": backtest_html(metrics, window=window, training=None, terms=terms),
        "trades": trades_html([], whose="ppo, seed 0", traded=0, execution=execution),
    }


@pytest.mark.parametrize("page", ["metrics", "costs", "holdout", "backtest", "trades"])
def test_a_page_says_so_before_its_other_notes_and_of_no_other_execution(metrics, page):
    (at_once,) = warned("same_close")
    studied, traded = (pages(metrics, each)[page] for each in ("same_close", "close"))
    assert studied.count(at_once) == 1
    assert at_once not in traded
    tag = "p" if page == "trades" else r'p class="note"'
    (first, *_) = re.findall(rf"<{tag}>(.*?)</p>", studied.partition("</table>")[2] or studied)
    assert first.startswith(at_once)
    assert pages(metrics, "open")[page] == traded


@pytest.mark.parametrize("kind", ["png", "svg"])
def test_a_picture_is_stamped_and_others_keep_their_bytes(returns, kind):
    plain = encode_figure(plot_equity(returns), kind=kind)
    for execution in ("open", "close"):
        assert encode_figure(plot_equity(returns), kind=kind, execution=execution) == plain
    assert encode_figure(plot_equity(returns), kind=kind, execution="same_close") != plain


def test_the_stamp_is_one_line_above_all_else_in_full_size_type(returns):
    figure = plot_equity(returns)
    height = figure.get_figheight()
    encode_kinds(Drawn(figure, "same_close"))
    stamped = figure.get_figheight()
    encode_figure(figure, kind="png", execution="same_close")
    assert figure.get_figheight() == stamped > height
    assert figure.get_suptitle() == STAMP
    assert "\n" not in STAMP
    (stamp,) = [text for text in figure.findobj(match=is_stamp) if text.get_visible()]
    assert stamp.get_fontsize() >= 16.0
    renderer = FigureCanvasAgg(figure).get_renderer()
    box, (axes,) = stamp.get_window_extent(renderer), figure.axes
    assert 0.0 <= box.x0 < box.x1 <= figure.bbox.width
    assert axes.get_tightbbox(renderer).y1 <= box.y0 < box.y1 <= figure.bbox.height


def is_stamp(artist: object) -> bool:
    text = getattr(artist, "get_text", lambda: "")()
    return isinstance(text, str) and text.startswith(STAMP)


def test_a_title_that_is_there_stays_below_the_stamp(returns):
    figure = plot_equity(returns)
    figure.suptitle("Robustness, not evidence")
    encode_kinds(Drawn(figure, "same_close"))
    assert figure.get_suptitle() == f"{STAMP}\nRobustness, not evidence"


@pytest.mark.parametrize("module", FIGURES)
def test_every_figure_of_the_record_says_where_orders_fill(module: str):
    name = module.rpartition(".")[2]
    tree = ast.parse((ROOT / f"src/walkforge/reporting/figures/{name}.py").read_text())
    (draw,) = [
        node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == "draw"
    ]
    calls = [node for node in ast.walk(draw) if isinstance(node, ast.Call)]
    made = [call for call in calls if ast.unparse(call.func) == "Drawn"]
    assert made
    assert all((len(call.args) == 2) == (name not in NO_RECORD) for call in made)
    stated = "market.execution" in FIGURES[module].keys
    assert stated == ("material.execution" in ast.unparse(draw))
