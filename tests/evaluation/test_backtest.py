"""A backtest keeps to the limits of its terms, in every fill, and says which were in force."""

from collections.abc import Iterator
from dataclasses import asdict, replace

import pytest

from rankable import policy_of
from walkforge.errors import InputError
from walkforge.evaluation.backtest import Backtest, backtest, backtest_window
from walkforge.market.market import Market
from walkforge.reporting.pages.backtest import backtest_html
from walkforge.splits.windows import Window
from worlds import NO_LIMITS, money, random_walks

CASH = 1e6
CAP = 0.25
STOP = 0.04
PROFIT = 0.06
TRADES = 40
BASELINES = {
    "baselines": ["cash", "regime_momentum"], "lookback_days": 20, "rebalance_days": 5,
    "ranker_kappa": 0.1,
}  # fmt: skip
Held = dict[str, tuple[float, float]]  # units and average price paid, by symbol


@pytest.fixture(scope="module")
def market() -> Market:
    return random_walks(21, days=120)


def window_of(market: Market) -> Window:
    return Window(market.dates[25], market.dates[-1])


def rolled(market: Market, **limits: float) -> Backtest:
    """The backtest of a policy with strong opinions, free of cost."""
    terms = money(cash=CASH, limits=replace(NO_LIMITS, **limits))
    settings = {"baselines": BASELINES, "market": asdict(terms), "warm_in_days": 0}
    return backtest(policy_of(market), market, window=window_of(market), terms=settings)


def nights(found: Backtest, market: Market) -> Iterator[tuple[Held, dict[str, float], Held]]:
    """Yield what was held at each close, the closes, and what was held after the next fills."""
    held: Held = {}
    for day, after in zip(market.dates[24:], market.dates[25:-1], strict=False):
        row = market.dates.index(day)
        closes = dict(zip(market.symbols, market.close[row].tolist(), strict=True))
        before = held
        held = dict(held)
        for fill in found.rollout.ledger.filter(date=after).rows(named=True):
            units, paid = held.get(fill["symbol"], (0.0, 0.0))
            if fill["side"] == "buy":
                paid = (units * paid + fill["value"]) / (units + fill["value"] / fill["price"])
            held[fill["symbol"]] = (fill["holding_after"], paid)
        yield before, closes, held


def left_open(found: Backtest, market: Market, *, fall: float, rise: float) -> tuple[int, int]:
    """How often a close left the price paid by so much, and how often it was held on."""
    asked = kept = 0
    for before, closes, after in nights(found, market):
        for symbol, (units, paid) in before.items():
            out = closes[symbol] <= paid * (1.0 - fall) or closes[symbol] >= paid * (1.0 + rise)
            if units > 1e-9 and out:
                asked += 1
                kept += after[symbol][0] > 1e-9
    return asked, kept


def largest_order(found: Backtest, market: Market) -> float:
    """The largest weight that a purchase was ordered to reach, at prices of its decision."""
    daily = found.rollout.daily
    equity = dict(zip(daily["date"], [CASH, *(CASH * daily["equity"])], strict=False))
    weights = []
    for fill in found.rollout.ledger.filter(side="buy").rows(named=True):
        row = market.dates.index(fill["date"])
        close = market.close[row - 1, market.symbols.index(fill["symbol"])].item()
        weights.append(fill["holding_after"] * close / equity[fill["date"]])
    return max(weights)


def bought_after(found: Backtest, *, fills: int) -> int:
    """How many purchases there were on dates after that of fill number `fills`."""
    ledger = found.rollout.ledger.sort("date", maintain_order=True)
    last = ledger["date"][fills - 1]
    return ledger.filter((ledger["date"] > last) & (ledger["side"] == "buy")).height


def test_no_order_goes_beyond_the_cap_of_a_position(market: Market) -> None:
    free = rolled(market)
    capped = rolled(market, position_cap=CAP)
    assert largest_order(free, market) > 1.2 * CAP
    assert largest_order(capped, market) <= CAP * (1.0 + 1e-9)
    # Prices move after the fill: a weight may pass the cap by that, and no more.
    assert capped.rollout.weights["weight"].max() < 1.15 * CAP


@pytest.mark.parametrize(
    ("limits", "fall", "rise"),
    [({"stop_loss": STOP}, STOP, 1e9), ({"take_profit": PROFIT}, 1.0, PROFIT)],
    ids=["stop_loss", "take_profit"],
)
def test_what_left_the_price_paid_is_sold_whole(
    market: Market, limits: dict[str, float], fall: float, rise: float
) -> None:
    asked, kept = left_open(rolled(market), market, fall=fall, rise=rise)
    assert kept > asked / 2 > 3
    asked, kept = left_open(rolled(market, **limits), market, fall=fall, rise=rise)
    assert asked > 3
    assert kept == 0


def test_an_account_only_sells_after_its_last_trade(market: Market) -> None:
    assert bought_after(rolled(market), fills=TRADES) > 10
    assert bought_after(rolled(market, max_trades=TRADES), fills=TRADES) == 0


def test_limits_are_those_of_the_baselines_too(market: Market) -> None:
    free, capped = (
        each.metrics.filter(strategy="regime_momentum")["exposure"][0]
        for each in (rolled(market), rolled(market, position_cap=0.1))
    )
    assert free > 0.95
    assert capped < 0.45


def page(found: Backtest, market: Market, **limits: float) -> str:
    terms = {"market": asdict(money(limits=replace(NO_LIMITS, **limits))), "warm_in_days": 0}
    return backtest_html(found.metrics, window=window_of(market), training=None, terms=terms)


def test_the_page_says_which_limits_were_in_force(market: Market) -> None:
    found = rolled(market)
    said = page(found, market, position_cap=0.25, max_trades=40)
    assert "position_cap 0.25, max_trades 40" in said
    assert "stop_loss" not in said
    assert "market.limits" not in page(found, market)


def given(**section: str | None) -> dict[str, object]:
    return {
        "backtest": {"start": None, "end": None} | section,
        "holdout": {"start": None, "end": None},
        "warm_in_days": 30,
    }


def test_the_window_leaves_room_for_the_warm_in(market: Market) -> None:
    late = replace(market, tradable=market.tradable.clone())
    late.tradable[:10] = False
    window = backtest_window(given(), late)
    assert window.start == market.dates[10 + 1 + 30]
    early = str(market.dates[40])
    with pytest.raises(InputError, match=f"{early} is before {market.dates[41]}.*30 sessions"):
        backtest_window(given(start=early), late)
    late.tradable[:95] = False
    with pytest.raises(InputError, match="within 30 sessions of warm-in.*evaluation.warm_in_days"):
        backtest_window(given(), late)


def test_policy_and_baselines_come_from_their_warm_in_into_the_window(market: Market) -> None:
    terms = {"baselines": BASELINES, "market": asdict(money(cash=CASH)), "warm_in_days": 20}
    late = Window(market.dates[60], market.dates[-1])
    found = backtest(policy_of(market), market, window=late, terms=terms)
    assert found.rollout.daily["date"][0] == market.dates[60]
    assert found.rollout.daily["cash_weight"][0] < 0.2  # 0.9^20 of the way is left
    assert found.rollout.daily["turnover"][0] < 0.2
    longer = Window(market.dates[40], late.end)
    whole = backtest(policy_of(market), market, window=longer, terms=terms | {"warm_in_days": 0})
    assert found.rollout.daily["net_return"].to_list() == pytest.approx(
        whole.rollout.daily["net_return"].to_list()[20:], abs=1e-12
    )
