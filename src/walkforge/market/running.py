"""Mean and standard deviation of values that come in parts, on any device."""

from collections.abc import Mapping
from typing import Any

import torch
from numpy.typing import NDArray
from torch import Tensor

from walkforge.errors import InputError

ROUNDING = 1e-12  # of the mean: values that differ by less are taken as equal


class RunningMeanStd:
    """Mean and population standard deviation of all values seen so far, entry by entry.

    Equal to NumPy's over everything at once, in float64.

    Source: T. F. Chan, G. H. Golub and R. J. LeVeque, Updating formulae and a pairwise algorithm
    for computing sample variances (1979).

    Args:
        shape: of one value. device: of the statistics; values are brought there.
    """

    def __init__(self, shape: tuple[int, ...], *, device: torch.device | None = None) -> None:
        self.mean = torch.zeros(shape, dtype=torch.float64, device=device)
        self.squares = torch.zeros_like(self.mean)
        self.count = 0

    def update(self, values: Tensor | NDArray[Any]) -> None:
        """Take in values [N, *shape]."""
        batch = torch.as_tensor(values, device=self.mean.device).double()
        count = len(batch)
        if count == 0:
            return
        mean = batch.mean(dim=0)
        apart = mean - self.mean
        total = self.count + count
        within = (batch - mean).square().sum(dim=0)
        between = apart.square() * (self.count * count / total)
        self.squares = self.squares + within + between
        self.mean = self.mean + apart * (count / total)
        self.count = total

    @property
    def std(self) -> Tensor:
        """The population standard deviation; 1 before any value, or where all are equal."""
        deviation = (self.squares / max(self.count, 1)).sqrt()
        return torch.where(deviation > ROUNDING * self.mean.abs(), deviation, 1.0)

    def state(self) -> dict[str, Tensor]:
        """What must be saved."""
        count = torch.full((), self.count, dtype=torch.float64)
        return {"mean": self.mean.clone(), "squares": self.squares.clone(), "count": count}

    def load(self, state: Mapping[str, Tensor]) -> None:
        """Take over a saved state.

        Raises:
            InputError: it is of another shape, or holds no numbers.
        """
        kept = {name: torch.as_tensor(state[name]).double() for name in self.state()}
        if kept["mean"].shape != self.mean.shape or kept["squares"].shape != self.mean.shape:
            found = tuple(kept["mean"].shape)
            own = tuple(self.mean.shape)
            raise InputError(f"statistics of shape {found} do not fit {own}")
        if not all(bool(torch.isfinite(each).all()) for each in kept.values()):
            raise InputError("statistics hold NaN or infinite values")
        count = float(kept["count"])
        if bool((kept["squares"] < 0.0).any()) or count < 0.0 or not count.is_integer():
            raise InputError("statistics hold a negative sum of squares, or no whole count")
        device = self.mean.device
        self.mean, self.squares = (kept[name].to(device).clone() for name in ("mean", "squares"))
        self.count = int(count)
