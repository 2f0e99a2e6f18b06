"""The page of a ranking: what to hold, the account's orders, what changed and why, made of what."""

from collections.abc import Mapping
from typing import Any

import polars as pl

from walkforge.reporting.catalogue import Entry
from walkforge.reporting.html.render import render_page
from walkforge.reporting.material import Material
from walkforge.reporting.tables import (
    Cell,
    Column,
    Row,
    Table,
    action_cell,
    last_bar_cell,
    number_cell,
    percent,
    text_cell,
    whole_percent,
)

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


_MOVERS = ("moved most by", "then by", "and by")  # features named for each symbol
_FLAT_NOTES = (
    "For an account that holds cash alone. Probability: how likely the policies' own distribution "
    "of actions, with the noise of training, is to say the same. Agreement: share of seeds that "
    "do. Unusual: distance from the "
    "rows the policies were trained on; above 1, which one row of train in a hundred is, they "
    "judge what they have hardly seen.",
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
        unusual=_unusual(summary),
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


def _unusual(summary: Mapping[str, Any]) -> str:
    """What is stale and what is unusual."""
    unusual = summary["out_of_distribution"]
    known = "unknown how many" if unusual is None else f"{unusual}"
    return (
        f"{_symbols(summary['tradable'])} can be traded, {summary['stale']} have no bar of this "
        f"date, {known} lie outside of what the policies were trained on."
    )


def _flat_table(ranking: pl.DataFrame) -> Table:
    """What a flat account would hold, best first."""
    heads = (
        ("symbol", "text"), ("rank", "number"), ("action", "text"), ("target weight", "number"),
        ("probability", "number"), ("agreement", "number"), ("score", "number"),
        ("unusual", "number"), ("last bar", "date"), ("sessions old", "number"),
    )  # fmt: skip
    rows = [
        Row(
            cells=[
                text_cell(row["symbol"]),
                number_cell(row["rank"], "{:.0f}".format),
                action_cell(row["action"], symbol=row["symbol"]),
                number_cell(row["target_weight"], percent),
                number_cell(row["probability"], whole_percent),
                number_cell(row["agreement"], whole_percent),
                number_cell(row["score"], "{:z.4f}".format),
                number_cell(row["distance"], _distance),
                last_bar_cell(row["last_bar"], row["as_of"]),
                number_cell(row["stale_sessions"], "{:,.0f}".format),
            ]
        )
        for row in ranking.sort("rank").iter_rows(named=True)
    ]
    return _table("What to hold, best first", heads, rows, notes=_FLAT_NOTES)


def _account_table(ranking: pl.DataFrame, summary: Mapping[str, Any]) -> Table:
    """The orders of the account, largest first."""
    heads = (
        ("symbol", "text"), ("action", "text"), ("order", "number"), ("held", "number"),
        ("target weight", "number"), ("probability", "number"), ("agreement", "number"),
        ("rank", "number"), ("score", "number"),
    )  # fmt: skip
    largest = ranking.sort(pl.col("order_weight").abs(), "symbol", descending=[True, False])
    rows = [
        Row(
            cells=[
                text_cell(row["symbol"]),
                action_cell(row["account_action"], symbol=row["symbol"]),
                number_cell(row["order_weight"], _signed_percent),
                number_cell(row["held_weight"], percent),
                number_cell(row["account_target_weight"], percent),
                number_cell(row["account_probability"], whole_percent),
                number_cell(row["account_agreement"], whole_percent),
                number_cell(row["account_rank"], "{:.0f}".format),
                number_cell(row["account_score"], "{:z.4f}".format),
            ]
        )
        for row in largest.iter_rows(named=True)
    ]
    return _table("Orders of the account", heads, rows, notes=(_account_note(summary),))


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
    heads = (
        ("symbol", "text"), ("places won", "number"), ("weight change", "number"),
        ("score change", "number"), *((label, "text") for label in _MOVERS),
        ("other features", "number"), ("universe", "number"), ("rank", "number"),
        ("action before", "text"),
    )  # fmt: skip
    rows = [
        Row(
            cells=[
                text_cell(row["symbol"]),
                number_cell(row["rank_change"], _places),
                number_cell(row["weight_change"], _signed_percent),
                number_cell(row["score_change"], _signed),
                *(_mover(row, place) for place in range(1, len(_MOVERS) + 1)),
                number_cell(row["other_features"], _signed),
                number_cell(row["universe"], _signed),
                number_cell(row["rank"], "{:.0f}".format),
                text_cell(row["action_before"]),
            ]
        )
        for row in changes.iter_rows(named=True)
    ]
    since = f" since {changes['since'][0]}" if changes.height else ""
    return _table(f"What changed{since}, and why", heads, rows, notes=_CHANGES_NOTES)


def _mover(row: Mapping[str, Any], place: int) -> Cell:
    """The cell of a feature and its part."""
    name = row[f"feature_{place}"]
    part = row[f"moved_{place}"]
    return text_cell(None if name is None else f"{name} {_signed(part)}")


def _provenance_table(summary: Mapping[str, Any]) -> Table:
    """What the ranking was made of."""
    facts = {
        "agent": summary["agent"],
        "fold": summary["fold"],
        "rows up to the date, SHA-256": summary["data_sha256"],
    } | {f"policy {name}, SHA-256": digest for name, digest in summary["policies"].items()}
    rows = [Row(cells=[text_cell(name), text_cell(value)]) for name, value in facts.items()]
    return _table("Made of", (("what", "text"), ("value", "text")), rows)


def _table(
    caption: str,
    heads: tuple[tuple[str, str], ...],
    rows: list[Row],
    *,
    notes: tuple[str, ...] = (),
) -> Table:
    """A table of such headings."""
    columns = [Column(label=label, kind=kind) for label, kind in heads]
    return Table(caption=caption, columns=columns, rows=rows, notes=notes)


def _places(value: float) -> str:
    """Places won or lost."""
    return f"{value:+.0f}" if value else "0"


def _signed(value: float) -> str:
    """A number with its sign and four decimals."""
    return f"{value:+z.4f}"


def _signed_percent(value: float) -> str:
    """A fraction in per cent with its sign and two decimals."""
    return f"{100.0 * value:+z.2f} %"


def _distance(value: float) -> str:
    """A distance, marked above 1."""
    return f"{value:.2f} (unusual)" if value > 1.0 else f"{value:.2f}"
