"""Execution inputs: for each day of decision, what filling and marking its orders needs."""

import hashlib
from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from walkforge.errors import InputError
from walkforge.market.config import BPS, MarketConfig
from walkforge.market.market import Market

# S. Vigna, SplitMix64: https://prng.di.unimi.it/splitmix64.c (public domain).
_STEP = np.uint64(0x9E3779B97F4A7C15)
_MIX = (np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB))
_SHIFTS = (np.uint64(30), np.uint64(27), np.uint64(31))


class ExecutionInputs(NamedTuple):
    """Prices, masks and costs that B accounts meet on a day of decision, each [B, K].

    Attributes:
        close: at which orders are sized. fill: at which they fill. mark: the next close.
        buy, sell: commission, stamp duty, half spread and slippage, as a share of the value.
        impact: times value^1.5 is the cost of impact (simple: times value^1.5 / sqrt(equity)).
        slippage: the part of `buy` and `sell` that is slippage.
        tradable: bool, an order may be sent. fillable: bool, it can be filled.
        exit: the price at which what is gone is closed out.
        gone: bool, delisted or cut by the next close. None where no symbol of the market ever is.
    """

    close: Tensor
    fill: Tensor
    mark: Tensor
    buy: Tensor
    sell: Tensor
    impact: Tensor
    slippage: Tensor
    exit: Tensor
    tradable: Tensor
    fillable: Tensor
    gone: Tensor | None


class ExecutionTable:
    """The execution inputs of all days of a market: those of one are a gather away.

    Args:
        days: the fields of ExecutionInputs for all T - 1 days of decision, each [T - 1, K].
    """

    def __init__(self, days: ExecutionInputs) -> None:
        self.symbols = days.close.shape[1]
        # [T - 1, fields, K] for whole universes, [(T - 1) x K, fields] for single symbols.
        gone = torch.zeros_like(days.tradable) if days.gone is None else days.gone
        prices = [days.close, days.fill, days.mark]
        costs = [days.buy, days.sell, days.impact, days.slippage]
        numbers = torch.stack([*prices, *costs, days.exit], 1)
        masks = torch.stack([days.tradable, days.fillable, gone], 1)
        self._universe = numbers, masks
        self._single = tuple(each.transpose(1, 2).flatten(0, 1) for each in (numbers, masks))
        self._closes_out = bool(gone.any())

    def on(self, day: Tensor, symbol: Tensor | None = None) -> ExecutionInputs:
        """What B accounts meet on their days [B]: [B, K], or [B, 1] of one symbol each."""
        if symbol is None:
            numbers, masks = (each.index_select(0, day).unbind(1) for each in self._universe)
        else:
            place = day * self.symbols + symbol
            numbers, masks = (
                each.index_select(0, place).unsqueeze(1).unbind(-1) for each in self._single
            )
        found = ExecutionInputs(*numbers, *masks)
        return found if self._closes_out else found._replace(gone=None)


def execution_table(market: Market, config: MarketConfig) -> ExecutionTable:
    """The execution inputs of a market on all its days of decision.

    Raises:
        InputError: a price is not finite or not above 0; names date and symbol.
    """
    for name in ("open", "close"):
        _check_prices(market, name)
    now = slice(None, -1)
    following = slice(1, None)
    at_once = config.execution == "same_close"
    fill = {
        "open": market.open[following],
        "close": market.close[following],
        "same_close": market.close[now],
    }[config.execution]
    delisted = market.delisted[following]
    cut = market.cut[following]
    gone = delisted | cut
    # What is delisted loses the haircut; a step of price is nobody's gain and nobody's loss.
    mark = market.close[following]
    kept = torch.ones_like(mark).masked_fill(delisted & ~cut, 1.0 - config.delisting_haircut)
    open_to = market.tradable[now if at_once else following]
    costs = config.costs
    draws = slippage_draws(costs.slippage_seed, market.dates, market.symbols)
    drawn = torch.from_numpy(draws).to(market.device)[now if at_once else following]
    slippage = drawn * (costs.slippage_bps * BPS)
    both = (costs.commission_bps + costs.spread_bps / 2.0) * BPS
    impact, liquid = _impact(market, config)
    return ExecutionTable(
        ExecutionInputs(
            close=market.close[now],
            fill=fill,
            mark=mark,
            buy=slippage + (both + costs.stamp_duty_bps * BPS),
            sell=slippage + both,
            impact=impact,
            slippage=slippage,
            exit=mark * kept,
            tradable=market.tradable[now],
            fillable=open_to & liquid & (~gone | at_once),
            gone=gone,
        )
    )


def _impact(market: Market, config: MarketConfig) -> tuple[Tensor, Tensor]:
    """The coefficient of impact, and where there is volume to trade against, as of t."""
    costs = config.costs
    shape = market.close[:-1]
    everywhere = torch.ones_like(shape, dtype=torch.bool)
    if costs.impact != "square_root" or costs.impact_coefficient == 0.0:
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


def slippage_draws(seed: int, dates: Sequence[date], symbols: Sequence[str]) -> NDArray[np.float64]:
    """Uniform draws [T, K] in [0, 1), each a hash of seed, date and symbol alone.

    So no batch, order or resume changes them.
    """
    days = np.array([day.toordinal() for day in dates], dtype=np.uint64)
    names = np.array([_word(symbol) for symbol in symbols], dtype=np.uint64)
    start = _mixed(np.uint64(seed % 2**64))
    words = _mixed(_mixed(start ^ days)[:, None] ^ names[None, :])
    return (words >> np.uint64(11)).astype(np.float64) * 2.0**-53


def _word(symbol: str) -> int:
    """The first eight bytes of a symbol's SHA-256 as a number."""
    return int.from_bytes(hashlib.sha256(symbol.encode()).digest()[:8], "little")


def _mixed(words: NDArray[np.uint64] | np.uint64) -> NDArray[np.uint64]:
    """The words after one step of SplitMix64."""
    with np.errstate(over="ignore"):
        word = np.asarray(words + _STEP)
        for shift, factor in zip(_SHIFTS, _MIX, strict=False):
            word = (word ^ (word >> shift)) * factor
    return np.asarray(word ^ (word >> _SHIFTS[-1]))
