"""The selected indicators of all symbols, from a bars frame to a feature frame."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import polars as pl

from walkforge.errors import InputError, nearest
from walkforge.features.catalogue import FAMILIES, FEATURES
from walkforge.features.definition import Indicator, Kind
from walkforge.features.grid import Bars, Places, bars_on, places_of


def select_names(select: Sequence[str]) -> tuple[str, ...]:
    """The names of the selected indicators, in the catalogue's order, each once.

    Args:
        select: names of families or of indicators.

    Raises:
        InputError: it is empty or not a list, or holds a name that is neither.
    """
    if isinstance(select, str) or not isinstance(select, Sequence) or not select:
        raise InputError(
            f"features.select is {select!r}: write a list of families ({', '.join(FAMILIES)}) "
            "or names of docs/indicators.md"
        )
    chosen: set[str] = set()
    for place, name in enumerate(select):
        if isinstance(name, str) and name in FAMILIES:
            chosen.update(FAMILIES[name])
        else:
            chosen.add(_indicator(name, f"features.select[{place}]").name)
    return tuple(name for name in FEATURES if name in chosen)


def kinds(names: Sequence[str]) -> tuple[Kind, ...]:
    """The kind of each named indicator, 'number' or 'flag'.

    Raises:
        InputError: a name is not in the catalogue.
    """
    return tuple(_indicator(name, "feature").kind for name in names)


def warm_up_of(settings: Mapping[str, Any], names: Sequence[str]) -> int:
    """How many bars of a segment are left without features.

    Args:
        settings: section `features`; where its warm_up is None, the bars after which the slowest
            of the named has forgotten where history starts. names: of selected indicators.
    """
    said = settings["warm_up"]
    return max(FEATURES[name].settled for name in names) if said is None else int(said)


def compute_features(
    bars: pl.DataFrame, names: Sequence[str], *, warm_up: int = 0, threads: int = 1
) -> pl.DataFrame:
    """The feature frame: date, symbol and the named indicators, rows as in `bars`.

    A value depends on bars of its own symbol and segment up to its own date (context features: of
    all symbols), and on nothing else, to the last bit; it is null until its windows are full in
    that segment, and finite after that.

    Args:
        bars: a bars frame; the rows of a symbol together and by date, symbols in any order.
        names: indicators of the catalogue, in the order of the columns.
        warm_up: bars of every segment that have no value, whether windows are full or not.
        threads: that compute indicators side by side; their number changes no bit.

    Raises:
        InputError: a name is not in the catalogue, or prices are so extreme that a value is not
            finite.
        ValueError: the rows are not in order.
    """
    indicators = [_indicator(name, "feature") for name in names]
    places = places_of(bars)
    grids = bars_on(places, bars)
    with ThreadPoolExecutor(max_workers=threads) as pool:
        columns = list(pool.map(lambda each: _column(each, grids, places, bars), indicators))
    warm = pl.Series(places.bar >= warm_up)
    features = bars.select("date", "symbol").with_columns(columns)
    return features.with_columns(pl.when(warm).then(pl.col(names)).name.keep())


def _column(indicator: Indicator, grids: Bars, places: Places, bars: pl.DataFrame) -> pl.Series:
    """One indicator's column of the feature frame."""
    # A window that is not full holds NaN; a flat one is divided by and then not used.
    with np.errstate(all="ignore"):
        values = places.gather(indicator.compute(grids))
    # The tensor of training is float32: what is no number there is none here.
    sound = np.abs(values) <= np.finfo(np.float32).max
    broken = ~sound & (places.bar >= indicator.warm_up)
    if broken.any():
        first = bars.row(int(broken.argmax()), named=True)
        raise InputError(
            f"{indicator.name} of {first['symbol']!r} on {first['date']} is not a finite number: "
            "bars up to that date hold a value that is missing or too extreme to compute with: "
            "correct it in the source"
        )
    return pl.Series(indicator.name, values, nan_to_null=True)


def _indicator(name: object, where: str) -> Indicator:
    """The indicator of this name; an error says where an unknown one stands."""
    if not isinstance(name, str) or name not in FEATURES:
        close = nearest(str(name), [*FAMILIES, *FEATURES])
        raise InputError(
            f"{where} is {name!r}, neither a family nor an indicator of docs/indicators.md: "
            f"the nearest is {close!r}"
        )
    return FEATURES[name]
