"""Cross-asset: a symbol beside the equal-weight universe, and its rank among the others."""

from functools import partial

import numpy as np

from walkforge.features.cross_section import (
    by_date,
    date_deviations,
    date_means,
    of_date,
    rank_of_date,
)
from walkforge.features.definition import Indicator
from walkforge.features.grid import Bars, Grid, shared
from walkforge.features.quantities import log_return, return_deviation
from walkforge.features.volume import volume_ratio
from walkforge.features.windows import (
    TIE,
    ago,
    correlation,
    deviation,
    log_of_at_least,
    quotient,
)

_LEAST_DISPERSION = 1e-4


@shared
def simple_return(bars: Bars, *, length: int) -> Grid:
    """C / C[-length] - 1."""
    return bars.close / ago(bars.close, length) - 1


@shared
def universe_return(bars: Bars) -> Grid:
    """The mean one-bar return of all symbols on each bar's date."""
    own = simple_return(bars, length=1)
    daily = of_date(bars, date_means(by_date(bars, own)))
    return np.where(np.isnan(own), np.nan, daily)


@shared
def universe_correlation(bars: Bars, *, length: int) -> Grid:
    """The correlation of a symbol's return with the universe's; 0 where either is flat."""
    own = simple_return(bars, length=1)
    return correlation(own, universe_return(bars), bars=length, tie=TIE)


def universe_beta(bars: Bars, *, length: int) -> Grid:
    """The slope of a symbol's return on the universe's; 0 where that is flat."""
    own = deviation(simple_return(bars, length=1), length, ddof=0)
    all_of_them = deviation(universe_return(bars), length, ddof=0)
    together = universe_correlation(bars, length=length) * own
    return quotient(together, all_of_them, flat=0.0, tie=TIE)


def return_dispersion(bars: Bars, *, length: int) -> Grid:
    """The log of the standard deviation of all symbols' returns on each bar's date."""
    own = simple_return(bars, length=length)
    spread = of_date(bars, date_deviations(by_date(bars, own)))
    return np.where(np.isnan(own), np.nan, log_of_at_least(spread, _LEAST_DISPERSION))


def momentum_rank(bars: Bars, *, length: int) -> Grid:
    """The rank of the return among all symbols' of the date."""
    return rank_of_date(bars, log_return(bars, length=length))


def volatility_rank(bars: Bars, *, length: int) -> Grid:
    """The rank of the deviation of daily returns among all symbols' of the date."""
    return rank_of_date(bars, return_deviation(bars, length=length))


def volume_rank(bars: Bars, *, length: int) -> Grid:
    """The rank of the volume over its mean among all symbols' of the date."""
    return rank_of_date(bars, volume_ratio(bars, length=length))


_indicator = partial(Indicator, family="cross_asset", source="")

INDICATORS = (
    _indicator(
        name="universe_correlation_30",
        warm_up=30,
        formula="correlation of r = C / C[-1] - 1 with U over 30 bars, U the mean r of all "
        "symbols with a bar on the date; 0 when either is flat",
        compute=partial(universe_correlation, length=30),
    ),
    _indicator(
        name="universe_beta_30",
        warm_up=30,
        formula="covariance of r and U over 30 bars / variance of U; 0 when U is flat",
        source="Sharpe 1964",
        compute=partial(universe_beta, length=30),
    ),
    *(
        _indicator(
            name=f"return_dispersion_{length}",
            warm_up=length,
            formula=f"ln(max(s, 1e-4)), s the std, ddof 0, of C / C[-{length}] - 1 of all symbols "
            "on the date",
            compute=partial(return_dispersion, length=length),
        )
        for length in (1, 20)
    ),
    *(
        _indicator(
            name=name,
            warm_up=warm_up,
            formula=f"(rank of {ranked} among all symbols on the date - 0.5) / their number, the "
            "mean rank of equals",
            compute=partial(compute, length=20),
        )
        for name, warm_up, ranked, compute in (
            ("momentum_rank_20", 20, "log_return_20", momentum_rank),
            ("volatility_rank_20", 20, "the std20 of log_return_1", volatility_rank),
            ("volume_rank_20", 19, "volume_ratio_20", volume_rank),
        )
    ),
)
