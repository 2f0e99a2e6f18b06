"""How exactly matrices are multiplied: chosen, checked on this machine, and logged."""

import torch

from walkforge.console import log_line

TOLERANCE = 1e-5  # of the largest entry; plain float32 is near 1e-6
SIZE = 256


def choose_matmul(wanted: str, device: torch.device) -> str:
    """Set torch's float32 matmul precision; keep `highest` where a cheaper one is inexact here.

    Args:
        wanted: highest, high or medium. device: where it is measured.
    """
    torch.set_float32_matmul_precision(wanted)
    error = matmul_error(device)
    chosen = wanted
    if wanted != "highest" and device.type == "cpu" and error > TOLERANCE:
        chosen = "highest"
        torch.set_float32_matmul_precision(chosen)
    log_line(f"matmul precision {chosen} (asked for {wanted}: error {error:.1e} on this machine)")
    return chosen


def matmul_error(device: torch.device) -> float:
    """Return the largest error of a float32 product of random matrices, of its largest entry."""
    chance = torch.Generator().manual_seed(0)
    left, right = (torch.randn(SIZE, SIZE, generator=chance, dtype=torch.float64) for _ in range(2))
    exact = left @ right
    found = (left.float().to(device) @ right.float().to(device)).cpu().double()
    return float((found - exact).abs().max() / exact.abs().max())
