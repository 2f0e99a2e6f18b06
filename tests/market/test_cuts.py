"""What becomes of money in a symbol whose price steps: closed out before, and nobody earns."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
import torch

from bar_files import configure, sound_bars
from scalar_market import plain_rollout
from walkforge.data.ingest import bars_of
from walkforge.evaluation.allocation import complete
from walkforge.evaluation.baselines.naive import buy_and_hold, equal_weight
from walkforge.evaluation.baselines.ranker import labels_of
from walkforge.features.compute import compute_features
from walkforge.features.panel import build_panel
from walkforge.market.market import Market
from walkforge.market.market import market_of as from_panel
from walkforge.market.rollout import Decide, rollout
from walkforge.splits.windows import Window
from worlds import money

STEP = 40
HELD = 4
FACTOR = 60.0
NAMES = ("A", "B", "C")
FEATURES = ("range_pct",)  # known at the first bar of a segment
EXECUTIONS = ("open", "close", "same_close")


def bars(*, stepped: bool) -> pl.DataFrame:
    """90 bars of three symbols, of which A may step by 60 at the 41st."""
    raw = sound_bars(NAMES, 90).cast({"volume": pl.Float64})
    place = pl.int_range(pl.len()).over("symbol")
    there = (pl.col("symbol") == "A") & (place >= STEP) & stepped
    return raw.with_columns(
        pl.when(there).then(pl.col(name) * FACTOR).otherwise(name).alias(name)
        for name in ("open", "high", "low", "close")
    )


def market(*, stepped: bool = True) -> Market:
    own = bars_of(bars(stepped=stepped), configure())
    features = compute_features(own, FEATURES)
    panel = build_panel(own, features, kinds=("number",))
    return from_panel(panel, device=torch.device("cpu"))


MARKET = market()
WHOLE = Window(MARKET.dates[1], MARKET.dates[-1])


def test_the_mark_stands_at_the_first_bar_of_the_new_segment_and_its_close_is_the_old_one():
    assert MARKET.cut.nonzero().tolist() == [[STEP + HELD, 0]]
    close = MARKET.close[:, 0].tolist()
    assert close[STEP : STEP + HELD + 1] == [close[STEP - 1]] * (HELD + 1)
    assert close[STEP + HELD + 1] > 50 * close[STEP - 1]
    assert not MARKET.tradable[STEP : STEP + HELD + 1, 0].any()
    assert bool(MARKET.tradable[STEP + HELD + 1, 0])
    assert not MARKET.delisted.any()
    after = slice(STEP + HELD, STEP + HELD + 20)
    assert float(MARKET.volatility[after, 0].max()) < 0.05
    assert float(MARKET.momentum[after, 0].abs().max()) == 0.0


@pytest.mark.parametrize("execution", EXECUTIONS)
@pytest.mark.parametrize("policy", ["equal_weight", "buy_and_hold"])
def test_nobody_earns_or_loses_a_step(execution, policy):
    decide: Decide = equal_weight if policy == "equal_weight" else buy_and_hold()
    rolled = rollout(decide, MARKET, WHOLE, config=money(execution=execution))
    assert rolled.daily["net_return"].abs().max() < 0.05
    forced = rolled.ledger.filter(side="cut").to_dicts()
    assert [(row["date"], row["symbol"]) for row in forced] == [(MARKET.dates[STEP + HELD], "A")]
    assert forced[0]["price"] == float(MARKET.close[STEP - 1, 0])
    assert forced[0]["holding_after"] == 0.0
    assert sum(forced[0][name] for name in ("commission", "spread", "slippage", "impact")) == 0.0


@pytest.mark.parametrize("execution", EXECUTIONS)
def test_the_plain_simulator_closes_out_alike(execution):
    config = money(execution=execution, commission_bps=10.0)
    rolled = rollout(equal_weight, MARKET, WHOLE, config=config)

    def even(now: list[float], row: int) -> list[float]:
        seen = [bool(each) for each in MARKET.tradable[row]]
        frozen = sum(weight for weight, open_to in zip(now, seen, strict=False) if not open_to)
        share = (1.0 - frozen) / max(sum(seen), 1)
        kept = [share if open_to else weight for weight, open_to in zip(now, seen, strict=False)]
        return [*kept, 0.0 if any(seen) else 1.0 - frozen]

    days = plain_rollout(even, MARKET, range(1, len(MARKET.dates) - 1), config=config)
    equity = [each.equity / config.initial_cash for each in days]
    np.testing.assert_allclose(rolled.daily["equity"], equity, rtol=1e-9)


def test_choice_baselines_and_labels_see_no_return_across_a_step():
    returns = MARKET.equal_weight_returns()
    assert float(returns.abs().max()) < 0.05
    crossing = [row for row in range(10, 89) if row - 10 <= STEP + HELD <= row]
    always = replace(MARKET, tradable=torch.ones_like(MARKET.tradable))
    assert not any(complete(always, row, days=10)[0] for row in crossing)
    assert all(complete(always, row, days=10)[1] for row in crossing)
    labels = labels_of(MARKET, range(1, 88), execution="open", order=[0, 1, 2])
    assert np.abs(labels.label).max() < 0.05


def test_what_chooses_symbols_is_not_paid_for_a_step():
    rolled = rollout(equal_weight, MARKET, WHOLE, config=money())
    assert rolled.daily["selection"].abs().max() < 0.02


def test_before_the_step_nothing_differs():
    calm = market(stepped=False)
    day = MARKET.dates[STEP - 1]
    for name in ("open", "close", "tradable", "cut", "features", "volatility"):
        assert torch.equal(getattr(MARKET.until(day), name), getattr(calm.until(day), name))
