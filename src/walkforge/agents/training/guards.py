"""Stops a training whose losses, gradients or parameters are not finite."""

import torch
from torch import Tensor, nn

from walkforge.errors import InputError


class DivergedError(InputError):
    """A loss, gradient or parameter is not finite."""


def check_parameters(network: nn.Module) -> None:
    """Look at the parameters, before they act or are saved.

    Raises:
        DivergedError: one is not finite.
    """
    if not all(bool(torch.isfinite(each).all()) for each in network.parameters()):
        raise DivergedError("parameters are NaN or infinite")


class Guard:
    """Counts steps whose loss or gradients are not finite; stops at the `patience`-th.

    No such step is taken. On a CPU each is looked at before. A GPU leaves it out by itself (see
    Stepper) and is asked once after each roll-out's updates, so that no step waits for an answer;
    with a patience above 1 it is asked at every step.
    """

    def __init__(self, patience: int) -> None:
        self.patience = patience
        self.bad = 0
        self._pending: Tensor | None = None

    def sound(self, figure: Tensor) -> bool:
        """Whether a step may be taken; a GPU with a patience of 1 is asked later.

        Raises:
            DivergedError: it is the `patience`-th that may not.
        """
        wrong = ~torch.isfinite(figure)
        if figure.is_cuda and self.patience == 1:
            self._pending = wrong if self._pending is None else self._pending | wrong
            return True
        if bool(wrong):
            self._count()
            return False
        return True

    def settle(self) -> None:
        """Look at what a GPU was not asked for yet.

        Raises:
            DivergedError: something was not finite.
        """
        pending = self._pending
        self._pending = None
        if pending is not None and bool(pending):
            self._count()

    def _count(self) -> None:
        """Count a bad step, and stop when there are enough."""
        self.bad += 1
        if self.bad >= self.patience:
            raise DivergedError(
                f"loss or gradients are NaN or infinite in {self.bad} gradient "
                f"step{'s' if self.bad > 1 else ''} (nan_patience {self.patience})"
            )
