"""Amounts as people read them: basis points and money."""


def bps(value: float) -> str:
    """Basis points, with a decimal below a hundred."""
    return f"{value:,.0f}" if abs(value) >= 100.0 or value == 0.0 else f"{value:z.1f}"


def money(value: float) -> str:
    """Currency units to three digits."""
    return f"{float(f'{value:.3g}'):,.0f}"


def short_money(money: float) -> str:
    """An amount in thousands (k), millions (M), billions (bn) or trillions (tn)."""
    for size, unit in ((1e12, "tn"), (1e9, "bn"), (1e6, "M"), (1e3, "k")):
        if money >= size * (1.0 - 1e-9):
            return f"{money / size:.3g} {unit}"
    return f"{money:.3g}"
