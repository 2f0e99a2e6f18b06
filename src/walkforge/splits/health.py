"""Health of features after scaling: what a fold's scaler makes of each, window by window."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from walkforge.features.panel import Panel
from walkforge.splits.manifest import WINDOWS, window_of
from walkforge.splits.windows import Window

SATURATED = 10.0  # training standard deviations, where the scaler clips
_CONSTANT = 1e-12

_SCHEMA = {
    "fold": pl.String,
    "window": pl.String,
    "feature": pl.String,
    "missing": pl.Float64,
    "saturated": pl.Float64,
    "constant": pl.Boolean,
}


def health_of(manifests: Sequence[Mapping[str, Any]], panel: Panel) -> pl.DataFrame:
    """Fold, window, feature, missing, saturated and constant.

    missing: share of a symbol's dates, from its first features to its last, without a value.
    saturated: share of values, scaled by mean and deviation of train as the scaler takes them
    (where the symbol can be traded), beyond 10; flags are not scaled. constant: whether all
    values of the window are the same; not said where there are none.

    Args:
        manifests: of folds, train manifests before test manifests. panel: bars and features.
    """
    found = [pl.DataFrame(schema=_SCHEMA)]
    scales: dict[str, tuple[NDArray[np.float64], NDArray[np.float64]]] = {}
    for manifest in manifests:
        for name in WINDOWS:
            if name not in manifest:
                continue
            values = _values(panel, window_of(manifest, name))
            if name == "train":
                scales[manifest["fold"]] = _scale(values)
            rows = _window(values.features, panel, scale=scales[manifest["fold"]])
            place = {"fold": pl.lit(manifest["fold"]), "window": pl.lit(name)}
            found.append(rows.with_columns(**place).select(*_SCHEMA))
    return pl.concat(found)


def constant_features(health: pl.DataFrame) -> list[str]:
    """A warning for each feature that is constant in some window, naming them."""
    window = pl.format("{} of {}", "window", "fold")
    constant = health.filter("constant").group_by("feature", maintain_order=True)
    return [
        f"{feature} is constant in {', '.join(windows)}: it tells a policy nothing there"
        for feature, windows in constant.agg(window).iter_rows()
    ]


class _Values(NamedTuple):
    """Features [N, F] of the symbols' dates inside a window, and which [N] can be traded."""

    features: NDArray[np.float64]
    tradable: NDArray[np.bool_]


def _values(panel: Panel, window: Window) -> _Values:
    """What lies inside a window, of each symbol from its first features to its last."""
    inside = np.array([window.start <= day < window.end for day in panel.dates])
    known = ~np.isnan(panel.features).all(axis=2)
    begun = np.logical_or.accumulate(known, axis=0)
    lasting = np.flip(np.logical_or.accumulate(np.flip(known, axis=0), axis=0), axis=0)
    listed = np.asarray(begun & lasting)[inside]
    features = panel.features[inside].astype(np.float64)
    return _Values(features[listed], panel.tradable[inside][listed])


def _scale(values: _Values) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean and deviation [F] of rows that can be traded, 1 where a column is constant."""
    whole = values.features[values.tradable]
    if len(whole) == 0:
        width = values.features.shape[1]
        return np.zeros(width), np.ones(width)
    mean = whole.mean(axis=0)
    spread = whole.std(axis=0)
    return mean, np.where(spread <= _CONSTANT * (1 + np.abs(mean)), 1.0, spread)


def _window(
    values: NDArray[np.float64],
    panel: Panel,
    *,
    scale: tuple[NDArray[np.float64], NDArray[np.float64]],
) -> pl.DataFrame:
    """Feature, missing, saturated and constant of one window."""
    known = ~np.isnan(values)
    number = np.array([kind == "number" for kind in panel.kinds])
    mean, spread = scale
    far = known & (np.abs((values - mean) / spread) > SATURATED) & number
    count = np.maximum(known.sum(axis=0), 1)
    least = np.where(known, values, np.inf).min(axis=0, initial=np.inf)
    most = np.where(known, values, -np.inf).max(axis=0, initial=-np.inf)
    return pl.DataFrame(
        {
            "feature": list(panel.feature_names),
            "missing": 1.0 - known.sum(axis=0) / max(len(values), 1),
            "saturated": far.sum(axis=0) / count,
            "constant": most == least,
        }
    )
