"""What a rollout did, as frames: daily figures, weights at each close, and every fill."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import polars as pl
import torch
from numpy.typing import NDArray
from torch import Tensor

from walkforge.market.config import MarketConfig
from walkforge.market.market import Market
from walkforge.market.simulator import Accounts, CostParts, Traded

Array = NDArray[np.float64]


class Record(NamedTuple):
    """One day of a rollout: accounts before, what was traded, costs of the fills [5, B, K]."""

    before: Accounts
    traded: Traded
    parts: Tensor


class Days(NamedTuple):
    """A rollout of R days over K symbols, sleeves added up.

    equity_before, equity_after, cash_before, cash_after: [R]. held, holdings: [R, K] in units,
    before and after the day.
    quantity, price, cost: of fills, and exit_quantity, exit_price: of forced exits, [R, K].
    parts: [5, R, K] the costs one by one.
    """

    equity_before: Array
    equity_after: Array
    cash_before: Array
    cash_after: Array
    held: Array
    holdings: Array
    quantity: Array
    price: Array
    cost: Array
    exit_quantity: Array
    exit_price: Array
    parts: Array


ORDERED = ("buy", "sell")  # sides of a ledger; the others are forced exits
NOTABLE = 0.01  # of an equal share: a fill above it is a decision, one below a correction
LEDGER_SCHEMA: dict[str, type[pl.DataType]] = {
    "date": pl.Date,
    "symbol": pl.String,
    "side": pl.String,
    "quantity": pl.Float64,
    "price": pl.Float64,
    "value": pl.Float64,
    **dict.fromkeys(CostParts._fields, pl.Float64),
    "cash_after": pl.Float64,
    "holding_after": pl.Float64,
}


def stacked(records: Sequence[Record]) -> Days:
    """The records of a rollout's days, one after another."""

    def total(of: list[Tensor]) -> Array:
        return torch.stack(of).sum(-1).cpu().numpy()

    def by_symbol(of: list[Tensor]) -> Array:
        return torch.stack([each.flatten() for each in of]).cpu().numpy()

    before = [record.before for record in records]
    after = [record.traded.accounts for record in records]
    fills = [record.traded.fills for record in records]
    exits = [record.traded.exits for record in records]
    return Days(
        equity_before=total([each.equity for each in before]),
        equity_after=total([each.equity for each in after]),
        cash_before=total([each.cash for each in before]),
        cash_after=total([each.cash for each in after]),
        held=by_symbol([each.holdings for each in before]),
        holdings=by_symbol([each.holdings for each in after]),
        quantity=by_symbol([each.quantity for each in fills]),
        price=by_symbol([each.price for each in fills]),
        cost=by_symbol([each.cost for each in fills]),
        exit_quantity=by_symbol([each.quantity for each in exits]),
        exit_price=by_symbol([each.price for each in exits]),
        parts=torch.stack([record.parts.flatten(1) for record in records], dim=1).cpu().numpy(),
    )


def daily_frame(
    days: Days, market: Market, rows: range, *, config: MarketConfig, base: float
) -> pl.DataFrame:
    """The daily frame of a rollout over these rows; equity is money over the base."""
    cost = days.cost.sum(axis=1)
    columns = {
        "equity": days.equity_after / base,
        "net_return": _share(days.equity_after, days.equity_before, nothing=1.0) - 1.0,
        "gross_return": _share(days.equity_after + cost, days.equity_before, nothing=1.0) - 1.0,
        "turnover": _share(np.abs(days.quantity * days.price).sum(axis=1), days.equity_before),
        "cost": _share(cost, days.equity_before),
        "cash_weight": _share(days.cash_after, days.equity_after),
        "effective_names": _effective_names(days.holdings * _rows_of(market.close, rows)),
        "selection": _selection(days, market, rows, config=config),
        "bought": _traded(days, +1.0),
        "sold": _traded(days, -1.0),
    }
    dates = pl.Series("date", [market.dates[row] for row in rows], dtype=pl.Date)
    return pl.DataFrame([dates, *(pl.Series(name, each) for name, each in columns.items())])


def _share(part: Array, whole: Array, *, nothing: float = 0.0) -> Array:
    """Part / whole; after a total loss, where the whole is 0, what is given for nothing."""
    return np.divide(part, whole, out=np.full_like(part, nothing), where=whole > 0.0)


def _traded(days: Days, side: float) -> Array:
    """The share of symbols [R] of which a notable amount was bought (+1) or sold (-1)."""
    value = side * _share(days.quantity * days.price, days.equity_before[:, None])
    return np.asarray((value * value.shape[1] > NOTABLE).mean(axis=1))


def _rows_of(values: Tensor, rows: range, *, lag: int = 0) -> NDArray[Any]:
    """What a market holds [T, K] for each of these rows, or as many before: [R, K]."""
    return values[rows.start - lag : rows.stop - lag].cpu().numpy()


def _effective_names(values: Array) -> Array:
    """Effective names [R], 1 / sum of squared shares, of values held [R, K]; 0 where nothing is."""
    squares = (values**2).sum(axis=1)
    return _share(values.sum(axis=1) ** 2, squares)


def _selection(days: Days, market: Market, rows: range, *, config: MarketConfig) -> Array:
    """What choosing symbols earned a day, gross, as a share of equity before it, [R].

    Of each leg, sum_k w_k r_k - (sum_k w_k) mean_k(r): w the values held where the leg begins, r
    the returns to where it ends, both legs relative to equity at the close before. With execution
    open one leg runs from the close before to the open (what was held), one from there to the
    close (what is held after the fills): an open that has left the close before is nobody's
    choice. Otherwise one runs from close to close. The mean is over symbols tradable at the
    decision; a delisted one earns its last close less the haircut, a cut one its last close, and
    both are out of the leg after.
    """
    before = _rows_of(market.close, rows, lag=1)
    close = _rows_of(market.close, rows)
    choice = _rows_of(market.tradable, rows, lag=1)
    cut = _rows_of(market.cut, rows)
    gone = _rows_of(market.delisted, rows) | cut
    kept = np.where(gone & ~cut, 1.0 - config.delisting_haircut, 1.0)
    if config.execution == "open":
        opening = _rows_of(market.open, rows)
        out = np.where(gone, close * kept, opening)
        overnight = _leg(days.held, before, out, choice=choice)
        money = overnight + _leg(days.holdings, opening, close, choice=choice & ~gone)
    else:
        at_once = config.execution == "same_close"
        held = days.holdings - days.exit_quantity if at_once else days.held
        money = _leg(held, before, close * kept, choice=choice)
    return _share(money, days.equity_before)


def _leg(held: Array, start: Array, end: Array, *, choice: NDArray[np.bool_]) -> Array:
    """The money [R] that units [R, K] earned beyond the mean return of the choice [R, K].

    0 where there was nothing to choose from.
    """
    returns = end / start - 1.0
    worth = held * start
    count = choice.sum(axis=1)
    mean = (returns * choice).sum(axis=1) / np.maximum(count, 1)
    earned = (worth * returns).sum(axis=1) - worth.sum(axis=1) * mean
    return np.where(count > 0, earned, 0.0)


def weights_frame(days: Days, market: Market, rows: range) -> pl.DataFrame:
    """The weights held at each close, long."""
    close = _rows_of(market.close, rows)
    equity = np.where(days.equity_after > 0.0, days.equity_after, np.inf)
    weights = days.holdings * close / equity[:, None]
    day, symbol = np.nonzero(weights)
    dates = pl.Series(market.dates, dtype=pl.Date).gather(day + rows.start)
    names = pl.Series(market.symbols, dtype=pl.String).gather(symbol)
    return pl.DataFrame({"date": dates, "symbol": names, "weight": weights[day, symbol]})


def ledger_frame(days: Days, market: Market, rows: range, *, config: MarketConfig) -> pl.DataFrame:
    """Every fill in the order in which cash moved; cash runs along.

    Of one day's, forced exits come first, then sales, then purchases. With execution same_close
    fills bear the date of the decision, and exits come after them.
    """
    at_once = config.execution == "same_close"
    exits = _events(days.exit_quantity, days.exit_price, np.zeros_like(days.parts))
    cut = _rows_of(market.cut, rows)[exits["day"], exits["symbol"]]
    fills = _events(days.quantity, days.price, days.parts)
    side = pl.when(pl.col("quantity") > 0.0).then(pl.lit("buy")).otherwise(pl.lit("sell"))
    events = pl.concat(
        [
            exits.with_columns(
                side=pl.Series(np.where(cut, "cut", "delisted"), dtype=pl.String),
                place=pl.lit(2 if at_once else -1),
            ),
            fills.with_columns(side=side, place=(pl.col("quantity") > 0.0).cast(pl.Int32)),
        ]
    ).sort("day", "place", "symbol")
    costs = pl.sum_horizontal(CostParts._fields)
    paid = (pl.col("quantity") * pl.col("price") + costs).cum_sum().over("day")
    # What still comes on that day for the same symbol: an exit after a purchase at the same close.
    later = pl.col("quantity").cum_sum(reverse=True).over("day", "symbol") - pl.col("quantity")
    ordered = pl.col("side").is_in(ORDERED)
    fill_day = pl.col("day") - (ordered & at_once).cast(pl.Int64)
    known = events.with_columns(
        cash_after=pl.Series(days.cash_before).gather(events["day"]) - paid,
        holding_after=pl.Series(days.holdings[events["day"], events["symbol"]]) - later,
        value=(pl.col("quantity") * pl.col("price")).abs(),
        quantity=pl.col("quantity").abs(),
        row=fill_day + rows.start,
    )
    dates = pl.Series(market.dates, dtype=pl.Date).gather(known["row"])
    names = pl.Series(market.symbols, dtype=pl.String).gather(known["symbol"])
    return known.with_columns(date=dates, symbol=names).select(
        pl.col(name).cast(kind) for name, kind in LEDGER_SCHEMA.items()
    )


def _events(quantity: Array, price: Array, parts: Array) -> pl.DataFrame:
    """Day, symbol, quantity, price and costs where the quantity [R, K] is not 0."""
    day, symbol = np.nonzero(quantity)
    costs = {name: parts[place][day, symbol] for place, name in enumerate(CostParts._fields)}
    return pl.DataFrame(
        {
            "day": day.astype(np.int64),
            "symbol": symbol.astype(np.int64),
            "quantity": quantity[day, symbol],
            "price": price[day, symbol],
            **costs,
        }
    )
