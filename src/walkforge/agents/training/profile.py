"""Where the time of a training goes, and how much of the machine's arithmetic it reaches."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import nn

PARTS = ("environment", "forward", "update")
PEAK_SIZE = 1_024
PEAK_REPEATS = 5
PEAK_SECONDS = 1.0


class Profile:
    """Seconds by part: environment (observations and trades), forward (acting), update.

    Args:
        device: what does the work of the parts. precision: of the passes through the network.
    """

    def __init__(self, device: torch.device, *, precision: torch.dtype = torch.float32) -> None:
        self.device = device
        self.precision = precision
        self.seconds = dict.fromkeys(PARTS, 0.0)
        self._start = time.perf_counter()

    @contextmanager
    def measure(self, part: str) -> Iterator[None]:
        """Add the time of a block to a part.

        A GPU is waited for at both ends: it would do the work of one block in the time of another.
        """
        _wait(self.device)
        start = time.perf_counter()
        yield
        _wait(self.device)
        self.seconds[part] += time.perf_counter() - start

    def elapsed(self) -> float:
        """The seconds since the training began."""
        return time.perf_counter() - self._start

    def table(self, total: float, *, steps: int, flops: float, peak: float) -> dict[str, Any]:
        """Seconds and shares by part, steps a second, and the share of the peak reached.

        Args:
            total: seconds of the training. steps: environment steps in that time.
            flops: of all passes through the network.
            peak: floating-point operations a second of a large matrix product.
        """
        parts = {part: self.seconds[part] for part in PARTS}
        parts["other"] = max(total - sum(parts.values()), 0.0)
        busy = parts["forward"] + parts["update"]
        return {
            "seconds": total,
            "steps": steps,
            "steps_per_second": steps / total,
            "parts": parts,
            "peak_gigaflops": peak / 1e9,
            "share_of_peak": flops / busy / peak if busy > 0.0 else 0.0,
        }


def matmul_peak(device: torch.device, *, dtype: torch.dtype = torch.float32) -> float:
    """The floating-point operations a second of a square matrix product.

    The best of five, or the first where that takes over a second: half precision on a CPU that has
    no instructions for it.
    """
    left = torch.ones(PEAK_SIZE, PEAK_SIZE, device=device, dtype=dtype)
    best = float("inf")
    for _ in range(PEAK_REPEATS):
        _wait(device)
        start = time.perf_counter()
        left @ left
        _wait(device)
        best = min(best, time.perf_counter() - start)
        if best > PEAK_SECONDS:
            break
    return 2.0 * PEAK_SIZE**3 / best


def network_flops(network: nn.Module, *, symbols: int, forward: int, backward: int) -> float:
    """The operations of so many forward passes, and passes there and back, of accounts.

    Two for each weight of a linear layer and row it is applied to; a gradient costs twice that.
    """
    each = 0.0
    for name, module in network.named_modules():
        if isinstance(module, nn.Linear):
            rows = symbols if "encoder" in name or "symbol" in name else 1
            each += 2.0 * module.weight.numel() * rows
    return each * (forward + 3.0 * backward)


def _wait(device: torch.device) -> None:
    """Wait until a GPU has finished what it was given."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
