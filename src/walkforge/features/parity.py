"""The cross-check: indicators against the library `ta` on a sample of the actual symbols.

It compares twice: on prices moved by a little, where no two are equal, and on prices as they are,
where an unchanged close or an equal high may show a special case that moving hides.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import polars as pl
from numpy.typing import NDArray

from walkforge.errors import InputError
from walkforge.features.compute import compute_features
from walkforge.features.references import REFERENCES, UNSETTLED
from walkforge.features.sample import FROM_BAR, longest_segments

TOLERANCE = 1e-6  # of the column's standard deviation

# By this much, relative, prices are moved for the first comparison: rounding decides no tie.
JITTER = 1e-5
_SEED = 7
# `ta` is asked again with prices times, and volumes over, this: where its answer changes by more
# than a tenth of the tolerance, or is no number, its own digits are lost and nothing is compared.
_FACTOR = 3.0
# So many bars before `ta` is first seen to lose its digits, what it says counts for nothing.
_BEFORE = 60
_PRICES = ("open", "high", "low", "close")

# Indicators with a namesake in `ta` that cannot agree, and why.
EXCEPTIONS = {
    "ease_of_movement_14": "ta multiplies by 1e8 and scales with price cubed",
}

# Indicators that compare prices with one another, and how `ta` settles a tie on prices as they
# are. The catalogue counts prices within 1e-9 of the close as equal.
_EQUAL_MOVES = "high and low moved equally far, or not at all: ta lets rounding decide"
_EQUAL_EXTREMES = "an extreme of the window occurs twice: ta lets rounding decide which counts"
TIES = {
    "adx_14": _EQUAL_MOVES,
    "plus_di_14": _EQUAL_MOVES,
    "minus_di_14": _EQUAL_MOVES,
    "aroon_up_25": _EQUAL_EXTREMES,
    "aroon_down_25": _EQUAL_EXTREMES,
    "psar_distance_2_20": "a price equals the extreme or the stop: ta lets rounding decide",
    "mfi_14": "an unchanged typical price: ta lets rounding decide whether it rose",
    "obv_flow_20": "an unchanged close adds nothing: ta adds the whole volume",
}

# Of the second comparison the names begin so.
AS_IS = "as_is_"


def parity(bars: pl.DataFrame, names: Sequence[str], *, symbols: int) -> pl.DataFrame:
    """How far each indicator lies from `ta`, one row an indicator.

    Columns: indicator, difference, symbol, date, bars, lost, over; then the same, their names
    beginning with AS_IS, on prices as they are.

    The difference is the largest of all bars compared, in standard deviations of the column; null
    where `ta` has no such indicator, no symbol has over FROM_BAR bars, or none could be compared.
    Symbol and date say where it is; bars, lost and over are sums over the symbols. Lost are bars
    on which `ta` has no number (as without volume) or too few digits (as in a halt after wide
    moves); over are bars that differ by more than the tolerance.

    Args:
        bars: a bars frame. names: of indicators. symbols: how many to compare, evenly spaced.
    """
    chosen = longest_segments(bars, symbols).partition_by("symbol", maintain_order=True)
    moved = _worst([_moved_differences(part, names) for part in chosen])
    plain = _worst([_differences(part, part, names, as_is=True) for part in chosen])
    plain = plain.rename(lambda name: name if name == "indicator" else AS_IS + name)
    order = pl.DataFrame({"indicator": list(names)}, schema={"indicator": pl.String})
    for found in (moved, plain):
        order = order.join(found, on="indicator", how="left", maintain_order="left")
    return order


def check_parity(found: pl.DataFrame) -> pl.DataFrame:
    """What parity found, once no difference is over the tolerance; ties may differ by name.

    Raises:
        InputError: PARITY, naming each indicator with its difference, symbol and date.
    """
    beyond = pl.col("difference") > TOLERANCE
    moved = found.filter(beyond.fill_null(value=False))
    beyond = (pl.col(f"{AS_IS}difference") > TOLERANCE) & ~pl.col("indicator").is_in(list(TIES))
    plain = found.filter(beyond.fill_null(value=False))
    listed = [_told(row) for row in moved.iter_rows(named=True)]
    listed += [f"{_told(row, AS_IS)} on prices as they are" for row in plain.iter_rows(named=True)]
    if listed:
        raise InputError(
            f"indicators differ from ta by more than {TOLERANCE:g} standard deviations: "
            f"{'; '.join(listed)}: "
            "a formula is wrong, or these bars have ties that the two settle differently",
            code="PARITY",
        )
    return found


def _told(row: Mapping[str, object], which: str = "") -> str:
    """One difference, in a few words."""
    size, symbol, day = (row[which + name] for name in ("difference", "symbol", "date"))
    return f"{row['indicator']} by {size:.3g} ({symbol!r} {day})"


def jittered(bars: pl.DataFrame, *, seed: int = _SEED) -> pl.DataFrame:
    """One symbol's bars with every price moved by about JITTER, high and low outermost."""
    generator = np.random.default_rng(seed)
    moved = bars.with_columns(
        pl.col(name) * np.exp(generator.normal(0, JITTER, bars.height)) for name in _PRICES
    )
    return moved.with_columns(high=pl.max_horizontal(_PRICES), low=pl.min_horizontal(_PRICES))


def _moved_differences(bars: pl.DataFrame, names: Sequence[str]) -> pl.DataFrame:
    """What `_differences` gives with prices moved.

    One of thousands of ties may be left within the tolerance of the tie rule: an indicator that
    then differs is compared again with other moves.
    """
    found = _differences(bars, jittered(bars), names)
    over = (pl.col("difference") > TOLERANCE) & pl.col("indicator").is_in(list(TIES))
    again = found.filter(over.fill_null(value=False))["indicator"].to_list()
    if not again:
        return found
    repeated = _differences(bars, jittered(bars, seed=_SEED + 1), again)
    return pl.concat([found.filter(~pl.col("indicator").is_in(again)), repeated])


def _differences(
    bars: pl.DataFrame, prices: pl.DataFrame, names: Sequence[str], *, as_is: bool = False
) -> pl.DataFrame:
    """The largest difference of each indicator on one symbol's prices, and where it is."""
    shared = [name for name in names if name in REFERENCES and name not in EXCEPTIONS]
    prices = prices.with_columns(segment=pl.lit(0, dtype=pl.Int32))
    ours = compute_features(prices, shared)
    theirs = prices.to_pandas()
    scaled = prices.with_columns(
        *(pl.col(name) * _FACTOR for name in _PRICES), pl.col("volume") / _FACTOR
    ).to_pandas()
    with np.errstate(all="ignore"):
        rows = [
            (name, *_difference(name, ours[name].to_numpy(), theirs, None if tied else scaled))
            for name in shared
            for tied in [as_is and name in TIES]
        ]
    found = pl.DataFrame(rows, schema=_FOUND, orient="row")
    days = bars["date"].gather(found["place"])
    return found.with_columns(symbol=pl.lit(bars["symbol"][0]), date=days).drop("place")


_FOUND = {
    "indicator": pl.String,
    "difference": pl.Float64,
    "place": pl.Int64,
    "bars": pl.Int64,
    "lost": pl.Int64,
    "over": pl.Int64,
}


def _worst(found: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """The symbol with the largest difference of each indicator; bars, lost and over are sums."""
    sums = ("bars", "lost", "over")
    schema = {"indicator": pl.String, "difference": pl.Float64, "symbol": pl.String,
              "date": pl.Date, **dict.fromkeys(sums, pl.Int64)}  # fmt: skip
    every = pl.concat([pl.DataFrame(schema=schema), *(each.select(*schema) for each in found)])
    worst = every.sort("difference", descending=True, nulls_last=True, maintain_order=True)
    summed = worst.with_columns(pl.col(*sums).sum().over("indicator"))
    return summed.unique("indicator", keep="first", maintain_order=True)


def _difference(
    name: str, own: NDArray[np.float64], theirs: pd.DataFrame, scaled: pd.DataFrame | None
) -> tuple[float | None, int | None, int, int, int]:
    """The largest difference of one indicator and its row; bars compared, lost and over.

    Without `scaled`, all bars on which both have a number are compared.
    """
    spread = float(np.nanstd(own[np.isfinite(own)])) if np.isfinite(own).any() else 0.0
    unit = max(spread, TOLERANCE)
    reference = REFERENCES[name](theirs).to_numpy()
    sure = np.isfinite(own) & np.isfinite(reference)
    if scaled is not None:
        agree = np.abs(reference - REFERENCES[name](scaled).to_numpy()) <= TOLERANCE / 10 * unit
        sure = agree & ~_astray(np.isfinite(own) & ~agree)
    sure[:FROM_BAR] = False
    lost = int((~sure[FROM_BAR:]).sum())
    if name in UNSETTLED:
        sure &= ~UNSETTLED[name](theirs).to_numpy()
    if not sure.any():
        return None, None, 0, lost, 0
    gaps = np.where(sure, np.abs(own - reference) / unit, -1.0)
    gaps[np.isnan(gaps)] = np.inf
    worst = int(np.argmax(gaps))
    return float(gaps[worst]), worst, int(sure.sum()), lost, int((gaps > TOLERANCE).sum())


def _astray(lost: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Where the digits of `ta` are lost, or were or will be nearby.

    A gap starts its means anew, and digits once lost may agree by chance.
    """
    since = pd.Series(lost).rolling(FROM_BAR, min_periods=1).max()
    until = pd.Series(lost[::-1]).rolling(_BEFORE, min_periods=1).max()[::-1]
    return np.asarray((since.to_numpy() > 0) | (until.to_numpy() > 0))
