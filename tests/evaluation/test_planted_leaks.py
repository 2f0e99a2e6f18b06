"""Leaks planted in bars, universe, windows, labels, rewards and baselines are found; none else."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
import torch
import yaml

from bar_files import configure, sound_bars
from small_agents import agent_of
from walkforge.data.ingest import bars_of
from walkforge.data.raw import ISSUES_SCHEMA
from walkforge.evaluation import bars_audit
from walkforge.evaluation.bars_audit import audit_bars, audit_source
from walkforge.evaluation.baseline_context import Baseline, BaselineConfig, BaselineContext
from walkforge.evaluation.baselines.naive import BASELINES, equal_weight
from walkforge.evaluation.baselines.ranker import labels_of, predictions
from walkforge.evaluation.chain import Chain
from walkforge.evaluation.decision_audit import (
    audit_decisions,
    audit_labels,
    baseline_runs,
    columns_of,
)
from walkforge.evaluation.leaks import Finding
from walkforge.evaluation.reward_audit import audit_rewards
from walkforge.evaluation.universe_audit import audit_universe, audit_windows
from walkforge.features.panel import build_panel
from walkforge.market import environment
from walkforge.market.market import Market, market_of
from walkforge.splits.windows import Fold, Window
from worlds import money, random_walks

CPU = torch.device("cpu")


def leaks(findings) -> list[Finding]:
    return [each for each in findings if each.difference.leaks]


# --- bars

NAMES = [f"S{i}" for i in range(5)]
RAW = sound_bars(NAMES, 90).cast({"volume": pl.Float64})
# One symbol ends early; another has a bar out of all proportion.
RAW = RAW.filter((pl.col("symbol") != "S3") | (pl.int_range(pl.len()).over("symbol") < 70))
CONFIG = configure(calendar="observed", minimum_bars=10)
NOBODY = pl.Series([], dtype=pl.String)
BARS = bars_of(RAW, CONFIG)


def bars_found(bars=BARS, dropped=NOBODY) -> list[Finding]:
    return leaks(audit_bars(RAW, bars, dropped, config=CONFIG, symbols=4))


def filled_backwards(raw, config):
    bars = bars_of(raw, config)
    return bars.with_columns(volume=pl.col("volume").shift(-1).over("symbol").fill_null(1.0))


def of_survivors(raw, config):
    bars = bars_of(raw, config)
    last = pl.col("date").max().over("symbol") == pl.col("date").max()
    return bars.filter(last)


def adjusted_by_the_last(raw, config):
    return bars_of(raw, config).with_columns(close=pl.col("close") / pl.col("close").last())


def test_bars_as_the_rows_give_them_pass() -> None:
    assert bars_found() == []
    later = BARS.filter(pl.col("date") >= BARS["date"].unique().sort()[20])
    assert bars_found(later) == []
    assert bars_found(BARS.filter(pl.col("symbol") != "S1"), pl.Series(["S1"])) == []


@pytest.mark.parametrize("ingest", [filled_backwards, of_survivors, adjusted_by_the_last])
def test_an_ingest_that_knows_later_rows_is_found_at_a_prefix(monkeypatch, ingest) -> None:
    monkeypatch.setattr(bars_audit, "bars_of", ingest)
    assert "prefix" in {each.check for each in bars_found(ingest(RAW, CONFIG))}


def test_bars_that_are_not_those_of_the_rows_are_found() -> None:
    for bars, told in (
        (BARS.filter(pl.col("symbol") != "S3"), "was not dropped by name"),
        (BARS.with_columns(close=pl.col("close").shift(-1).fill_null(1.0)), "changes by"),
        (BARS.slice(1), "is another than what is made again"),
    ):
        (found,) = bars_found(bars)
        assert (found.stage, found.check) == ("bars", "as stored")
        assert told in str(found.difference.told)


def test_bars_stand_for_the_rows_of_a_download_which_answers_otherwise_every_day(
    monkeypatch,
) -> None:
    data = yaml.safe_load((Path(__file__).parents[2] / "config.yaml").read_text())["data"]
    del data["quality_gate"]
    audit = {"symbols": 4, "cuts": 1, "last_rows": 1, "compared_symbols": 1}
    settings = {"data": data | {"source": "yahoo", "calendar": "observed"}, "audit": audit}
    issues = pl.DataFrame(schema=ISSUES_SCHEMA)
    today = date(2026, 1, 2)
    found = audit_source(BARS, issues, settings, today=today)
    assert {each.check for each in found} == {"prefix"}
    assert leaks(found) == []
    monkeypatch.setattr(bars_audit, "bars_of", filled_backwards)
    assert leaks(audit_source(BARS, issues, settings, today=today))


# --- universe and windows


def lay(bars: pl.DataFrame, features: pl.DataFrame) -> Market:
    return market_of(build_panel(bars, features, kinds=("number",)), device=CPU)


def chain_of(market=lay) -> Chain:
    return Chain(features=featured, market=market, execution="open", history=5)


def featured(bars: pl.DataFrame) -> pl.DataFrame:
    return bars.select("date", "symbol", move=pl.col("close") / pl.col("open"))


PANEL = build_panel(BARS, featured(BARS), kinds=("number",))


def ends(market: Market) -> list[bool]:
    return market.delisted.any(dim=0).tolist()


def without_the_delisted(bars, features):
    """Lay the market of the symbols whose bars go on to the end."""
    gone = [name for name, over in zip(*_named(bars, features), strict=True) if over]
    kept = ~pl.col("symbol").is_in(gone)
    return lay(bars.filter(kept), features.filter(kept))


def _named(bars, features):
    market = lay(bars, features)
    return market.symbols, ends(market)


def never_tradable(bars, features):
    """Lay the market with symbols that will be delisted masked from the first day on."""
    market = lay(bars, features)
    return replace(market, tradable=market.tradable & ~market.delisted.any(dim=0))


def told_early(bars, features):
    """Lay the market with marks of delisting twenty days before."""
    market = lay(bars, features)
    return replace(market, delisted=market.delisted.roll(-20, 0))


def test_a_universe_of_all_that_had_bars_passes() -> None:
    assert PANEL.delisted.any()
    assert leaks(audit_universe(BARS, PANEL, chain_of())) == []


@pytest.mark.parametrize("market", [without_the_delisted, never_tradable, told_early])
def test_a_universe_that_knows_a_later_delisting_is_found(market) -> None:
    laid = market(BARS, featured(BARS))
    stored = replace(PANEL, tradable=laid.tradable.numpy(), delisted=laid.delisted.numpy(),
                     symbols=laid.symbols)  # fmt: skip
    found = leaks(audit_universe(BARS, stored, chain_of(market)))
    assert {each.stage for each in found} == {"universe"}


def test_masks_that_are_not_those_of_the_bars_are_found() -> None:
    tradable = PANEL.tradable.copy()
    tradable[50, 2] = False
    (found,) = leaks(audit_universe(BARS, replace(PANEL, tradable=tradable), chain_of()))
    assert (found.check, found.difference.day) == ("as stored", PANEL.dates[50])


MARKET = random_walks(5, days=150)
DATES = MARKET.dates
TEST = Window(DATES[110], DATES[140])
FOLD = Fold("fold_1", Window(DATES[5], DATES[80]), Window(DATES[85], DATES[105]), None)


@pytest.mark.parametrize(
    ("train", "test", "found"), [(80, 110, 0), (81, 110, 1), (90, 110, 1), (80, 109, 1)]
)
def test_windows_without_the_purge_between_them_are_found(train, test, found) -> None:
    fold = FOLD._replace(train=Window(DATES[5], DATES[train]))
    tests = {"fold_1": Window(DATES[test], DATES[140])}
    assert len(leaks(audit_windows({"fold_1": fold}, tests, MARKET, purge_days=5))) == found


# --- what is decided, fitted and paid


def delisted_late() -> Market:
    """The market of which one symbol ends long after the test window."""
    delisted = MARKET.delisted.clone()
    delisted[147, 3] = True
    return replace(MARKET, delisted=delisted)


def context(**changes: Any) -> dict[str, BaselineContext]:
    config = BaselineConfig(
        baselines=["ranker"], lookback_days=20, rebalance_days=5, ranker_kappa=0.5
    )
    own = BaselineContext(
        market=delisted_late(), window=TEST, train=FOLD.train, execution="open", config=config
    )
    return {"fold_1": replace(own, **changes)}


def decided(name: str) -> list[Finding]:
    runs = baseline_runs([name], context(), config=money(cash=1e6))
    return leaks(audit_decisions(runs, columns_of(delisted_late(), 4)))


@pytest.mark.parametrize("name", ["inverse_volatility", "buy_and_hold", "regime_momentum"])
def test_baselines_pass(name: str) -> None:
    assert decided(name) == []


def knows_the_delisted(context: BaselineContext):
    """Hold what will not be delisted."""
    stays = ~context.market.delisted.any(dim=0)
    return lambda seen: equal_weight(seen._replace(tradable=seen.tradable & stays))


def by_the_lookback_to_come(context: BaselineContext):
    """Hold, from the first day on, what rises most in the next three."""
    row = context.decisions.start
    best = (context.market.close[row + 2] / context.market.close[row]).argmax()

    def decide(seen):
        weights = torch.zeros_like(seen.weights, dtype=torch.float64)
        weights[:, best] = 1.0
        return weights

    return decide


@pytest.mark.parametrize("plant", [knows_the_delisted, by_the_lookback_to_come])
def test_a_baseline_that_knows_what_comes_is_found(monkeypatch, plant) -> None:
    monkeypatch.setitem(BASELINES, "cash", Baseline(plant))
    assert {each.stage for each in decided("cash")} >= {"order"}


def fitted_on(stop: int):
    """Predictions of the mean label of each symbol, of rows up to one."""

    def predict(context: BaselineContext) -> np.ndarray:
        market = context.market
        order = context.by_name
        rows = range(market.rows(context.train).start, stop)
        labels = labels_of(market, rows, execution="open", order=order)
        means = [labels.label[labels.column == column].mean() for column in order]
        return np.tile(np.array(means), (len(context.decisions), 1))

    return predict


def test_a_ranker_is_fitted_on_labels_that_end_with_its_train_window() -> None:
    last = MARKET.rows(FOLD.train).stop
    assert leaks(audit_labels(context(), fitted_on(last))) == []
    for later in (last + 1, 120):
        (found,) = leaks(audit_labels(context(), fitted_on(later)))
        assert (found.agent, found.stage) == ("baseline ranker", "label")


def test_the_ranker_passes_and_one_fitted_on_the_test_window_does_not() -> None:
    assert leaks(audit_labels(context())) == []
    whole = lambda own: predictions(replace(own, train=Window(DATES[5], DATES[120])))  # noqa: E731
    assert len(leaks(audit_labels(context(), whole))) == 1


def rewarded(reward: str = "excess_log_return", scheme: str = "weights") -> list[Finding]:
    agent = agent_of(scheme)
    if reward != "excess_log_return":
        agent |= {"reward": {"name": reward, "trade_penalty": 0.0}}
    found = list(audit_rewards("agent", agent, MARKET, fold=FOLD, config=money(cash=1e6)))
    assert len(found) == 2
    assert all(each.difference.compared > 300 for each in found)
    return leaks(found)


@pytest.mark.parametrize("scheme", ["weights", "discrete9", "regimes12", "signals3"])
def test_rewards_of_what_has_been_marked_pass(scheme: str) -> None:
    assert rewarded(scheme=scheme) == []


def test_a_reward_that_knows_the_market_of_the_day_after_is_found(monkeypatch) -> None:
    sound = Market.equal_weight_returns
    monkeypatch.setattr(Market, "equal_weight_returns", lambda self: sound(self).roll(-1))
    assert rewarded("log_return") == []
    assert {each.stage for each in rewarded()} == {"reward"}


def test_an_observation_of_the_day_after_in_trainings_alone_is_found(monkeypatch) -> None:
    sound = environment.gathered
    late = lambda values, day, symbol: sound(values, day + 1, symbol)  # noqa: E731
    monkeypatch.setattr(environment, "gathered", late)
    (found, *_) = rewarded()
    assert found.difference.place == "features"
