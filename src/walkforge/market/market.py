"""The market on a device: what prices and features were, whatever the agent does."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

import torch
from torch import Tensor

from walkforge.errors import InputError, nearest
from walkforge.features.panel import Panel
from walkforge.splits.windows import Window


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
        """Return the device that holds the tensors."""
        return self.close.device

    def rows(self, window: Window) -> range:
        """Return the row numbers of the dates inside a window."""
        return range(bisect_left(self.dates, window.start), bisect_left(self.dates, window.end))

    def until(self, day: date) -> "Market":
        """Return the market cut after a date: nothing later can be read from it.

        Raises:
            InputError: the date is before the first bar.
        """
        stop = bisect_right(self.dates, day)
        if stop == 0:
            raise InputError(f"{day} is before the first bar, {self.dates[0]}")
        return Market(
            features=self.features[:stop],
            open=self.open[:stop],
            close=self.close[:stop],
            daily_value=self.daily_value[:stop],
            volatility=self.volatility[:stop],
            momentum=self.momentum[:stop],
            tradable=self.tradable[:stop],
            delisted=self.delisted[:stop],
            cut=self.cut[:stop],
            dates=self.dates[:stop],
            symbols=self.symbols,
            feature_names=self.feature_names,
            kinds=self.kinds,
        )

    def with_features(self, names: Sequence[str]) -> "Market":
        """Return the market with these of its features alone, in the order given.

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
        """Return the market with nothing known of some rows: no symbol trades, each price is 1."""
        if not left_out:
            return self
        gone = torch.zeros(len(self.dates), 1, dtype=torch.bool, device=self.device)
        for rows in left_out:
            gone[rows.start : rows.stop] = True
        return replace(
            self,
            features=self.features.masked_fill(gone.unsqueeze(-1), 0.0),
            open=self.open.masked_fill(gone, 1.0),
            close=self.close.masked_fill(gone, 1.0),
            daily_value=self.daily_value.masked_fill(gone, 0.0),
            volatility=self.volatility.masked_fill(gone, 0.0),
            momentum=self.momentum.masked_fill(gone, 0.0),
            tradable=self.tradable.masked_fill(gone, False),
            delisted=self.delisted.masked_fill(gone, False),
            cut=self.cut.masked_fill(gone, False),
        )

    def equal_weight_returns(self) -> Tensor:
        """Return [T]: the gross return from the close before, equal over symbols; 0 at the first.

        A symbol counts when it is tradable on both days.
        """
        both = self.tradable[1:] & self.tradable[:-1]
        change = torch.where(both, self.close[1:] / self.close[:-1] - 1.0, 0.0)
        mean = change.sum(dim=1) / both.sum(dim=1).clamp(min=1)
        return torch.cat([mean.new_zeros(1), mean])


def market_of(panel: Panel, *, device: torch.device) -> Market:
    """Return a panel's bars and features on a device."""
    tradable = torch.from_numpy(panel.tradable).to(device)
    features = torch.from_numpy(panel.features).to(device)
    return Market(
        features=torch.where(tradable.unsqueeze(-1), features, 0.0),
        open=torch.from_numpy(panel.open).to(device),
        close=torch.from_numpy(panel.close).to(device),
        daily_value=torch.from_numpy(panel.daily_value).to(device),
        volatility=torch.from_numpy(panel.volatility).to(device),
        momentum=torch.from_numpy(panel.momentum).to(device),
        tradable=tradable,
        delisted=torch.from_numpy(panel.delisted).to(device),
        cut=torch.from_numpy(panel.cut).to(device),
        dates=panel.dates,
        symbols=panel.symbols,
        feature_names=panel.feature_names,
        kinds=panel.kinds,
    )
