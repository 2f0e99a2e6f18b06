"""The 85 indicators against the library ta, in one run: `python benchmarks/indicators.py`.

500 symbols x 5 years of seeded random walks. Computing alone is from the bars frame to the
feature frame; the whole job starts Python, imports, computes, and writes the parquet of features
and the market tensor, as rules compute_features and build_market do. ta.add_all_ta_features is
timed on 20 symbols and extrapolated to all. Medians of three; ta once.
"""

import datetime as dt
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path

import numpy as np
import polars as pl

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "src"))

from walkforge.features.catalogue import CATALOGUE  # noqa: E402
from walkforge.features.compute import compute_features  # noqa: E402

SYMBOLS = 500
YEARS = 5
DAYS_A_YEAR = 252
TA_SYMBOLS = 20
REPEATS = 3

WHOLE_JOB = """
import os, sys
from pathlib import Path
import polars as pl
from walkforge.features.catalogue import CATALOGUE
from walkforge.features.compute import compute_features, kinds
from walkforge.features.panel import build_panel, names_content, tensor_content
from walkforge.frames import parquet_content
from walkforge.provenance import write_artifacts
folder = Path(sys.argv[1])
bars = pl.read_parquet(folder / "bars.parquet")
features = compute_features(bars, list(CATALOGUE), threads=os.cpu_count() or 1)
write_artifacts("bench", {folder / "features.parquet": parquet_content(features)})
panel = build_panel(bars, features, kinds=kinds(features.columns[2:]))
tensor, names = folder / "m.safetensors", folder / "m.json"
write_artifacts("bench", {tensor: tensor_content(panel), names: names_content(panel)})
"""


def random_bars(symbols: int, years: int) -> pl.DataFrame:
    """A bars frame of seeded random walks."""
    generator = np.random.default_rng(0)
    count = years * DAYS_A_YEAR
    close = 50 * np.exp(np.cumsum(generator.normal(0, 0.02, (symbols, count)), axis=1))
    opening = close * np.exp(generator.normal(0, 0.01, close.shape))
    reach = np.exp(np.abs(generator.normal(0, 0.01, (2, *close.shape))))
    start = dt.date(2000, 1, 3)
    columns = {
        "date": [start + dt.timedelta(days=i) for i in range(count)] * symbols,
        "symbol": np.repeat([f"S{i:04d}" for i in range(symbols)], count),
        "open": opening.ravel(),
        "high": (np.maximum(opening, close) * reach[0]).ravel(),
        "low": (np.minimum(opening, close) / reach[1]).ravel(),
        "close": close.ravel(),
        "volume": np.exp(generator.normal(13, 0.5, close.shape)).ravel(),
    }
    masks = {"adjusted": pl.lit(value=True), "tradable": pl.lit(value=True)}
    parts = {"segment": pl.lit(0, pl.Int32), "cut": pl.lit(value=False)}
    return pl.DataFrame(columns).with_columns(**masks, **parts)


def seconds_of_ours(bars: pl.DataFrame) -> float:
    """The median seconds from bars frame to feature frame."""
    times = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        compute_features(bars, list(CATALOGUE), threads=os.cpu_count() or 1)
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def seconds_of_ta(bars: pl.DataFrame) -> float:
    """The seconds that ta takes for all symbols, extrapolated from the first few."""
    import ta  # noqa: PLC0415 - a slow import, not part of what is compared

    warnings.filterwarnings("ignore")
    parts = bars.partition_by("symbol")
    frames = [part.select("open", "high", "low", "close", "volume").to_pandas() for part in parts]
    start = time.perf_counter()
    for frame in frames[:TA_SYMBOLS]:
        ta.add_all_ta_features(frame, "open", "high", "low", "close", "volume")
    return (time.perf_counter() - start) / TA_SYMBOLS * len(frames)


def seconds_of_whole_job(bars: pl.DataFrame) -> tuple[float, float]:
    """The median seconds of the whole job in a process of its own, and its peak GiB."""
    times = []
    with tempfile.TemporaryDirectory() as folder:
        bars.write_parquet(Path(folder) / "bars.parquet")
        for _ in range(REPEATS):
            start = time.perf_counter()
            command = [sys.executable, "-c", WHOLE_JOB, folder]
            subprocess.run(command, check=True, env={"PYTHONPATH": str(ROOT / "src")})  # noqa: S603
            times.append(time.perf_counter() - start)
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 2**20
    return statistics.median(times), peak


def main() -> None:
    """Print the table."""
    bars = random_bars(SYMBOLS, YEARS)
    alone, (whole, peak) = seconds_of_ours(bars), seconds_of_whole_job(bars)
    theirs = seconds_of_ta(bars)
    longer = seconds_of_ours(random_bars(SYMBOLS, 4 * YEARS))
    read_bytes = 5 * 8 * bars.height
    written = 8 * len(CATALOGUE) * bars.height
    print(f"{SYMBOLS} symbols x {YEARS} years, {bars.height} bars, {len(CATALOGUE)} indicators")
    print(f"ta.add_all_ta_features, from {TA_SYMBOLS} symbols: {theirs:8.2f} s")
    print(f"computing alone:                         {alone:8.2f} s = {theirs / alone:.0f} x")
    print(f"whole job, import to both files:         {whole:8.2f} s = {theirs / whole:.0f} x")
    print(f"peak memory of the whole job:            {peak:8.2f} GiB")
    print(f"four times the years:                    {longer:8.2f} s = {longer / alone:.2f} x")
    moved = (read_bytes + written) / alone / 2**30
    print(f"bars read and values written:            {moved:8.2f} GiB/s")


if __name__ == "__main__":
    main()
