"""Records of other markets than New York's: the growth that a table shows is the calendar's."""

from pathlib import Path

import pytest
import torch

from bar_files import ingested
from walkforge.errors import InputError
from walkforge.evaluation.baseline_context import BaselineConfig, BaselineContext
from walkforge.evaluation.roll_baselines import roll_baselines
from walkforge.evaluation.stitch import Record, metrics_of, stitch
from walkforge.features.compute import compute_features, kinds
from walkforge.features.panel import build_panel
from walkforge.market.market import market_of
from walkforge.splits.windows import Window
from worlds import money

FAULTS = Path(__file__).parents[2].parent / "shared/data/faults"


@pytest.fixture
def faults() -> Path:
    if not FAULTS.is_dir():
        pytest.skip("no shared/data/faults beside the checkout")
    return FAULTS


@pytest.mark.parametrize(
    ("case", "changes", "window", "expected"),
    [
        ("crypto_24_7", {"calendar": "24/7"}, ("2021-09-02", "2022-09-02"), (365, 365, -0.37)),
        (
            "weekly_observed", {"calendar": "observed", "frequency": "weekly"},
            ("2022-03-02", "2022-09-02"), (26, 52, 0.22),
        ),
    ],
)  # fmt: skip
def test_a_year_of_a_record_is_the_calendars(faults, case, changes, window, expected):
    days, year, growth = expected
    bars = ingested("csv", faults / case / "bars.csv", **changes).bars
    features = compute_features(bars, ["log_return_1"], warm_up=2, threads=1)
    panel = build_panel(bars, features, kinds=kinds(["log_return_1"]))
    market = market_of(panel, device=torch.device("cpu"))
    span = Window(*map(type(market.dates[0]).fromisoformat, window))
    settings = BaselineConfig(
        baselines=["equal_weight"], lookback_days=20, rebalance_days=5, ranker_kappa=1.0
    )
    context = BaselineContext(
        market=market, window=span, train=Window(market.dates[0], span.start), execution="open",
        config=settings,
    )  # fmt: skip
    terms = {"config": money(commission_bps=10.0), "warm_in_days": 60}
    rolled = roll_baselines(["equal_weight"], [context], **terms)["equal_weight"]
    record = Record("equal_weight", "baseline", "", "fold_1", rolled.windows[0].daily)
    (found,) = metrics_of(stitch([record])).rows(named=True)
    assert (found["days"], found["periods_per_year"]) == (days, year)
    total = float((1.0 + record.daily["net_return"]).product())
    assert found["annual_return"] == pytest.approx(total ** (year / days) - 1.0)
    assert found["annual_return"] == pytest.approx(growth, abs=0.01)


def test_weekly_bars_without_a_word_are_refused(faults):
    with pytest.raises(InputError, match="data.frequency says daily: set data.frequency to weekly"):
        ingested("csv", faults / "weekly_observed/bars.csv", calendar="observed")
