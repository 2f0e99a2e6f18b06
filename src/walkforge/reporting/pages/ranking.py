"""The page of a ranking: what to hold, the account's orders, what changed and why, made of what."""

from collections.abc import Mapping
from functools import partial
from typing import Any

import polars as pl

from walkforge.reporting.catalogue import Entry
from walkforge.reporting.html.render import render_page
from walkforge.reporting.material import Material
from walkforge.reporting.tables import LAST_BAR, Column, Table, Values, make_table, percent
from walkforge.reporting.told import ACTION, PERCENT, WHOLE, WHOLE_PERCENT, written

ENTRY = Entry(
    place="rankings/{date}/ranking",
    inputs={
        "ranking": "rankings/{date}/ranking.parquet",
        "changes": "rankings/{date}/changes.parquet",
        "summary": "rankings/{date}/summary.json",
    },
    after="",
)


def write(material: Material) -> str:
    """The page, of what it is made of."""
    files = material.files
    return ranking_html(files["ranking"], files["changes"], files["summary"])


_FLAT_NOTES = (
    "For an account that holds cash alone. Probability: how likely the policies' own distribution "
    "of actions, with the noise of training, is to say the same. Agreement: share of seeds that "
    "do. Distance: how far the features lie from the rows that the policies were trained on; above "
    "1, as one such row in a hundred is, they are out of distribution, and the policies have "
    "hardly seen their like.",
    "Whether such a ranking has been worth anything is what the out-of-sample record says.",
)
_CHANGES_NOTES = (
    "Each feature's part in the change of the score, as it turned from the value of the session "
    "before to that of today in all symbols at once (Shapley values). The parts, all other "
    "features and the universe (symbols that came or went, and factors of regimes) sum to the "
    "change of the score.",
)


def ranking_html(ranking: pl.DataFrame, changes: pl.DataFrame, summary: Mapping[str, Any]) -> str:
    """A self-contained page.

    Args:
        ranking, changes, summary: see ranking.rank.Ranked.
    """
    return render_page(
        "ranking.html.j2",
        title=f"Ranking of {summary['as_of']}",
        told=_told(summary),
        known=_known(summary),
        flat=_flat_table(ranking),
        account=_account_table(ranking, summary),
        changes=_changes_table(changes),
        provenance=_provenance_table(summary),
    )


def _told(summary: Mapping[str, Any]) -> str:
    """The ranking in two sentences."""
    flat = summary["flat"]
    account = summary["account"]
    return (
        f"{_sides(flat)} among {_symbols(summary['symbols'])} for a flat account, "
        f"{percent(flat['target_exposure'])} of it invested. Orders of the account: "
        f"{_sides(account)}, {percent(account['expected_turnover'])} of equity to be traded."
    )


def _symbols(count: int) -> str:
    """So many symbols, in words."""
    return f"{count} {'symbol' if count == 1 else 'symbols'}"


def _sides(counts: Mapping[str, int]) -> str:
    """How many symbols are to be bought, held and sold."""
    return ", ".join(
        f"{counts[f'{side}s']} {side if counts[f'{side}s'] == 1 else f'{side}s'}"
        for side in ("buy", "hold", "sell")
    )


def _known(summary: Mapping[str, Any]) -> str:
    """What is stale and what is out of distribution."""
    outside = summary["out_of_distribution"]
    known = "it is unknown how many" if outside is None else f"{outside}"
    return (
        f"{_symbols(summary['tradable'])} can be traded, {summary['stale']} without a bar of this "
        f"date, {known} out of the distribution that the policies were trained on."
    )


def _flat_table(ranking: pl.DataFrame) -> Table:
    """What a flat account would hold, best first."""
    return make_table(
        "What to hold, best first", _FLAT, rows=ranking.sort("rank"), notes=_FLAT_NOTES
    )


def _account_table(ranking: pl.DataFrame, summary: Mapping[str, Any]) -> Table:
    """The orders of the account, largest first."""
    largest = ranking.sort(pl.col("order_weight").abs(), "symbol", descending=[True, False])
    notes = (_account_note(summary),)
    return make_table("Orders of the account", _ACCOUNT, rows=largest, notes=notes)


def _account_note(summary: Mapping[str, Any]) -> str:
    """What the account is, and what the columns are."""
    account = summary["account"]
    since = (
        "Each policy's account is that of the out-of-sample record, carried on to this date: it "
        f"opened in cash on {account['opens']}, before the first test window, and was rolled "
        f"through {account['sessions']} session{'' if account['sessions'] == 1 else 's'} by the "
        "policies of each time"
        if account["sessions"]
        else "Each policy's account is in cash: there is no record before this date"
    )
    return (
        f"{since}; weights are means over the policies, shares of equity. Order: what is to be "
        "traded at the next session, sales below 0, after partial adjustment and limits. Action: "
        f"target less held, beyond {_band(summary)} of an equal weight."
    )


def _band(summary: Mapping[str, Any]) -> str:
    """The band of actions in per cent."""
    return f"{100.0 * summary['action_band']:g} %"


def _changes_table(changes: pl.DataFrame) -> Table:
    """What changed for each symbol, and the features that moved its score most."""
    since = f" since {changes['since'][0]}" if changes.height else ""
    caption = f"What changed{since}, and why"
    return make_table(caption, _CHANGES, rows=changes, notes=_CHANGES_NOTES)


def _mover(row: Values, place: int) -> str | None:
    """A feature and its part in a change, None where there are not so many."""
    name = row[f"feature_{place}"]
    return None if name is None else f"{name} {written(row[f'moved_{place}'], _CHANGE)}"


def _provenance_table(summary: Mapping[str, Any]) -> Table:
    """What the ranking was made of."""
    facts = {
        "agent": summary["agent"],
        "fold": summary["fold"],
        "rows up to the date, SHA-256": summary["data_sha256"],
    } | {f"policy {name}, SHA-256": digest for name, digest in summary["policies"].items()}
    rows = [{"what": name, "value": value} for name, value in facts.items()]
    return make_table("Made of", _FACTS, rows=rows)


def _places(value: float) -> str:
    """Places won or lost."""
    return f"{value:+.0f}" if value else "0"


def _distance(value: float) -> str:
    """A distance, marked above 1."""
    return f"{value:.2f} (out of distribution)" if value > 1.0 else f"{value:.2f}"


_MOVED = "+z.2f %"
_CHANGE = "+z.4f"
_FLAT = (
    Column("symbol", "text", "symbol"),
    Column("rank", "number", "rank", WHOLE),
    Column("action", "text", "action", ACTION),
    Column("target weight", "number", "target_weight", PERCENT),
    Column("probability", "number", "probability", WHOLE_PERCENT),
    Column("agreement", "number", "agreement", WHOLE_PERCENT),
    Column("score", "number", "score", "z.4f"),
    Column("distance", "number", "distance", _distance),
    LAST_BAR,
    Column("sessions old", "number", "stale_sessions", WHOLE),
)
_ACCOUNT = (
    Column("symbol", "text", "symbol"),
    Column("action", "text", "account_action", ACTION),
    Column("order", "number", "order_weight", _MOVED),
    Column("held", "number", "held_weight", PERCENT),
    Column("target weight", "number", "account_target_weight", PERCENT),
    Column("probability", "number", "account_probability", WHOLE_PERCENT),
    Column("agreement", "number", "account_agreement", WHOLE_PERCENT),
    Column("rank", "number", "account_rank", WHOLE),
    Column("score", "number", "account_score", "z.4f"),
)
_CHANGES = (
    Column("symbol", "text", "symbol"),
    Column("places won", "number", "rank_change", _places),
    Column("weight change", "number", "weight_change", _MOVED),
    Column("score change", "number", "score_change", _CHANGE),
    Column("moved most by", "text", partial(_mover, place=1)),
    Column("then by", "text", partial(_mover, place=2)),
    Column("and by", "text", partial(_mover, place=3)),
    Column("other features", "number", "other_features", _CHANGE),
    Column("universe", "number", "universe", _CHANGE),
    Column("rank", "number", "rank", WHOLE),
    Column("action before", "text", "action_before"),
)
_FACTS = (Column("what", "text", "what"), Column("value", "text", "value"))
