"""The catalogue: every indicator under its name, in one order, and the families they form."""

from collections.abc import Mapping

from walkforge.features import (
    candles,
    divergence,
    momentum,
    support_resistance,
    trend,
    volatility,
    volume,
)
from walkforge.features.definition import Indicator

CATALOGUE: Mapping[str, Indicator] = {
    indicator.name: indicator
    for module in (
        momentum, trend, volatility, volume, support_resistance, candles, divergence,
    )
    for indicator in module.INDICATORS
}  # fmt: skip

FAMILIES: Mapping[str, tuple[str, ...]] = {
    family: tuple(name for name, each in CATALOGUE.items() if each.family == family)
    for family in dict.fromkeys(indicator.family for indicator in CATALOGUE.values())
}
