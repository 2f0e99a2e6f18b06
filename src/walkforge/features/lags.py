"""Lags: what a few indicators were some bars ago."""

from collections.abc import Callable
from functools import partial

from walkforge.features.definition import Indicator
from walkforge.features.grid import Bars, Grid
from walkforge.features.momentum import INDICATORS as MOMENTUM
from walkforge.features.trend import INDICATORS as TREND
from walkforge.features.volume import INDICATORS as VOLUME
from walkforge.features.windows import ago

# No sum of these is another indicator, as the log returns of five bars running would be.
LAGGED = {
    "log_return_1": (1, 2, 3, 5, 10),
    "rsi_14": (1, 5),
    "macd_histogram_12_26_9": (1, 5),
    "volume_ratio_20": (1, 5),
}
_BASE = {indicator.name: indicator for indicator in (*MOMENTUM, *TREND, *VOLUME)}


def lagged(bars: Bars, *, compute: Callable[[Bars], Grid], length: int) -> Grid:
    """An indicator's value of so many bars ago."""
    return ago(compute(bars), length)


INDICATORS = tuple(
    Indicator(
        name=f"{name}_lag_{length}",
        family="lags",
        warm_up=_BASE[name].warm_up + length,
        memory=_BASE[name].memory and _BASE[name].memory + length,
        formula=f"{name}[-{length}]",
        source="",
        compute=partial(lagged, compute=_BASE[name].compute, length=length),
    )
    for name, lengths in LAGGED.items()
    for length in lengths
)
