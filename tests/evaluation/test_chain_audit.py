"""The audit of the chain finds leaks planted in any stage, and nothing in what is clean."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import polars as pl
import pytest
import torch

from schemes_and_rewards import SCHEMES
from walkforge.agents.account_scaler import account_scaler
from walkforge.agents.policy import Policy, make_network
from walkforge.agents.scaler import fit_scaler
from walkforge.data.bars import check_bars
from walkforge.errors import InputError
from walkforge.evaluation.chain import (
    Chain,
    Ground,
    Run,
    changed_bars,
    closed_bars,
    cut_bars,
    opened_bars,
    record,
)
from walkforge.evaluation.chain_audit import audit_chain
from walkforge.evaluation.fill_audit import fill_prices
from walkforge.evaluation.leaks import check_chain, found_frame
from walkforge.evaluation.policies import roll_policy
from walkforge.features.audit import AuditConfig
from walkforge.features.panel import build_panel
from walkforge.market.market import market_of
from walkforge.market.plan import filled_rows
from walkforge.market.rollout import rollout
from walkforge.reporting.pages.chain import chain_html
from walkforge.splits.windows import Window
from worlds import money, walking_bars, weekdays

DAYS = weekdays(150)
WINDOW = Window(DAYS[60], DAYS[110])
CONFIG = AuditConfig(symbols=4, cuts=2, last_rows=2, compared_symbols=1)
DENSE = AuditConfig(symbols=4, cuts=1, last_rows=25, compared_symbols=1)
COSTS = money(
    cash=1e6, commission_bps=10.0, slippage_bps=5.0, impact="square_root", impact_coefficient=1.0
)


@pytest.fixture(scope="module")
def bars() -> pl.DataFrame:
    """Four symbols: one with holes, one listed late, one whose bars end in the window."""
    place = pl.int_range(pl.len())
    parts = [walking_bars(i, name, DAYS) for i, name in enumerate(("A<b>", "B", "C", "D"))]
    parts[1] = parts[1].filter(~place.is_in([70, 71, 104]))
    parts[2] = parts[2].slice(15)
    parts[3] = parts[3].head(97)
    return check_bars(pl.concat(parts))


RETURN = pl.col("close") / pl.col("close").shift(1) - 1.0


def features_of(*columns: pl.Expr) -> Callable[[pl.DataFrame], pl.DataFrame]:
    named = [each.over("symbol").alias(f"x{i}") for i, each in enumerate(columns)]
    return lambda bars: bars.select("date", "symbol", *named)


CLEAN = (RETURN, pl.col("close") / pl.col("close").rolling_mean(10) - 1.0)


def lay(bars, features):
    panel = build_panel(bars, features, kinds=("number", "number"))
    return market_of(panel, device=torch.device("cpu"))


def chain(*, features=features_of(*CLEAN), market=lay, execution="open") -> Chain:  # noqa: B008
    return Chain(features=features, market=market, execution=execution, history=40)


def simple(seen):
    """Hold more of what rose today, a part of the way from what is held."""
    scores = (20.0 * seen.features[..., 0].double()).masked_fill(~seen.tradable, -torch.inf)
    cash = torch.full_like(scores[..., :1], -1.0)
    return 0.5 * seen.weights + 0.5 * torch.softmax(torch.cat([scores, cash], dim=-1), dim=-1)


def rolling(*, see=None, act=None, trade=None, over=None, after=None, config=COSTS):
    """What rolls a policy whose observation, order, market or result is tampered with.

    act is what the policy does, trade what the simulator makes of it.
    """

    def roll(market, window, watch):
        rows = filled_rows(market, window)
        day = iter(range(rows.start - 1, rows.stop - 1))
        now = [0]

        def decide(seen):
            order = simple(seen)
            return order if act is None else act(order, market, now[0], rows)

        watched = watch(decide)

        def shown(seen):
            now[0] = next(day)
            order = watched(seen if see is None else see(seen, market, now[0], rows))
            return order if trade is None else trade(order, market, now[0])

        ground = market if over is None else over(market, rows)
        rolled = rollout(shown, ground, window, config=config)
        return rolled if after is None else after(rolled, market, window)

    return roll


def audited(bars, *, of=None, roll=None, config=CONFIG, window=WINDOW):
    runs = [Run("an<i>agent", "fold_1", window, roll or rolling())]
    return found_frame(audit_chain(bars, of or chain(), runs, config=config))


def own_rows(seen, market, row, rows):
    features = seen.features.clone()
    features[0] = market.features[row]
    return seen._replace(features=features)


def tomorrow(seen, market, row, rows):
    return seen._replace(features=market.features[row + 1][None])


def one_symbol(seen, market, row, rows):
    features = seen.features.clone()
    features[0, 2, 0] = market.close[row + 1, 2] / market.close[row, 2]
    return seen._replace(features=features)


def whole_window(seen, market, row, rows):
    known = market.features[rows.start : rows.stop]
    return seen._replace(features=seen.features - known.mean(dim=(0, 1)))


def account_over_window(seen, market, row, rows):
    spread = market.equal_weight_returns()[rows.start : rows.stop].abs().mean()
    return seen._replace(weights=seen.weights * (1.0 + spread))


def trades_tomorrow(seen, market, row, rows):
    features = seen.features.clone()
    features[..., 1] = market.tradable[row + 1]
    return seen._replace(features=features)


def momentum_of_tomorrow(seen, market, row, rows):
    return seen._replace(factors=seen.factors._replace(momentum=market.momentum[[row + 1]]))


def at(chosen, leak):
    """A leak that strikes on some rows alone."""
    return lambda seen, market, row, rows: (
        leak(seen, market, row, rows) if chosen(row, rows) else seen
    )


OBSERVATIONS = {
    "features of tomorrow": tomorrow,
    "tomorrow's return of one symbol": one_symbol,
    "features less their mean over the window": whole_window,
    "account state scaled over the window": account_over_window,
    "whether it trades tomorrow": trades_tomorrow,
    "momentum of tomorrow": momentum_of_tomorrow,
    "features of tomorrow at the window's end": at(
        lambda row, rows: row >= rows.stop - 3, tomorrow
    ),
}


def toward_winner(order, market, row, rows):
    risen = (market.close[row + 1] / market.close[row]).argmax()
    other = 0.9 * order
    other[0, risen] += 0.1
    return other


def sign_of_one(order, market, row, rows):
    other = order.clone()
    other[0, 1] += 0.01 * (market.close[row + 1, 1] > market.close[row, 1])
    return other


def pace_by_volume(order, market, row, rows):
    return order * (1.0 - 0.1 * torch.sigmoid(market.daily_value[row + 1].sum() / 1e9))


def out_before_falls(order, market, row, rows):
    future = market.close[row : min(row + 6, len(market.dates))]
    return order if float(future[-1].sum()) > float(future[0].sum()) else 0.0 * order


ORDERS = {
    "toward tomorrow's winner": toward_winner,
    "one symbol by the sign of tomorrow's return": sign_of_one,
    "at a pace of tomorrow's volume": pace_by_volume,
    "in cash before falls of a week": out_before_falls,
}


def moved(name, by, *, columns=slice(None)):
    """A market of which one tensor is another row's, for some symbols."""

    def over(market, rows):
        values = getattr(market, name).clone()
        values[:, columns] = getattr(market, name).roll(by, 0)[:, columns]
        return replace(market, **{name: values})

    return over


def marked_later(rolled, market, window):
    rows = filled_rows(market, window)
    change = [
        float(market.close[min(row + 1, len(market.dates) - 1)].sum() / market.close[row].sum())
        for row in rows
    ]
    daily = rolled.daily.with_columns(equity=pl.col("equity") * pl.Series(change))
    return rolled._replace(daily=daily)


def marked_once(rolled, market, window):
    """Mark one day of the newest 25 with the close after it."""
    once = pl.col("date") == DAYS[91]
    later = marked_later(rolled, market, window).daily["equity"]
    equity = pl.when(once).then(later).otherwise(pl.col("equity"))
    return rolled._replace(daily=rolled.daily.with_columns(equity=equity))


def smoothed(rolled, market, window):
    mean = pl.col("net_return") - pl.col("net_return").mean()
    return rolled._replace(daily=rolled.daily.with_columns(net_return=mean))


def honest_ledger_past_fills(rolled, market, window):
    same = rollout(simple, market, window, config=replace(COSTS, execution="same_close"))
    return rolled._replace(daily=same.daily)


def only_what_rises(market, rows):
    """Let orders fill where the close of that day is above its open."""
    return replace(market, tradable=market.tradable & (market.close > market.open))


def best_of_the_day(order, market, row):
    """Buy what will have risen most from the open, at which it is bought, to the close."""
    risen = market.close[row + 1] / market.open[row + 1] * market.tradable[row]
    other = torch.zeros_like(order)
    other[0, risen.argmax()], other[0, -1] = 0.99, 0.01
    return other


COST_PARTS = ("commission", "stamp_duty", "spread", "slippage", "impact")


def waived_where_it_rises(rolled, market, window):
    """Take back the costs of fills below the close of their day."""
    closes = pl.concat(
        pl.DataFrame({"date": market.dates, "symbol": name, "close": market.close[:, k].numpy()})
        for k, name in enumerate(market.symbols)
    )
    known = rolled.ledger.join(closes, on=["date", "symbol"], maintain_order="left")
    rises = pl.col("close") > pl.col("price")
    waived = pl.when(rises).then(pl.sum_horizontal(COST_PARTS)).otherwise(0.0)
    free = known.with_columns(
        *(pl.when(rises).then(0.0).otherwise(pl.col(name)).alias(name) for name in COST_PARTS),
        cash_after=pl.col("cash_after") + waived.cum_sum(),
    )
    back = known.group_by("date").agg(back=waived.sum() / COSTS.initial_cash)
    daily = rolled.daily.join(back, on="date", how="left", maintain_order="left").with_columns(
        equity=pl.col("equity") + pl.col("back").fill_null(0.0).cum_sum()
    )
    return rolled._replace(daily=daily.drop("back"), ledger=free.drop("close"))


NEXT_CLOSES = {
    "fills alone where the day of the fill rises": {"over": only_what_rises},
    "the best of the day of the fill instead of the order": {"trade": best_of_the_day},
    "no cost where the day of the fill rises": {"after": waived_where_it_rises},
}


@pytest.mark.parametrize("name", NEXT_CLOSES)
def test_fills_that_know_the_close_of_their_day_are_found_by_the_next_close_alone(bars, name):
    found = audited(bars, roll=rolling(**NEXT_CLOSES[name]))
    leaks = found.filter(pl.col("leaks") > 0)
    assert leaks.select("stage", "check").rows() == [("execution", "next close")]
    assert leaks["date"].to_list() == [DAYS[67]]  # of the fill after the first cut
    with pytest.raises(InputError, match="fills otherwise where that date closes otherwise"):
        check_chain(found)


EQUITY = {
    "cost by the volume of next week": {"over": moved("daily_value", -5)},
    "cost by a later volatility, of one symbol": {"over": moved("volatility", -2, columns=0)},
    "marked with the close after": {"after": marked_later},
    "returns less their mean over the window": {"after": smoothed},
}
EXECUTIONS = {
    "filled at the open before": {"over": moved("open", 1)},
    "filled at the close of the decision": {"config": replace(COSTS, execution="same_close")},
    "filled at the next close": {"config": replace(COSTS, execution="close")},
    "one symbol filled at the open before": {"over": moved("open", 1, columns=2)},
    "past fills, and a ledger that hides them": {"after": honest_ledger_past_fills},
}
PLANTS = {
    **{("observation", name): rolling(see=leak) for name, leak in OBSERVATIONS.items()},
    **{("order", name): rolling(act=leak) for name, leak in ORDERS.items()},
    **{("equity", name): rolling(**leak) for name, leak in EQUITY.items()},
    **{("execution", name): rolling(**leak) for name, leak in EXECUTIONS.items()},
}


@pytest.mark.parametrize(("stage", "name"), PLANTS)
def test_a_planted_leak_is_found_in_its_stage_and_stops_the_run(bars, stage, name):
    found = audited(bars, roll=PLANTS[stage, name])
    assert found.filter(pl.col("stage") == stage)["leaks"].sum() > 0
    told = rf"LEAK: .*an<i>agent, fold_1, {stage} \(.*\): '.+' on 2010-\d\d-\d\d "
    with pytest.raises(InputError, match=told):
        check_chain(found)


ONCE = {
    "observation": rolling(see=at(lambda row, rows: row % 25 == 7, one_symbol)),
    "order": rolling(
        act=lambda order, market, row, rows: (
            sign_of_one(order, market, row, rows) + 0.001 * float(market.close[row + 1, 0]) / 1e3
            if row % 25 == 7
            else order
        )
    ),
    "equity": rolling(after=marked_once),
}


@pytest.mark.parametrize("stage", ONCE)
def test_a_leak_on_one_row_in_as_many_as_the_last_rows_is_found(bars, stage):
    found = audited(bars, roll=ONCE[stage], config=DENSE)
    leaks = found.filter(pl.col("leaks") > 0)
    assert (stage, "last row") in set(leaks.select("stage", "check").iter_rows())


def masked_before_falls(bars, features):
    market = lay(bars, features)
    rises = market.close.roll(-1, 0) > 0.98 * market.close
    return replace(market, tradable=market.tradable & rises)


LATER = pl.col("close").shift(-1) / pl.col("close") - 1.0
MARKETS = {
    "tomorrow's return among the features": chain(features=features_of(LATER, CLEAN[1])),
    "features scaled by all of history": chain(
        features=features_of(RETURN / RETURN.std(), CLEAN[1])
    ),
    "a centred mean among the features": chain(
        features=features_of(RETURN, pl.col("close").rolling_mean(5, center=True))
    ),
    "momentum of another day, of one symbol": chain(
        market=lambda bars, features: moved("momentum", -1, columns=1)(lay(bars, features), None)
    ),
    "masked where tomorrow falls": chain(market=masked_before_falls),
}


@pytest.mark.parametrize("name", MARKETS)
def test_a_leak_between_bars_and_market_is_found_as_seen(bars, name):
    found = audited(bars, of=MARKETS[name])
    assert found.filter(pl.col("stage") == "observation")["leaks"].sum() > 0


def policy_of(name: str, market) -> Policy:
    scheme = SCHEMES[name]
    settings = {"hidden": [8], "separate_critic": False, "score_gain": 1.0, "initial_std": 1.0}
    fields = {key: getattr(scheme, key) for key in getattr(scheme, "__slots__", ())}
    agent = {
        "algorithm": {"normalise_account": True},
        "network": {"name": "shared_mlp", **settings},
        "scheme": {"name": name, **fields},
    }
    torch.manual_seed(3)
    network = make_network(agent, fit_scaler(market, range(20, 60)))
    account_scaler(network).scale.fill_(0.5)  # as if learned
    return Policy(
        agent=agent,
        network=network,
        scheme=scheme,
        feature_names=market.feature_names,
        kinds=market.kinds,
    )


@pytest.mark.parametrize("name", ["weights", "discrete9", "regimes12"])
def test_frozen_policies_pass(bars, name):
    whole = chain()
    policy = policy_of(name, whole.market(bars, whole.features(bars)))
    roll = lambda market, window, watch: roll_policy(  # noqa: E731
        policy, market, window, config=COSTS, watch=watch
    )
    found = check_chain(audited(bars, roll=roll))
    compared = {(row["stage"], row["check"]): row["compared"] for row in found.to_dicts()}
    stages = ("observation", "order", "equity")
    checks = ("cut", "changed future", "last row", "next open", "next close")
    assert all(compared[stage, check] > 0 for stage in stages for check in checks)
    assert compared["execution", "fill price"] > 0
    assert compared["execution", "next open"] == 1
    assert compared["execution", "next close"] > 0


@pytest.mark.parametrize("execution", ["close", "same_close"])
def test_fills_at_a_close_pass_where_they_are_said_to_be_and_at_the_open_do_not(bars, execution):
    roll = rolling(config=replace(COSTS, execution=execution))
    assert audited(bars, of=chain(execution=execution), roll=roll)["leaks"].sum() == 0
    found = audited(bars, of=chain(execution=execution))
    wrong = found.filter((pl.col("stage") == "execution") & (pl.col("leaks") > 0))
    assert wrong["check"].to_list() == ["fill price", "next open"]


@pytest.mark.parametrize(("factor", "wrong"), [(1.0 + 1e-11, 0), (1.0 + 1e-7, 1), (0.98, 1)])
def test_a_fill_beside_the_price_of_its_bar_is_found_however_near(bars, factor, wrong):
    whole = chain()
    features = whole.features(bars)
    ground = Ground(bars=bars, features=features, market=whole.market(bars, features), rows=WINDOW)
    base = record(rolling(), ground.market, WINDOW)
    row = pl.int_range(pl.len()) == 3
    price = pl.when(row & (pl.col("side") != "delisted")).then(pl.col("price") * factor)
    ledger = base.rolled.ledger.with_columns(price=price.otherwise("price"))
    found = fill_prices(ground, whole, base._replace(rolled=base.rolled._replace(ledger=ledger)))
    assert found.leaks == wrong


def test_a_policy_that_never_trades_has_no_fill_to_check(bars):
    found = check_chain(audited(bars, roll=rolling(act=lambda order, *_: cash_alone(order))))
    counts = found.filter(pl.col("stage") == "execution")["compared"].to_list()
    assert counts == [0, 0, 0]


def cash_alone(order):
    return torch.cat([0.0 * order[:, :-1], torch.ones_like(order[:, -1:])], dim=-1)


def test_clean_chains_pass_on_every_date_and_more_symbols_than_asked_for_are_left_out(bars):
    found = check_chain(audited(bars, config=replace(DENSE, symbols=2)))
    observed = found.filter((pl.col("stage") == "observation") & (pl.col("check") == "last row"))
    decisions = sum(i % 5 + 1 for i in range(25))
    entries = 2 * 2 + 3 + 2 + 3 * 2  # features, weights, tradable, factors of two symbols
    assert observed["compared"].to_list() == [decisions * entries]


def test_whether_bars_have_ended_for_good_is_no_leak_while_nobody_can_know(bars):
    just_ended = Window(DAYS[60], DAYS[103])  # D's last bar is six sessions before the last cut
    again = walking_bars(7, "D", DAYS).slice(120).with_columns(segment=pl.lit(1, pl.Int32))
    come_back = check_bars(pl.concat([bars, again]))  # counted as ended when the last cut is made
    for those, window, days in ((bars, just_ended, 2), (come_back, WINDOW, 0)):
        found = check_chain(audited(those, window=window, config=replace(CONFIG, cuts=1)))
        equity = found.filter((pl.col("stage") == "equity") & (pl.col("check") == "cut"))
        assert equity["compared"].to_list() == [days * 10]


def test_the_worst_leak_is_told_by_date_symbol_and_size(bars):
    day = DAYS[109]  # the last decision's fill: its close is shown a day early

    def leak(seen, market, row, rows):
        if market.dates[row + 1] != day:
            return seen
        return one_symbol(seen, market, row, rows)

    found = audited(bars, roll=rolling(see=leak), config=replace(CONFIG, cuts=1, last_rows=1))
    row = found.row(by_predicate=(pl.col("stage") == "observation") & (pl.col("check") == "cut"),
                    named=True)  # fmt: skip
    assert (row["date"], row["place"], row["leaks"]) == (DAYS[108], "C", 1)
    last = bars.filter((pl.col("symbol") == "C") & (pl.col("date") == DAYS[108]))["close"][0]
    following = bars.filter((pl.col("symbol") == "C") & (pl.col("date") == day))["close"][0]
    made_up = {"A<b>": 1.07, "B": 1.0, "C": 0.93}["C"]  # spread evenly over three traded symbols
    assert row["size"] == pytest.approx(abs(following / last - made_up), abs=1e-6)
    assert row["told"] == f"changes by {row['size']}"


def test_what_follows_a_cut_is_changed_and_stays_sound(bars):
    cut = DAYS[80]
    following = DAYS[81]
    known = pl.col("date") <= cut
    for other in (
        cut_bars(bars, cut, following=following),
        changed_bars(bars, cut),
        opened_bars(bars, following, "B"),
        closed_bars(bars, following),
    ):
        check_bars(other)
        assert other.filter(known).equals(bars.filter(known))
        both = bars.join(other, on=["date", "symbol"], suffix="_other").filter(~known)
        assert (both["high"] != both["high_other"]).any()
    assert cut_bars(bars, cut, following=following)["date"].max() == following
    opened = opened_bars(bars, following, "B")
    assert (opened.to_numpy() != bars.to_numpy()).any(axis=1).sum() == 1


def test_a_date_that_closes_otherwise_keeps_its_opens_and_turns(bars):
    day = DAYS[81]
    flat = bars.with_columns(close=pl.when(symbol="B").then("open").otherwise("close"))
    for before in (bars, flat):
        other = closed_bars(before, day)
        here = pl.col("date") == day
        assert other.filter(~here).equals(before.filter(~here))
        assert other["open"].equals(before["open"])
        rows = zip(before.filter(here).to_dicts(), other.filter(here).to_dicts(), strict=True)
        for old, new in rows:
            first, second = (each["close"] / each["open"] for each in (old, new))
            assert second == pytest.approx(1 / first if first != 1 else 1.02)
            assert all(new[name] != old[name] for name in ("high", "low", "close", "volume"))


def test_the_page_counts_and_escapes(bars):
    page = chain_html(audited(bars, roll=rolling(see=one_symbol)))
    assert "an&lt;i&gt;agent" in page
    assert "<i>" not in page
    assert "values compared, of 1 pairs of agent and fold" in page


def test_symbols_of_other_times_are_left_out_and_a_window_needs_bars_before_it(bars):
    young = walking_bars(9, "E", DAYS).filter(pl.col("date") >= DAYS[80])
    gone = walking_bars(8, "F", DAYS).head(30)
    more = pl.concat([bars, young, gone])
    assert audited(more).equals(audited(bars))
    with pytest.raises(InputError, match="no symbol has bars before 2010-01-01"):
        found_frame(audit_chain(
            bars.filter(pl.col("date") >= WINDOW.start), chain(),
            [Run("a", "fold_1", WINDOW._replace(start=date(2010, 1, 1)), rolling())],
            config=CONFIG,
        ))  # fmt: skip
