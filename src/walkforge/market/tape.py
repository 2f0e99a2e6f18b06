"""The market as the simulator reads it: for each day of decision what filling and marking need."""

from typing import NamedTuple

import torch
from torch import Tensor

from walkforge.errors import InputError
from walkforge.market.config import BPS, MarketConfig
from walkforge.market.market import Market
from walkforge.market.slippage import slippage_draws


class Tape(NamedTuple):
    """Prices, masks and costs by day of decision; [T - 1, K], or those of B accounts [B, K].

    Attributes:
        close: at which orders are sized. fill: at which they fill. mark: the next close.
        tradable: bool, an order may be sent. fillable: bool, it can be filled.
        gone: bool, delisted by the next close: what is held is closed out at `mark`.
        buy, sell: commission, stamp duty, half spread and slippage, as a share of the value.
        impact: times value^1.5 is the cost of impact (simple: times value^1.5 / sqrt(equity)).
        slippage: the part of `buy` and `sell` that is slippage.
    """

    close: Tensor
    fill: Tensor
    mark: Tensor
    tradable: Tensor
    fillable: Tensor
    gone: Tensor
    buy: Tensor
    sell: Tensor
    impact: Tensor
    slippage: Tensor

    def on(self, day: Tensor, symbol: Tensor | None = None) -> "Tape":
        """Return what B accounts meet on their days [B]: [B, K], or [B, 1] of one symbol each."""
        if symbol is None:
            return Tape(*(column[day] for column in self))
        return Tape(*(column[day, symbol].unsqueeze(-1) for column in self))


def tape_of(market: Market, config: MarketConfig) -> Tape:
    """Return the tape of a market.

    Raises:
        InputError: a price is not finite or not above 0; names date and symbol.
    """
    for name in ("open", "close"):
        _check_prices(market, name)
    now, following = slice(None, -1), slice(1, None)
    at_once = config.execution == "same_close"
    fill = {
        "open": market.open[following],
        "close": market.close[following],
        "same_close": market.close[now],
    }[config.execution]
    gone = market.delisted[following]
    open_to = market.tradable[now if at_once else following]
    costs = config.costs
    draws = slippage_draws(costs.slippage_seed, market.dates, market.symbols)
    drawn = torch.from_numpy(draws).to(market.device)[now if at_once else following]
    slippage = drawn * (costs.slippage_bps * BPS)
    both = (costs.commission_bps + costs.spread_bps / 2.0) * BPS
    impact, liquid = _impact(market, config)
    return Tape(
        close=market.close[now],
        fill=fill,
        mark=market.close[following],
        tradable=market.tradable[now],
        fillable=open_to & liquid & (~gone | at_once),
        gone=gone,
        buy=slippage + (both + costs.stamp_duty_bps * BPS),
        sell=slippage + both,
        impact=impact,
        slippage=slippage,
    )


def _impact(market: Market, config: MarketConfig) -> tuple[Tensor, Tensor]:
    """Return the coefficient of impact, and where there is volume to trade against, as of t."""
    costs, shape = config.costs, market.close[:-1]
    everywhere = torch.ones_like(shape, dtype=torch.bool)
    if costs.impact != "square_root":
        share = costs.impact_coefficient if costs.impact == "simple" else 0.0
        return torch.full_like(shape, share), everywhere
    traded = market.daily_value[:-1]
    liquid = traded > 0.0
    size = costs.impact_coefficient * market.volatility[:-1] / traded.sqrt()
    return torch.where(liquid, size, 0.0), liquid


def _check_prices(market: Market, name: str) -> None:
    """Raise unless every price of one kind is a finite number above 0."""
    prices = getattr(market, name)
    sound = torch.isfinite(prices) & (prices > 0.0)
    if not bool(sound.all()):
        row, column = (~sound).nonzero()[0].tolist()
        raise InputError(
            f"{name} of {market.symbols[column]!r} on {market.dates[row]} is "
            f"{float(prices[row, column])}: a price must be a finite number above 0"
        )
