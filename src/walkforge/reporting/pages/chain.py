"""The page of the audit of the chain: what was made again, and what differed."""

import polars as pl

from walkforge.reporting.catalogue import Entry
from walkforge.reporting.html.render import render_page
from walkforge.reporting.material import Material
from walkforge.reporting.tables import Column, make_table

ENTRY = Entry(
    place="evaluation/chain",
    inputs={
        "found": "evaluation/chain.parquet",
    },
    category="2. Evaluation",
    caption=(
        "The audit of the chain: bars, universe, scalers, labels, trainings, rewards, "
        "observations, orders, equity and fills, each made again with what comes after a date "
        "cut off or changed; and every record rolled once more."
    ),
)


def write(material: Material) -> str:
    """The page, of what it is made of."""
    return chain_html(material.files["found"])


_NOTES = (
    "Some symbols, evenly spaced, go from their bars to features, market, observations, orders and "
    "daily figures of a frozen policy: of each agent and fold the first seed's, through its test "
    "window. Values are compared to the last bit; one that differs stops the run.",
    "cut: bars end at a date, and a made-up session follows for orders to fill in. changed future: "
    "every later bar is another. last row: the market ends at each of the window's newest dates. "
    "next open: one symbol's open is another; it moves the equity of the day on which it fills "
    "where orders fill at the open, and nothing else. next close: where they do, all but the open "
    "of that day is another; which orders fill, how much of them and at what cost stays. later "
    "market: all that the stored market holds after a decision is another, for baselines too.",
    "scaler: of every seed, fitted again on data that end with its train window, compared to a "
    "millionth of the scale. training: its first two roll-outs, with every row after the train "
    "window changed, give the same policy. reward: what a training is shown and paid up to a mark, "
    "with every later row changed. label: the ranker, with every price after its train window "
    "changed. execution: fills are at the price of the bar (fill price). windows: as many sessions "
    "as are purged lie between train, validation and test. as stored: the market that policies are "
    "trained and scored on is the one that all bars give.",
    "bars: raw rows that end at a date give the bars up to that date (prefix), and all of them "
    "those that are stored. universe: bars that end at a date give the symbols, masks and prices "
    "up to it.",
    "record: the daily figures, weights, ledgers and closing accounts of every agent, fold and "
    "seed, of the consensus of seeds, and of every baseline, rolled once more; random policies "
    "likewise; the record that is judged, stitched from them. own rows: each policy was shown the "
    "rows of its window.",
    "A symbol whose bars end for good is closed out on the first date without one, which is known "
    "some dates later: figures from there on are left out where the cut comes before.",
)
_COLUMNS = (
    Column("agent", "text", "agent"),
    Column("fold", "text", "fold"),
    Column("stage", "text", "stage"),
    Column("check", "text", "check"),
    Column("compared", "number", "compared", ","),
    Column("leaks", "number", "leaks", ","),
)


def chain_html(found: pl.DataFrame) -> str:
    """A self-contained page with one row for each agent, fold, stage and check.

    Args:
        found: see evaluation.leaks.found_frame.
    """
    compared = int(found["compared"].sum())
    leaks = int(found["leaks"].sum())
    of_agents = ~pl.col("agent").str.contains(" ", literal=True)  # no agent's name has a space
    pairs = found.filter(of_agents).select("agent", "fold").unique().height
    caption = (
        f"{compared:,} values compared, of {pairs} pairs of agent and fold, of the "
        f"baselines and of the market that all share; {leaks:,} are not as they must be."
    )
    table = make_table(caption, _COLUMNS, rows=found, notes=_NOTES)
    return render_page("one_table.html.j2", title="Audit of the chain", table=table)
