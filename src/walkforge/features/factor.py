"""Factor scores: how a symbol stands among all on a date by the classic premia."""

from functools import partial

import numpy as np

from walkforge.features.cross_section import standing
from walkforge.features.definition import Indicator
from walkforge.features.grid import Bars, Grid
from walkforge.features.quantities import log_return, return_deviation
from walkforge.features.windows import TIE, ago, mean, quotient


def momentum_factor(bars: Bars, *, length: int) -> Grid:
    """The standing of C / C[-length] - 1."""
    return standing(bars, bars.close / ago(bars.close, length) - 1)


def low_volatility_factor(bars: Bars, *, length: int) -> Grid:
    """The standing of the deviation of daily log returns, the calm ones high."""
    return standing(bars, -return_deviation(bars, length=length))


def quality_factor(bars: Bars, *, length: int) -> Grid:
    """The standing of the mean over the deviation of daily log returns; 0 when flat."""
    steady = mean(log_return(bars, length=1), length)
    spread = return_deviation(bars, length=length)
    return standing(bars, quotient(steady, spread, flat=0.0, tie=TIE))


def size_factor(bars: Bars, *, length: int) -> Grid:
    """The standing of the traded value, the small ones high; no trade counts as 1."""
    traded = mean(bars.close * bars.volume, length)
    return standing(bars, -np.log(np.maximum(traded, 1.0)))


_indicator = partial(Indicator, family="factor")

INDICATORS = tuple(
    _indicator(
        name=name,
        warm_up=warm_up,
        formula=f"(x - mean x) / std x over all symbols with a value on the date, x = {formula}; "
        "0 where std x is 0",
        source=source,
        compute=partial(compute, length=20),
    )
    for name, warm_up, formula, source, compute in (
        ("momentum_factor_20", 20, "C / C[-20] - 1", "Jegadeesh and Titman 1993", momentum_factor),
        (
            "low_volatility_factor_20",
            20,
            "-std20 of log_return_1",
            "Ang et al. 2006",
            low_volatility_factor,
        ),
        (
            "quality_factor_20",
            20,
            "SMA20 / std20 of log_return_1, 0 when flat",
            "Asness et al. 2019, as a Sharpe ratio: without accounts",
            quality_factor,
        ),
        (
            "size_factor_20",
            19,
            "-ln(max(SMA20 of C V, 1))",
            "Banz 1981, by traded value: without shares",
            size_factor,
        ),
    )
)
