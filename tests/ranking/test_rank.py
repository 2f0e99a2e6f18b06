"""Rankings know nothing after their date, say how far the seeds agree, and roll the accounts."""

from dataclasses import replace
from datetime import date

import numpy as np
import polars as pl
import pytest
import torch
from polars.testing import assert_frame_equal

from rankable import (
    OPENS,
    SCHEMES,
    TERMS,
    TESTED,
    WARM_IN,
    data_of,
    ensemble_of,
    history_at_the_end,
    record_of,
    rolled_record,
)
from walkforge.errors import InputError
from walkforge.market.config import LimitConfig
from walkforge.market.market import Market
from walkforge.market.rollout import Stretch, roll_record
from walkforge.ranking.carried import History
from walkforge.ranking.point_in_time import Data
from walkforge.ranking.rank import Ranked, rank_symbols
from walkforge.splits.windows import Window
from worlds import market_of, money, random_walks

MARKET = random_walks(0, days=140, symbols=5)
DAY = MARKET.dates[130]


def ranked(
    market: Market = MARKET, *, scheme: str = "weights", seeds: int = 2, day: date = DAY
) -> Ranked:
    ensemble = ensemble_of(market, scheme=scheme, seeds=seeds)
    return rank_symbols(ensemble, data_of(market), day, terms=TERMS)


def cut(data: Data, day: date) -> Data:
    """Data as they were when a day was the last."""
    stop = data.panel.dates.index(day) + 1
    arrays = ("features", "open", "close", "daily_value", "volatility", "momentum", "tradable",
              "delisted", "cut")  # fmt: skip
    panel = replace(
        data.panel,
        dates=data.panel.dates[:stop],
        **{name: getattr(data.panel, name)[:stop] for name in arrays},
    )
    return Data(panel, data.bars.filter(pl.col("date") <= day), data.minimum_bars)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_ranks_are_complete_and_best_first_and_shares_lie_within_0_and_1(scheme: str) -> None:
    ranking = ranked(scheme=scheme).ranking
    assert ranking["rank"].to_list() == [1, 2, 3, 4, 5]
    assert sorted(ranking["symbol"]) == sorted(MARKET.symbols)
    assert ranking["score"].to_list() == sorted(ranking["score"], reverse=True)
    by_account = ranking.sort("account_rank")["account_score"].to_list()
    assert by_account == sorted(by_account, reverse=True)
    for name in ("probability", "agreement", "account_probability", "account_agreement",
                 "target_weight", "held_weight", "account_target_weight"):  # fmt: skip
        assert ranking[name].is_between(-1e-12, 1.0 + 1e-12).all(), name
    assert ranking["target_weight"].sum() <= 1.0 + 1e-9
    assert set(ranking["as_of"]) == set(ranking["last_bar"]) == {DAY}
    assert set(ranking["stale_sessions"]) == {0}


def test_actions_of_portfolios_follow_the_mean_target_and_the_band() -> None:
    for row in ranked(seeds=3).ranking.iter_rows(named=True):
        ratio = row["target_weight"] * 5
        assert row["action"] == ("buy" if ratio > 1.1 else "sell" if ratio < 0.9 else "hold")
        assert row["score"] == pytest.approx(row["target_weight"] - 1 / 5)
        assert row["agreement"] in (0.0, pytest.approx(1 / 3), pytest.approx(2 / 3), 1.0)


@pytest.mark.parametrize("scheme", ["signals3", "discrete9", "continuous1"])
def test_actions_of_choices_are_those_of_the_policy(scheme: str) -> None:
    ranking = ranked(scheme=scheme, seeds=1).ranking
    assert set(ranking["agreement"]) == {None}
    bought = ranking["target_weight"] > 0.0
    assert (ranking["action"] == "buy").equals(bought)
    assert ranking["probability"].min() > 1 / 9


@pytest.mark.parametrize("scheme", ["weights", "discrete9", "regimes12"])
def test_later_bars_change_not_one_byte(scheme: str) -> None:
    data = data_of(MARKET)
    ensemble = ensemble_of(MARKET, scheme=scheme)
    history = history_at_the_end(MARKET, scheme=scheme)
    now, then = (
        rank_symbols(ensemble, each, DAY, history=history, terms=TERMS)
        for each in (data, cut(data, DAY))
    )
    assert now.summary == then.summary
    assert now.ranking.write_csv() == then.ranking.write_csv()
    assert now.changes.write_csv() == then.changes.write_csv()


def weights_at(rolls: list[pl.DataFrame], day: date) -> list[float]:
    """The mean over seeds of what is held at the close of a day, in order of symbols."""
    held = [dict(roll.filter(date=day).select("symbol", "weight").iter_rows()) for roll in rolls]
    return [np.mean([each.get(name, 0.0) for each in held]) for name in MARKET.symbols]


@pytest.mark.parametrize("scheme", ["weights", "discrete9"])
def test_live_accounts_are_the_records_rolled_on(scheme: str) -> None:
    folds = record_of(MARKET, scheme=scheme)
    live = ensemble_of(MARKET, scheme=scheme)
    history = history_at_the_end(MARKET, scheme=scheme)
    for day in (MARKET.dates[OPENS - 1], DAY):
        found = rank_symbols(live, data_of(MARKET), day, history=history, terms=TERMS)
        rolls = []
        for seed in (0, 1):
            record = rolled_record(MARKET, folds, seed=seed)
            rolls.append(record.windows[-1].weights)
            if day == DAY:
                after = Stretch(Window(MARKET.dates[OPENS], MARKET.dates[131]),
                                live.members[seed].policy.orders, MARKET)  # fmt: skip
                rolled = roll_record(
                    [after], config=TERMS.money, warm_in_days=0, accounts=record.closing,
                    single_symbol=scheme == "discrete9",
                )  # fmt: skip
                rolls[-1] = rolled.windows[0].weights
        ranking = found.ranking.sort("symbol")
        assert max(weights_at(rolls, day)) > 0.0
        assert ranking["held_weight"].to_list() == pytest.approx(weights_at(rolls, day), abs=1e-12)
        opened = MARKET.dates[TESTED[0] - WARM_IN]
        assert found.summary["account"]["opens"] == str(opened)
        sessions = MARKET.dates.index(day) - TESTED[0] + WARM_IN + 1
        assert found.summary["account"]["sessions"] == sessions


def test_in_a_test_window_the_account_is_that_of_the_record() -> None:
    first, second = record_of(MARKET)
    scored = (first.fold, second.fold)
    rolls = [rolled_record(MARKET, [first, second], seed=seed) for seed in (0, 1)]
    cases = [
        (first, (), TESTED[0] - 1, [roll.warm_ins[0].weights for roll in rolls]),
        (first, (), TESTED[0] + 2, [roll.windows[0].weights for roll in rolls]),
        (second, (first,), TESTED[1] - 1, [roll.windows[0].weights for roll in rolls]),
        (second, (first,), TESTED[1] + 3, [roll.windows[1].weights for roll in rolls]),
    ]
    for ensemble, earlier, row, weights in cases:
        history = History(scored=scored, earlier=earlier)
        day = MARKET.dates[row]
        found = rank_symbols(ensemble, data_of(MARKET), day, history=history, terms=TERMS)
        held = found.ranking.sort("symbol")["held_weight"].to_list()
        assert held == pytest.approx(weights_at(weights, day), abs=1e-12), row
        assert found.summary["account"]["sessions"] == row - TESTED[0] + WARM_IN + 1


def test_the_account_decides_by_what_it_wants_less_what_it_holds() -> None:
    history = history_at_the_end(MARKET)
    found = rank_symbols(ensemble_of(MARKET), data_of(MARKET), DAY, history=history, terms=TERMS)
    ranking = found.ranking.sort("symbol")
    gap = ranking["account_target_weight"] - ranking["held_weight"]
    assert ranking["order_weight"].to_list() == pytest.approx((0.1 * gap).to_list(), abs=1e-12)
    for row, lean in zip(ranking.iter_rows(named=True), gap * 5, strict=True):
        side = "buy" if lean > 0.1 else "sell" if lean < -0.1 else "hold"
        assert row["account_action"] == side


def test_of_stored_accounts_the_symbols_that_were_known_are_kept() -> None:
    listed = np.ones((140, 5), dtype=bool)
    listed[:133, 2] = False
    tradable = MARKET.tradable.numpy() & listed
    arrays = (MARKET.open, MARKET.close, MARKET.features)
    late = market_of(*(array.numpy() for array in arrays), tradable)
    data = data_of(late, listed=listed)
    history = history_at_the_end(late)
    found = rank_symbols(ensemble_of(late), data, DAY, history=history, terms=TERMS)
    assert sorted(found.ranking["symbol"]) == ["S00", "S01", "S03", "S04"]
    assert found.summary["account"]["exposure"] > 0.5


def test_a_stored_account_of_another_date_is_refused() -> None:
    history = history_at_the_end(MARKET)
    other = {name: each._replace(day=MARKET.dates[OPENS - 2])
             for name, each in history.closing.items()}  # fmt: skip
    with pytest.raises(InputError, match="rerun with -R evaluate_agent"):
        rank_symbols(ensemble_of(MARKET), data_of(MARKET), DAY,
                     history=history._replace(closing=other), terms=TERMS)  # fmt: skip


def test_policies_without_a_record_have_flat_accounts() -> None:
    found = ranked()
    assert found.summary["account"]["sessions"] == 0
    assert found.summary["account"]["opens"] is None
    assert found.ranking["held_weight"].abs().max() == 0.0
    assert_frame_equal(
        found.ranking.select(a="target_weight", b="score"),
        found.ranking.select(a="account_target_weight", b="account_score"),
    )


def test_orders_keep_the_limits() -> None:
    limits = LimitConfig(position_cap=0.01, stop_loss=None, take_profit=None, max_trades=None)
    terms = replace(TERMS, money=money(limits=limits))
    day = MARKET.dates[OPENS - 1]
    found = rank_symbols(ensemble_of(MARKET), data_of(MARKET), day, terms=terms)
    assert found.ranking["order_weight"].max() <= 0.01 + 1e-12
    assert found.ranking["target_weight"].max() > 0.1


def test_a_symbol_without_a_bar_comes_last_on_hold_with_its_own_last_bar() -> None:
    listed = np.ones((140, 5), dtype=bool)
    listed[128:, 1] = False
    arrays = (MARKET.open, MARKET.close, MARKET.features)
    gappy = market_of(*(array.numpy() for array in arrays), listed)
    data = data_of(gappy, listed=listed)
    found = rank_symbols(ensemble_of(gappy), data, DAY, terms=TERMS)
    last = found.ranking.row(-1, named=True)
    assert (last["symbol"], last["action"], last["probability"]) == ("S01", "hold", 1.0)
    assert (last["last_bar"], last["stale_sessions"]) == (MARKET.dates[127], 3)
    assert (last["order_weight"], last["account_action"]) == (0.0, "hold")
    assert last["distance"] is None
    assert found.summary["stale"] == 1
    assert found.summary["tradable"] == 4


def test_ties_break_by_symbol() -> None:
    same = market_of(
        MARKET.open.numpy(), MARKET.close.numpy(), np.zeros(MARKET.features.shape),
        MARKET.tradable.numpy(),
    )  # fmt: skip
    ranking = ranked(same).ranking
    assert ranking["symbol"].to_list() == sorted(same.symbols)


def test_the_summary_adds_up() -> None:
    found = ranked(seeds=3)
    ranking = found.ranking
    summary = found.summary
    for part, column in (("flat", "action"), ("account", "account_action")):
        counts = {f"{side}s": (ranking[column] == side).sum() for side in ("buy", "hold", "sell")}
        assert {name: summary[part][name] for name in counts} == counts
    account = summary["account"]
    assert account["exposure"] == pytest.approx(ranking["held_weight"].sum())
    assert account["expected_turnover"] == pytest.approx(ranking["order_weight"].abs().sum())
    assert summary["policies"] == {f"seed_{seed}": f"{seed:064}" for seed in range(3)}


def test_the_digest_is_that_of_what_was_known() -> None:
    changed = data_of(MARKET)
    before = changed.at(DAY).digest()
    changed.panel.close[135, 0] *= 2.0
    assert changed.at(DAY).digest() == before
    changed.panel.close[3, 0] *= 1.0 + 1e-12
    assert changed.at(DAY).digest() != before


def test_threads_are_left_as_they_were() -> None:
    before = torch.get_num_threads()
    ranked()
    assert torch.get_num_threads() == before


def test_a_date_without_bars_later_policies_and_other_features_are_told() -> None:
    ensemble = ensemble_of(MARKET)
    data = data_of(MARKET)
    with pytest.raises(InputError, match="no bars on 2010-07-03: the last .* is 2010-07-02"):
        rank_symbols(ensemble, data, date(2010, 7, 3), terms=TERMS)
    earliest = MARKET.dates[OPENS - 1]
    with pytest.raises(InputError, match=f"to rank is the first session from {earliest} on"):
        rank_symbols(ensemble, data, MARKET.dates[110], terms=TERMS)
    more = random_walks(0, days=140, symbols=5, features=4)
    with pytest.raises(InputError, match="lack x3"):
        rank_symbols(ensemble_of(more), data, DAY, terms=TERMS)


def test_a_date_that_brought_a_bar_of_one_symbol_is_refused_and_the_next_is_ranked() -> None:
    listed = np.ones((140, 5), dtype=bool)
    listed[129, 1:] = False
    arrays = (MARKET.open, MARKET.close, MARKET.features)
    gappy = market_of(*(array.numpy() for array in arrays), listed)
    data = data_of(gappy, listed=listed)
    ensemble = ensemble_of(gappy)
    told = rf"1 of 5 symbols .* without one: S01, .* rank {MARKET.dates[128]}, or lower"
    with pytest.raises(InputError, match=told):
        rank_symbols(ensemble, data, MARKET.dates[129], terms=TERMS)
    assert rank_symbols(ensemble, data, MARKET.dates[130], terms=TERMS).ranking.height == 5
