"""The market on a device: what prices and features were, whatever the agent does."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import torch
from torch import Tensor

from walkforge.errors import InputError, nearest
from walkforge.features.panel import Panel
from walkforge.splits.windows import Window

TENSORS = (
    "features", "open", "close", "daily_value", "volatility", "momentum", "tradable", "delisted",
    "cut",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Market:
    """Bars and features of all symbols on one device.

    Attributes:
        features: [T, K, F] float32, unscaled; 0 where not tradable.
        open, close: [T, K] float64; the last close where a symbol has no bar or is cut.
        daily_value: [T, K] float64; mean traded value of the last 20 bars, 0 without a bar.
        volatility: [T, K] float64; deviation of the last 20 daily log returns, 0 without a bar.
        momentum: [T, K] float64; close over that of 20 bars ago, less 1; 0 where younger.
        tradable: [T, K] bool; the symbol has a bar that can be traded and complete features.
        delisted: [T, K] bool; the first date after bars that end for good: no symbol can be held
            through it.
        cut: [T, K] bool; the first date after a step of price: no symbol can be held through it,
            and no return counts from its close on to the next.
        dates: T dates. symbols: K names. feature_names, kinds: F each.
    """

    features: Tensor
    open: Tensor
    close: Tensor
    daily_value: Tensor
    volatility: Tensor
    momentum: Tensor
    tradable: Tensor
    delisted: Tensor
    cut: Tensor
    dates: tuple[date, ...]
    symbols: tuple[str, ...]
    feature_names: tuple[str, ...]
    kinds: tuple[str, ...]

    @property
    def device(self) -> torch.device:
        """The device that holds the tensors."""
        return self.close.device

    def map(self, function: Callable[[Tensor], Tensor]) -> "Market":
        """The market with a function applied to each of its tensors."""
        changed: dict[str, Any] = {name: function(getattr(self, name)) for name in TENSORS}
        return replace(self, **changed)

    def to(self, device: torch.device | str) -> "Market":
        """The market on a device."""
        return self.map(lambda values: values.to(device))

    def rows(self, window: Window) -> range:
        """The row numbers of the dates inside a window."""
        return range(bisect_left(self.dates, window.start), bisect_left(self.dates, window.end))

    def until(self, day: date) -> "Market":
        """The market cut after a date: nothing later can be read from it.

        Raises:
            InputError: the date is before the first bar.
        """
        stop = bisect_right(self.dates, day)
        if stop == 0:
            raise InputError(f"{day} is before the first bar, {self.dates[0]}")
        return replace(self.map(lambda values: values[:stop]), dates=self.dates[:stop])

    def of_columns(self, places: Sequence[int]) -> "Market":
        """The market of the symbols in these columns, in this order."""
        chosen = torch.tensor(places, dtype=torch.int64, device=self.device)
        return replace(
            self.map(lambda values: values.index_select(1, chosen)),
            symbols=tuple(self.symbols[place] for place in places),
        )

    def with_features(self, names: Sequence[str]) -> "Market":
        """The market with these of its features alone, in the order given.

        Nothing else differs, `tradable` included: it asks for all features of the stored tensor.

        Raises:
            InputError: a feature is not in the market; names it and the nearest that is.
        """
        if tuple(names) == self.feature_names:
            return self
        places = {name: place for place, name in enumerate(self.feature_names)}
        for name in names:
            if name not in places:
                raise InputError(
                    f"feature {name!r} is not in the market, the nearest is "
                    f"{nearest(name, places)!r}: add it to features.select"
                )
        chosen = [places[name] for name in names]
        return replace(
            self,
            features=self.features[..., torch.tensor(chosen, device=self.device)],
            feature_names=tuple(names),
            kinds=tuple(self.kinds[place] for place in chosen),
        )

    def without(self, left_out: Sequence[range]) -> "Market":
        """The market with nothing known of some rows: no symbol trades, each price is 1."""
        if not left_out:
            return self
        gone = torch.zeros(len(self.dates), dtype=torch.bool, device=self.device)
        for rows in left_out:
            gone[rows.start : rows.stop] = True

        def filled(values: Tensor, *, value: float = 0.0) -> Tensor:
            return values.masked_fill(gone.reshape(-1, *[1] * (values.dim() - 1)), value)

        prices: dict[str, Any] = {
            name: filled(getattr(self, name), value=1.0) for name in ("open", "close")
        }
        return replace(self.map(filled), **prices)

    def equal_weight_returns(self) -> Tensor:
        """Gross returns [T] from the close before, equal over symbols; 0 at the first.

        A symbol counts when it is tradable on both days.
        """
        both = self.tradable[1:] & self.tradable[:-1]
        change = torch.where(both, self.close[1:] / self.close[:-1] - 1.0, 0.0)
        mean = change.sum(dim=1) / both.sum(dim=1).clamp(min=1)
        return torch.cat([mean.new_zeros(1), mean])


def market_of(panel: Panel, *, device: torch.device) -> Market:
    """A panel's bars and features on a device; features are 0 where a symbol is not tradable."""
    tensors: dict[str, Any] = {name: torch.from_numpy(getattr(panel, name)) for name in TENSORS}
    market = Market(
        **tensors,
        dates=panel.dates,
        symbols=panel.symbols,
        feature_names=panel.feature_names,
        kinds=panel.kinds,
    ).to(device)
    complete = torch.where(market.tradable.unsqueeze(-1), market.features, 0.0)
    return replace(market, features=complete)
