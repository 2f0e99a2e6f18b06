"""The simulator once more, in plain Python: one account, one day after another, no tensors.

Meant to be read from top to bottom: what the batched simulator is held against. It shares no
arithmetic with it, the hash of the slippage included.
"""

import hashlib
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

from walkforge.market.config import MarketConfig
from walkforge.market.market import Market

DUST = 1e-9
_WORD = 2**64


class PlainFill(NamedTuple):
    """One execution: side, units, price, and what it cost in all."""

    symbol: int
    side: str
    units: float
    price: float
    cost: float


@dataclass
class PlainAccount:
    """Cash, units held and average prices paid by symbol, value at the last close."""

    cash: float
    held: list[float]
    paid: list[float]
    equity: float
    trades: int = 0
    realised: float = 0.0  # of the last day
    fills: list[PlainFill] = field(default_factory=list)  # of the last day

    def weights(self, close: list[float]) -> list[float]:
        """The weights of the symbols at these closes, and of cash."""
        values = [units * price for units, price in zip(self.held, close, strict=True)]
        return [value / max(self.equity, DUST) for value in [*values, self.cash]]


def open_plain(symbols: int, cash: float) -> PlainAccount:
    """An account that holds cash alone."""
    return PlainAccount(cash, [0.0] * symbols, [0.0] * symbols, cash)


class _Day:
    """Where and on what terms orders of the close of a row fill."""

    def __init__(self, market: Market, row: int, config: MarketConfig) -> None:
        self.market = market
        self.row = row
        self.config = config
        self.at_once = config.execution == "same_close"
        self.fill_row = row if self.at_once else row + 1
        prices = market.open if config.execution == "open" else market.close
        self.prices: list[float] = prices[self.fill_row].tolist()
        self.cut: list[bool] = market.cut[row + 1].tolist()
        delisted: list[bool] = market.delisted[row + 1].tolist()
        self.gone = [over or cut for over, cut in zip(delisted, self.cut, strict=True)]

    def _needs_volume(self) -> bool:
        """Whether impact has no price without volume."""
        costs = self.config.costs
        return costs.impact == "square_root" and costs.impact_coefficient > 0.0

    def fillable(self, k: int) -> bool:
        """Whether an order for a symbol can be filled."""
        liquid = float(self.market.daily_value[self.row, k]) > 0.0
        return (
            bool(self.market.tradable[self.fill_row, k])
            and (self.at_once or not self.gone[k])
            and (liquid or not self._needs_volume())
        )


def plain_day(
    account: PlainAccount, wanted: list[float], market: Market, row: int, config: MarketConfig
) -> PlainAccount:
    """The account a day later: ordered at the close of `row`, marked at the next close.

    Args:
        account: at the close of `row`. wanted: weights to order, cash last.
        market, row, config: where, when, and on what terms.
    """
    day = _Day(market, row, config)
    close, marks = (market.close[each].tolist() for each in (row, row + 1))
    after = PlainAccount(
        account.cash, [*account.held], [*account.paid], account.equity, account.trades
    )
    orders = _orders(account, _limited(account, wanted, close, config), market, row)
    orders = {k: units for k, units in orders.items() if day.fillable(k)}
    if day.at_once:
        _fill(after, orders, day)
        _exit(after, day, marks)
    else:
        _exit(after, day, marks)
        _fill(after, orders, day)
    after.equity = after.cash + sum(u * p for u, p in zip(after.held, marks, strict=True))
    return after


def _limited(
    account: PlainAccount, wanted: list[float], close: list[float], config: MarketConfig
) -> list[float]:
    """The wanted weights of symbols within the limits."""
    limits = config.limits
    now = account.weights(close)
    kept = []
    for k, weight in enumerate(wanted[:-1]):
        allowed = weight
        if limits.position_cap is not None:
            allowed = min(allowed, limits.position_cap)
        if account.held[k] > 0.0:
            if limits.stop_loss is not None:
                stop = account.paid[k] * (1.0 - limits.stop_loss)
                allowed = 0.0 if close[k] <= stop else allowed
            if limits.take_profit is not None:
                take = account.paid[k] * (1.0 + limits.take_profit)
                allowed = 0.0 if close[k] >= take else allowed
        if limits.max_trades is not None and account.trades >= limits.max_trades:
            allowed = min(allowed, now[k])
        kept.append(allowed)
    return kept


def _orders(
    account: PlainAccount, weights: list[float], market: Market, row: int
) -> dict[int, float]:
    """Units to buy (above 0) or sell by symbol."""
    orders = {}
    for k, weight in enumerate(weights):
        price = float(market.close[row, k])
        units = weight * account.equity / price - account.held[k]
        if bool(market.tradable[row, k]) and abs(units * price) > DUST * account.equity:
            orders[k] = units
    return orders


def _exit(account: PlainAccount, day: _Day, marks: list[float]) -> None:
    """Sell what is held of delisted symbols, less the haircut, and of cut ones, in full."""
    for k, over in enumerate(day.gone):
        if over and account.held[k] > 0.0:
            lost = 0.0 if day.cut[k] else day.config.delisting_haircut
            price = marks[k] * (1.0 - lost)
            account.cash += account.held[k] * price
            account.realised += account.held[k] * (price - account.paid[k])
            account.fills.append(
                PlainFill(k, "cut" if day.cut[k] else "delisted", account.held[k], price, 0.0)
            )
            account.held[k] = account.paid[k] = 0.0


def _fill(account: PlainAccount, orders: dict[int, float], day: _Day) -> None:
    """Sell, then buy with what cash there is."""
    for k, units in orders.items():
        if units < 0.0 and account.held[k] > 0.0:
            _sell(account, k, min(-units, account.held[k]), day)
    wanted = {k: units * day.prices[k] for k, units in orders.items() if units > 0.0}
    bill = sum(value + _cost(value, k, account, day, buying=True) for k, value in wanted.items())
    share = min(1.0, max(account.cash, 0.0) / bill) if bill > 0.0 else 0.0
    for k, value in wanted.items():
        if share > DUST:
            _buy(account, k, share * value, day)


def _sell(account: PlainAccount, k: int, units: float, day: _Day) -> None:
    """Sell units of a symbol."""
    price = day.prices[k]
    charge = _cost(units * price, k, account, day, buying=False)
    account.cash += units * price - charge
    account.realised += units * (price - account.paid[k]) - charge
    account.held[k] -= units
    account.trades += 1
    account.fills.append(PlainFill(k, "sell", units, price, charge))
    if account.held[k] <= 0.0:
        account.paid[k] = 0.0


def _buy(account: PlainAccount, k: int, value: float, day: _Day) -> None:
    """Buy a symbol for a value, before costs."""
    units = value / day.prices[k]
    charge = _cost(value, k, account, day, buying=True)
    account.cash -= value + charge
    whole = account.held[k] + units
    account.paid[k] = (account.held[k] * account.paid[k] + value) / whole
    account.held[k] = whole
    account.trades += 1
    account.fills.append(PlainFill(k, "buy", units, day.prices[k], charge))


def _cost(value: float, k: int, account: PlainAccount, day: _Day, *, buying: bool) -> float:
    """What a traded value costs: commission, stamp duty, spread, slippage, impact."""
    costs = day.config.costs
    market = day.market
    when = market.dates[day.fill_row].toordinal()
    drawn = plain_draw(costs.slippage_seed, when, market.symbols[k])
    bps = costs.commission_bps + costs.spread_bps / 2.0 + drawn * costs.slippage_bps
    if buying:
        bps += costs.stamp_duty_bps
    rate = bps * 1e-4
    if costs.impact == "square_root":
        share = value / float(market.daily_value[day.row, k])
        rate += costs.impact_coefficient * float(market.volatility[day.row, k]) * math.sqrt(share)
    if costs.impact == "simple":
        rate += costs.impact_coefficient * math.sqrt(value / max(account.equity, DUST))
    return min(value * rate, value)


def plain_draw(seed: int, day: int, symbol: str) -> float:
    """The slippage's draw in [0, 1) of a date and symbol."""
    name = int.from_bytes(hashlib.sha256(symbol.encode()).digest()[:8], "little")
    word = _mixed(_mixed(_mixed(seed % _WORD) ^ day) ^ name)
    return (word >> 11) * 2.0**-53


def _mixed(word: int) -> int:
    """A word after one step of SplitMix64."""
    word = (word + 0x9E3779B97F4A7C15) % _WORD
    word = ((word ^ (word >> 30)) * 0xBF58476D1CE4E5B9) % _WORD
    word = ((word ^ (word >> 27)) * 0x94D049BB133111EB) % _WORD
    return word ^ (word >> 31)


def plain_rollout(
    decide: Callable[[list[float], int], list[float]],
    market: Market,
    rows: range,
    *,
    config: MarketConfig,
) -> list[PlainAccount]:
    """The account at the close of each row, opened in cash at the close before the first.

    Args:
        decide: gives weights to order from current weights and the row of the decision.
        market, rows, config: where, when, and on what terms.
    """
    account = open_plain(len(market.symbols), config.initial_cash)
    days = []
    for row in rows:
        now = account.weights(market.close[row - 1].tolist())
        account = plain_day(account, decide(now, row - 1), market, row - 1, config)
        days.append(account)
    return days
