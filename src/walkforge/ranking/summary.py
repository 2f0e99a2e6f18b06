"""How a ranking is told: in a few figures, and as text that no spreadsheet runs."""

from typing import Any

import polars as pl

from walkforge.ranking.carried import Carried
from walkforge.ranking.consensus import RankTerms
from walkforge.ranking.ensemble import Ensemble
from walkforge.ranking.point_in_time import PointInTime

SCHEMA_VERSION = 1

# Signs that begin a formula in a spreadsheet; where East Asian text is typed, their wide, small,
# raised and lowered forms too.
_FORMULA_STARTS = (
    r"^([=+\-@\t\r\x{FF1D}\x{FF0B}\x{FF0D}\x{FF20}\x{FE66}\x{FE62}\x{FE63}\x{FE6B}"
    r"\x{207A}-\x{207C}\x{208A}-\x{208C}\x{2212}])"
)


def summary_of(
    ensemble: Ensemble,
    current: PointInTime,
    ranking: pl.DataFrame,
    *,
    carried: Carried,
    terms: RankTerms,
) -> dict[str, Any]:
    """A ranking's summary, ready for JSON.

    flat and account hold buys, holds and sells, target_exposure (share of capital aimed at in
    symbols) and, of the account, exposure (held now) and expected_turnover (sum of the sizes of
    tomorrow's orders, as a share of equity). opens: the first date of the account, which opened in
    cash at the close before; sessions: it was rolled through so many. policies: the SHA-256 of
    each manifest; data_sha256: of all rows up to as_of.
    """
    return {
        "schema_version": SCHEMA_VERSION,
        "as_of": current.as_of.isoformat(),
        "agent": ensemble.agent,
        "fold": ensemble.fold.name if ensemble.fold else None,
        "policies": {member.name: member.digest for member in ensemble.members},
        "data_sha256": current.digest(),
        "action_band": terms.ranking.action_band,
        "symbols": ranking.height,
        "tradable": int(current.market.tradable[-1].sum()),
        "stale": int((ranking["stale_sessions"] > 0).sum()),
        "out_of_distribution": _out_of_distribution(ranking),
        "flat": _sides(ranking, "action") | {"target_exposure": _total(ranking, "target_weight")},
        "account": _sides(ranking, "account_action")
        | {
            "opens": carried.opened.isoformat() if carried.opened else None,
            "sessions": carried.sessions,
            "exposure": _total(ranking, "held_weight"),
            "target_exposure": _total(ranking, "account_target_weight"),
            "expected_turnover": float(ranking.sort("symbol")["order_weight"].abs().sum()),
        },
    }


def _sides(ranking: pl.DataFrame, column: str) -> dict[str, int]:
    """How many symbols are to be bought, held and sold."""
    said = ranking[column].to_list()
    return {f"{side}s": said.count(side) for side in ("buy", "hold", "sell")}


def _total(ranking: pl.DataFrame, column: str) -> float:
    """The sum of a column, in the order of symbols."""
    return float(ranking.sort("symbol")[column].sum())


def _out_of_distribution(ranking: pl.DataFrame) -> int | None:
    """How many symbols are out of distribution, None where that is not known."""
    if ranking["out_of_distribution"].is_null().all():
        return None
    return int(ranking["out_of_distribution"].sum())


def escape_csv_text(frame: pl.DataFrame) -> pl.DataFrame:
    """The frame with an apostrophe before text that a spreadsheet would run as a formula.

    That is text which starts with = + - @ in any form (wide, small, raised, lowered), a tab or a
    carriage return, in cells of text columns (categories become text) and in column names. Numbers
    are left alone.
    """
    text = pl.selectors.string(include_categorical=True) | pl.selectors.enum()
    escaped = frame.with_columns(text.cast(pl.String).str.replace(_FORMULA_STARTS, "'$1"))
    names = pl.Series(frame.columns, dtype=pl.String).str.replace(_FORMULA_STARTS, "'$1")
    return escaped.rename(dict(zip(frame.columns, names, strict=True)))
