"""How exactly matrices are multiplied: chosen, checked on this machine, and logged."""

import time

import torch

from walkforge.console import log_line

TOLERANCE = 1e-5  # of the largest entry; plain float32 is near 1e-6
SIZE = 256
REPEATS = 3
HALVES = {"bf16": torch.bfloat16, "fp16": torch.float16}


def choose_matmul(wanted: str, device: torch.device, *, tolerance: float = TOLERANCE) -> str:
    """Set torch's float32 matmul precision; keep `highest` where a cheaper one is inexact here.

    Args:
        wanted: highest, high or medium. device: where it is measured.
        tolerance: error, of the largest entry, above which it is inexact on a CPU.
    """
    torch.set_float32_matmul_precision(wanted)
    error = matmul_error(device)
    chosen = wanted
    if wanted != "highest" and device.type == "cpu" and error > tolerance:
        chosen = "highest"
        torch.set_float32_matmul_precision(chosen)
    log_line(f"matmul precision {chosen} (asked for {wanted}: error {error:.1e} on this machine)")
    return chosen


def check_passes(precision: str, device: torch.device) -> None:
    """Say in the log where passes of half precision are slower here than those of float32.

    A CPU without instructions for them takes many times as long.
    """
    if precision == "fp32":
        return
    half = matmul_seconds(device, HALVES[precision])
    ratio = half / matmul_seconds(device, torch.float32)
    told = "SLOWER: choose fp32" if ratio > 1.0 else "as meant"
    log_line(f"{precision} products take {ratio:.2f} x the time of float32 here: {told}")


def matmul_seconds(device: torch.device, dtype: torch.dtype) -> float:
    """The seconds of a product of square matrices, best of three."""
    left = torch.ones(SIZE, SIZE, device=device, dtype=dtype)
    best = float("inf")
    for _ in range(REPEATS):
        start = time.perf_counter()
        float((left @ left)[0, 0])
        best = min(best, time.perf_counter() - start)
    return best


def matmul_error(device: torch.device) -> float:
    """The largest error of a float32 product of random matrices, of its largest entry."""
    generator = torch.Generator().manual_seed(0)
    left, right = (
        torch.randn(SIZE, SIZE, generator=generator, dtype=torch.float64) for _ in range(2)
    )
    exact = left @ right
    found = (left.float().to(device) @ right.float().to(device)).cpu().double()
    return float((found - exact).abs().max() / exact.abs().max())
