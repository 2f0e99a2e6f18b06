"""Windows over the bars of one symbol: every expression sees its own symbol and nothing later.

All are null until their window is full. A window that is not full, a comparison or a quotient
with a null gives null, never NaN.
"""

import polars as pl

# Ties: prices this close, relative to the close, are equal, and a range this small is none.
TIE = 1e-9
# The same for columns in per cent.
TIE_PER_CENT = 1e-7

OPEN, HIGH, LOW, CLOSE = (pl.col(name) for name in ("open", "high", "low", "close"))


def per_symbol(expression: pl.Expr) -> pl.Expr:
    """Return the expression evaluated on the rows of each symbol alone."""
    return expression.over("symbol")


def ago(series: pl.Expr, bars: int) -> pl.Expr:
    """Return the value of so many bars ago."""
    return per_symbol(series.shift(bars))


def mean(series: pl.Expr, bars: int) -> pl.Expr:
    """Return the simple mean of the last bars."""
    return per_symbol(series.rolling_mean(bars))


def total(series: pl.Expr, bars: int) -> pl.Expr:
    """Return the sum of the last bars."""
    return per_symbol(series.rolling_sum(bars))


def deviation(series: pl.Expr, bars: int, *, ddof: int) -> pl.Expr:
    """Return the standard deviation of the last bars, with divisor bars - ddof."""
    return per_symbol(series.rolling_std(bars, ddof=ddof))


def lowest(series: pl.Expr, bars: int) -> pl.Expr:
    """Return the least of the last bars."""
    return per_symbol(series.rolling_min(bars))


def highest(series: pl.Expr, bars: int) -> pl.Expr:
    """Return the greatest of the last bars."""
    return per_symbol(series.rolling_max(bars))


def quantile(series: pl.Expr, bars: int, *, share: float) -> pl.Expr:
    """Return the quantile of the last bars, linear between neighbours."""
    rolled = series.rolling_quantile(share, interpolation="linear", window_size=bars)
    return per_symbol(rolled)


def ema(series: pl.Expr, bars: int) -> pl.Expr:
    """Return the exponential mean with alpha 2 / (bars + 1), started from the first value."""
    return per_symbol(series.ewm_mean(span=bars, adjust=False, min_samples=bars))


def wilder(series: pl.Expr, bars: int, *, held: pl.Expr | None = None) -> pl.Expr:
    """Return Wilder's mean: alpha 1 / bars, seeded with the simple mean of the first bars.

    Args:
        series: its nulls may only lead.
        bars: length of the mean.
        held: where true, the mean is left as it was and the row is null.

    Source: J. W. Wilder, New Concepts in Technical Trading Systems (1978).
    """
    simple = mean(series, bars)
    seeding = ago(simple, 1).is_null()
    later = series if held is None else pl.when(~held).then(series)
    seeded = pl.when(seeding).then(simple).otherwise(later)
    return per_symbol(seeded.ewm_mean(alpha=1 / bars, adjust=False, ignore_nulls=True))


def quotient(
    numerator: pl.Expr, denominator: pl.Expr, *, flat: float, tie: pl.Expr | float
) -> pl.Expr:
    """Return numerator / denominator, and `flat` where the denominator is at most `tie`."""
    # Asked this way round, a null denominator falls through to the division and stays null.
    return pl.when(denominator <= tie).then(flat).otherwise(numerator / denominator)


def log_of_at_least(series: pl.Expr, least: float) -> pl.Expr:
    """Return ln(max(series, least))."""
    return series.clip(lower_bound=least).log()


def log_return(bars: int) -> pl.Expr:
    """Return ln(C / C[-bars])."""
    return (CLOSE / ago(CLOSE, bars)).log()


def true_low() -> pl.Expr:
    """Return the lesser of the low and the close before; null on a symbol's first bar."""
    before = ago(CLOSE, 1)
    return pl.when(before >= LOW).then(LOW).otherwise(before)


def true_range() -> pl.Expr:
    """Return the bar's range, widened to the close before; null on a symbol's first bar."""
    before = ago(CLOSE, 1)
    true_high = pl.when(before <= HIGH).then(HIGH).otherwise(before)
    return true_high - true_low()
