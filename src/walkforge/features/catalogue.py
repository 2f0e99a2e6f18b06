"""The catalogue: every indicator under its name, in one order, and the families they form."""

from collections.abc import Mapping

from walkforge.features import (
    calendar,
    candles,
    cross_asset,
    divergence,
    factor,
    fractal,
    lags,
    momentum,
    spectral,
    support_resistance,
    trend,
    volatility,
    volume,
)
from walkforge.features.definition import Indicator

# The 85: each of its own symbol's bars alone.
CATALOGUE: Mapping[str, Indicator] = {
    indicator.name: indicator
    for module in (
        momentum, trend, volatility, volume, support_resistance, candles, divergence,
    )
    for indicator in module.INDICATORS
}  # fmt: skip

# What goes beyond a table of indicators: rhythm, roughness, the other symbols, the calendar.
CONTEXT: Mapping[str, Indicator] = {
    indicator.name: indicator
    for module in (spectral, fractal, cross_asset, factor, lags, calendar)
    for indicator in module.INDICATORS
}

FEATURES: Mapping[str, Indicator] = {**CATALOGUE, **CONTEXT}

FAMILIES: Mapping[str, tuple[str, ...]] = {
    family: tuple(name for name, each in FEATURES.items() if each.family == family)
    for family in dict.fromkeys(indicator.family for indicator in FEATURES.values())
}
