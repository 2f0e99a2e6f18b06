"""The page of robustness: how figures spread over paths, and what that is not."""

import base64
from collections.abc import Callable, Mapping
from typing import Any

import polars as pl

from walkforge.evaluation.robustness import ALL, RECORD
from walkforge.reporting.catalogue import Entry
from walkforge.reporting.html.render import render_page
from walkforge.reporting.look_ahead import warned
from walkforge.reporting.material import Material
from walkforge.reporting.records import EQUAL_WEIGHT, SEED_MEAN
from walkforge.reporting.tables import (
    UNDEFINED,
    Column,
    Row,
    Table,
    number_cell,
    percent,
    text_cell,
    two_decimals,
)

ENTRY = Entry(
    place="robustness/robustness",
    inputs={
        "paths": "robustness/paths.parquet",
        "figures": "robustness/robustness.json",
        "picture": "figures/robustness.png",
    },
    after="cut_splits",
)


def write(material: Material) -> str:
    """The page, of what it is made of."""
    return robustness_html(**material.files)


_SHOWN: Mapping[str, tuple[str, Callable[[float], str]]] = {
    "sharpe": ("Sharpe", two_decimals),
    "sharpe_beyond": ("Sharpe less equal weight", two_decimals),
    "annual_difference": ("return beyond equal weight", percent),
}
_DAYS = {ALL: "all days", RECORD: "the record's days"}
_SPREAD: Mapping[str, str] = {
    "least": "least",
    "lower_quartile": "lower quartile",
    "median": "median",
    "upper_quartile": "upper quartile",
    "most": "most",
}
_OVER: Mapping[str, str] = {
    "over_paths": "all days",
    "over_paths_and_seeds": "each seed",
    "over_paths_on_the_same_dates": "its days",
}
WARNING = (
    "Robustness, not evidence. Most policies here were trained on later data than they are tested "
    "on, which nobody could have done. The verdict and its headline are those of the walk-forward "
    "record alone. What this page tells is how much a figure depends on which years were trained "
    "on and which were tested."
)
_SPREAD_NOTES = (
    "Annual, net of costs. Walk-forward: the record of the summary page. All days: one value for "
    "each path, of the mean of the seeds' daily returns, as the headline is. Each seed: one for "
    "each path and seed. Its days: as all days, but on the days of the walk-forward record alone, "
    "so that both meet the same market. Less equal weight: of daily returns less equal "
    "weight's on the same days.",
    "Paths share policies and days: their spread is no confidence interval, and the share above 0 "
    "no probability.",
)
_PATH_NOTES = (
    "Each path holds every group once, tested by policies of different splits. The first row of an "
    "agent's path is the mean of its seeds.",
)


def robustness_html(paths: pl.DataFrame, figures: Mapping[str, Any], *, picture: bytes) -> str:
    """A self-contained page: the warning, the picture, spreads and paths.

    Args:
        paths, figures: see evaluation.robustness.Robustness. picture: PNG of the paths.
    """
    return render_page(
        "robustness.html.j2",
        title="Robustness",
        at_once=" ".join(warned(figures["execution"])),
        warning=WARNING,
        headlines=[_headline(name, found) for name, found in figures["agents"].items()],
        made=_made(figures),
        picture=base64.b64encode(picture).decode(),
        spreads=spread_table(figures),
        paths=paths_table(paths),
    )


def spread_table(figures: Mapping[str, Any]) -> Table:
    """The spread of every figure of every agent, and the walk-forward figure beside it."""
    rows = []
    for agent, found in figures["agents"].items():
        for name, (label, write) in _SHOWN.items():
            for over, said in _OVER.items():
                spread = found[over][name]
                cells = [
                    text_cell(agent),
                    text_cell(label),
                    number_cell(found["walk_forward"][name], write),
                    text_cell(said),
                    number_cell(spread["count"], "{:,}".format),
                    *(number_cell(spread[key], write) for key in _SPREAD),
                    number_cell(spread["above_zero"], percent),
                ]
                rows.append(Row(cells=cells, headline=over == "over_paths"))
    return Table(
        caption="Figures over the paths, beside the walk-forward record",
        columns=[
            Column(label="agent", kind="text"),
            Column(label="figure", kind="text"),
            Column(label="walk-forward", kind="number"),
            Column(label="over", kind="text"),
            Column(label="values", kind="number"),
            *(Column(label=label, kind="number") for label in _SPREAD.values()),
            Column(label="above 0", kind="number"),
        ],
        rows=rows,
        notes=_SPREAD_NOTES,
    )


def paths_table(paths: pl.DataFrame) -> Table:
    """The figures of every agent, path and seed; the mean of the seeds first."""
    seed = pl.col("seed")
    ordered = paths.sort("agent", "path", seed != SEED_MEAN, seed.str.len_chars(), "seed", "dates")
    return Table(
        caption="Every path",
        columns=[
            Column(label="agent", kind="text"),
            Column(label="path", kind="number"),
            Column(label="seed", kind="text"),
            Column(label="on", kind="text"),
            *(Column(label=label, kind="number") for label, _ in _SHOWN.values()),
            Column(label="days", kind="number"),
        ],
        rows=[
            Row(
                cells=[
                    text_cell(row["agent"]),
                    number_cell(row["path"], "{}".format),
                    text_cell(row["seed"]),
                    text_cell(_DAYS[row["dates"]]),
                    *(number_cell(row[name], write) for name, (_, write) in _SHOWN.items()),
                    number_cell(row["days"], "{:,}".format),
                ],
                headline=row["seed"] == SEED_MEAN and row["dates"] == ALL,
            )
            for row in ordered.rows(named=True)
        ],
        notes=_PATH_NOTES,
    )


def _headline(name: str, found: Mapping[str, Any]) -> str:
    """An agent's walk-forward figure and how the paths spread, as a sentence."""
    sharpe, beyond = (found["over_paths"][key] for key in ("sharpe", "sharpe_beyond"))
    ahead = round(beyond["count"] * (beyond["above_zero"] or 0.0))
    spread = (
        f"has a median of {_written(sharpe['median'])}, from {_written(sharpe['least'])} to "
        f"{_written(sharpe['most'])}"
    )
    return (
        f"{name}: the walk-forward Sharpe ratio, the figure that counts, is "
        f"{_written(found['walk_forward']['sharpe'])}. Over {_counted(sharpe['count'])} the ratio "
        f"{spread if sharpe['count'] > 1 else 'is ' + _written(sharpe['median'])}; "
        f"{ahead} of {beyond['count']} earned more than equal weight."
    )


def _made(figures: Mapping[str, Any]) -> str:
    """How the paths were made, as sentences."""
    start, end = figures["dates"]
    first, last = figures["walk_forward_dates"]
    tested = f"{figures['test_groups']} of {figures['groups']} groups"
    gap = figures["purge_days"] + figures["embargo_days"]
    market = _written(figures["baselines"][EQUAL_WEIGHT])
    return (
        f"{figures['splits']} splits, each tested on {tested} of the days from {start} to {end} "
        f"and trained on the others, without {figures['purge_days']} sessions before a test block "
        f"and {gap} after it (purge and embargo): {_counted(figures['paths'])}. The walk-forward "
        f"record runs from {first} to {last}. Equal weight's Sharpe ratio over the groups is "
        f"{market}. {_warmed(figures)}"
    )


def _warmed(figures: Mapping[str, Any]) -> str:
    """How accounts open, and what of the first group is not scored."""
    days = figures["warm_in_days"]
    unscored = figures["unscored"]
    if not days:
        return "Every test block opens in cash."
    told = (
        f"Every test block has an account of its own, which opens in cash {_sessions(days)} before "
        "it and is rolled by the same policy up to it, unscored; these sessions may be among those "
        "that the policy was trained on."
    )
    if unscored:
        told += f" The first {_sessions(unscored)} of group 1 are such a warm-in, and not scored."
    return told


def _sessions(count: int) -> str:
    """A number of sessions."""
    return f"{count:,} session{'' if count == 1 else 's'}"


def _counted(paths: int) -> str:
    """A number of paths in words."""
    return "one path" if paths == 1 else f"{paths:,} paths"


def _written(value: float | None) -> str:
    """A ratio with two decimals, a dash where it is undefined."""
    return UNDEFINED if value is None else two_decimals(value)
