"""The page of robustness: how figures spread over paths, and what that is not."""

import base64
from collections.abc import Mapping
from functools import partial
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
    Cell,
    Column,
    Table,
    Values,
    is_mean,
    make_table,
    number_cell,
    two_decimals,
)
from walkforge.reporting.told import PERCENT, TWO

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


_SHOWN = (
    Column("Sharpe", "number", "sharpe", TWO),
    Column("Sharpe less equal weight", "number", "sharpe_beyond", TWO),
    Column("return beyond equal weight", "number", "annual_difference", PERCENT),
)
_DAYS = {ALL: "all days", RECORD: "the record's days"}
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
    rows = [
        {"agent": agent, "of": shown, "over": over, "walk_forward": found["walk_forward"]}
        | {"spread": found[over][shown.field]}
        for agent, found in figures["agents"].items()
        for shown in _SHOWN
        for over in _OVER
    ]
    return make_table(
        "Figures over the paths, beside the walk-forward record",
        _SPREAD,
        rows=rows,
        headline=lambda row: bool(row["over"] == "over_paths"),
        notes=_SPREAD_NOTES,
    )


def _walk_forward(row: Values) -> Cell:
    """The figure of the walk-forward record."""
    shown: Column = row["of"]
    return shown.cell(row["walk_forward"])


def _of_spread(row: Values, name: str) -> Cell:
    """A figure of a spread, written as the figure that is spread."""
    return number_cell(row["spread"][name], row["of"].written)


def paths_table(paths: pl.DataFrame) -> Table:
    """The figures of every agent, path and seed; the mean of the seeds first."""
    seed = pl.col("seed")
    ordered = paths.sort("agent", "path", seed != SEED_MEAN, seed.str.len_chars(), "seed", "dates")
    return make_table("Every path", _PATHS, rows=ordered, headline=_is_headline, notes=_PATH_NOTES)


def _is_headline(row: Values) -> bool:
    """Whether a row is of the mean of seeds on all days."""
    return is_mean(row) and row["dates"] == ALL


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


_SPREAD = (
    Column("agent", "text", "agent"),
    Column("figure", "text", lambda row: row["of"].label),
    Column("walk-forward", "number", _walk_forward),
    Column("over", "text", lambda row: _OVER[row["over"]]),
    Column("values", "number", lambda row: row["spread"]["count"], ","),
    Column("least", "number", partial(_of_spread, name="least")),
    Column("lower quartile", "number", partial(_of_spread, name="lower_quartile")),
    Column("median", "number", partial(_of_spread, name="median")),
    Column("upper quartile", "number", partial(_of_spread, name="upper_quartile")),
    Column("most", "number", partial(_of_spread, name="most")),
    Column("above 0", "number", lambda row: row["spread"]["above_zero"], PERCENT),
)
_PATHS = (
    Column("agent", "text", "agent"),
    Column("path", "number", "path", "d"),
    Column("seed", "text", "seed"),
    Column("on", "text", lambda row: _DAYS[row["dates"]]),
    *_SHOWN,
    Column("days", "number", "days", ","),
)
