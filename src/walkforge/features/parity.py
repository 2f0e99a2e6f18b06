"""The cross-check: indicators against the library `ta` on a sample of the actual symbols."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import polars as pl
from numpy.typing import NDArray

from walkforge.errors import InputError
from walkforge.features.compute import compute_features
from walkforge.features.references import REFERENCES, UNSETTLED
from walkforge.features.sample import FROM_BAR, longest_segments

TOLERANCE = 1e-6  # of the column's standard deviation

# By this much, relative, prices are moved first: so that rounding decides no tie.
JITTER = 1e-5
_SEED = 7
# `ta` is asked again with prices times, and volumes over, this: where its answer changes by more
# than a tenth of the tolerance, or is no number, its own digits are lost and nothing is compared.
_FACTOR = 3.0
_PRICES = ("open", "high", "low", "close")

# Indicators with a namesake in `ta` that cannot agree, and why.
EXCEPTIONS = {
    "ease_of_movement_14": "ta multiplies by 1e8 and scales with price cubed",
}


def parity(bars: pl.DataFrame, names: Sequence[str], *, symbols: int) -> pl.DataFrame:
    """Return how far each indicator lies from `ta`.

    Columns: indicator, difference, symbol, date, bars, lost.

    The difference is the largest of all bars compared, in standard deviations of the column; null
    where `ta` has no such indicator, no symbol has over FROM_BAR bars, or none could be compared.
    Lost is the number of bars on which `ta` has no number (as without volume) or too few digits
    (as in a halt after wide moves), in the same symbol.

    Args:
        bars: a bars frame. names: of indicators. symbols: how many to compare, evenly spaced.
    """
    chosen = longest_segments(bars, symbols)
    found = [
        _differences(part, names) for _, part in chosen.group_by("symbol", maintain_order=True)
    ]
    schema = {"indicator": pl.String, "difference": pl.Float64, "symbol": pl.String,
              "date": pl.Date, "bars": pl.Int64, "lost": pl.Int64}  # fmt: skip
    compared = pl.concat([pl.DataFrame(schema=schema), *(each.select(*schema) for each in found)])
    worst = compared.sort("difference", descending=True, nulls_last=True).unique(
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
    scaled = moved.with_columns(
        *(pl.col(name) * _FACTOR for name in _PRICES), pl.col("volume") / _FACTOR
    ).to_pandas()
    with np.errstate(all="ignore"):
        rows = [
            (name, *_difference(name, ours[name].to_numpy(), theirs, scaled), bars["symbol"][0])
            for name in shared
        ]
    found = pl.DataFrame(rows, schema=_FOUND, orient="row")
    return found.with_columns(date=bars["date"].gather(found["place"])).drop("place")


_FOUND = {
    "indicator": pl.String,
    "difference": pl.Float64,
    "place": pl.Int64,
    "bars": pl.Int64,
    "lost": pl.Int64,
    "symbol": pl.String,
}


def _difference(
    name: str, own: NDArray[np.float64], theirs: pd.DataFrame, scaled: pd.DataFrame
) -> tuple[float | None, int | None, int, int]:
    """Return the largest difference of one indicator, its row, and bars compared and lost."""
    spread = float(np.nanstd(own[np.isfinite(own)])) if np.isfinite(own).any() else 0.0
    reference, again = (REFERENCES[name](each).to_numpy() for each in (theirs, scaled))
    agree = np.abs(reference - again) <= TOLERANCE / 10 * max(spread, TOLERANCE)
    # A gap starts the means of `ta` anew, and digits once lost may agree by chance: both last.
    astray = pd.Series(np.isfinite(own) & ~agree).rolling(FROM_BAR, min_periods=1).max() > 0
    sure = agree & ~astray.to_numpy()
    sure[:FROM_BAR] = False
    lost = int((~sure[FROM_BAR:]).sum())
    if name in UNSETTLED:
        sure &= ~UNSETTLED[name](theirs).to_numpy()
    if not sure.any():
        return None, None, 0, lost
    gaps = np.where(sure, np.abs(own - reference), -1.0)
    worst = int(np.argmax(np.where(np.isnan(gaps), np.inf, gaps)))
    return float(gaps[worst] / max(spread, TOLERANCE)), worst, int(sure.sum()), lost
