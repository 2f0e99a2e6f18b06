"""The cross-check: indicators against the library `ta` on a sample of the actual symbols."""

from collections.abc import Sequence

import numpy as np
import polars as pl

from walkforge.errors import InputError
from walkforge.features.compute import compute_features
from walkforge.features.references import REFERENCES, UNSETTLED
from walkforge.features.sample import FROM_BAR, longest_segments

TOLERANCE = 1e-6  # of the column's standard deviation

# By this much, relative, prices are moved first: so that rounding decides no tie.
JITTER = 1e-5
_SEED = 7
_PRICES = ("open", "high", "low", "close")

# Indicators with a namesake in `ta` that cannot agree, and why.
EXCEPTIONS = {
    "ease_of_movement_14": "ta multiplies by 1e8 and scales with price cubed",
}


def parity(bars: pl.DataFrame, names: Sequence[str], *, symbols: int) -> pl.DataFrame:
    """Return how far each indicator lies from `ta`: indicator, difference, symbol, date, bars.

    The difference is the largest of all bars compared, in standard deviations of the column; null
    where `ta` has no such indicator or no symbol has over FROM_BAR bars.

    Args:
        bars: a bars frame. names: of indicators. symbols: how many to compare, evenly spaced.
    """
    chosen = longest_segments(bars, symbols)
    found = [
        _differences(part, names) for _, part in chosen.group_by("symbol", maintain_order=True)
    ]
    schema = {"indicator": pl.String, "difference": pl.Float64, "symbol": pl.String,
              "date": pl.Date, "bars": pl.Int64}  # fmt: skip
    compared = pl.concat([pl.DataFrame(schema=schema), *found])
    worst = compared.sort("difference", descending=True).unique(
        "indicator", keep="first", maintain_order=True
    )
    order = pl.DataFrame({"indicator": list(names)})
    return order.join(worst, on="indicator", how="left", maintain_order="left")


def check_parity(found: pl.DataFrame) -> pl.DataFrame:
    """Return what parity found, once no difference is over the tolerance.

    Raises:
        InputError: PARITY, naming each indicator with its difference, symbol and date.
    """
    over = found.filter((pl.col("difference") > TOLERANCE).fill_null(value=False))
    if not over.is_empty():
        listed = "; ".join(
            f"{row['indicator']} by {row['difference']:.3g} ({row['symbol']!r} {row['date']})"
            for row in over.iter_rows(named=True)
        )
        raise InputError(
            f"indicators differ from ta by more than {TOLERANCE:g} standard deviations: {listed}: "
            "a formula is wrong, or these bars have ties that the two settle differently",
            code="PARITY",
        )
    return found


def jittered(bars: pl.DataFrame) -> pl.DataFrame:
    """Return one symbol's bars with every price moved by about JITTER, high and low outermost."""
    chance = np.random.default_rng(_SEED)
    moved = bars.with_columns(
        pl.col(name) * np.exp(chance.normal(0, JITTER, bars.height)) for name in _PRICES
    )
    return moved.with_columns(high=pl.max_horizontal(_PRICES), low=pl.min_horizontal(_PRICES))


def _differences(bars: pl.DataFrame, names: Sequence[str]) -> pl.DataFrame:
    """Return the largest difference of each indicator on one symbol's bars, and where it is."""
    shared = [name for name in names if name in REFERENCES and name not in EXCEPTIONS]
    moved = jittered(bars).with_columns(segment=pl.lit(0, dtype=pl.Int32))
    ours, theirs = compute_features(moved, shared), moved.to_pandas()
    rows = []
    with np.errstate(all="ignore"):
        for name in shared:
            own = ours[name].to_numpy()
            gaps = np.abs(own - REFERENCES[name](theirs).to_numpy())
            if name in UNSETTLED:
                gaps[UNSETTLED[name](theirs).to_numpy()] = 0.0
            gaps = gaps[FROM_BAR:]
            worst = int(np.nanargmax(np.where(np.isnan(gaps), np.inf, gaps)))
            spread = np.nanstd(own)
            rows.append((name, float(gaps[worst] / spread), bars["symbol"][0],
                         bars["date"][FROM_BAR + worst], len(gaps)))  # fmt: skip
    columns = ["indicator", "difference", "symbol", "date", "bars"]
    return pl.DataFrame(rows, schema=columns, orient="row").cast(
        {"difference": pl.Float64, "bars": pl.Int64}
    )
