"""The ablation in sentences: which families of features matter, and what few of them do."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from walkforge.reporting.look_ahead import warned
from walkforge.reporting.records import SEED_MEAN
from walkforge.reporting.tables import UNDEFINED, two_decimals

Row = Mapping[str, Any]
Found = Mapping[str, Any]


def label_of(row: Row) -> str:
    """What a strategy of the ablation is called: without momentum, momentum alone, ..."""
    count = len(row["features"])
    words = {
        "all": f"all {count} features",
        "without": f"without {row['family']}",
        "only": f"{row['family']} alone",
        "few": f"{count} alone" if count > 1 else "one alone",
    }
    return words[row["change"]]


def paragraphs(frame: pl.DataFrame, found: Found) -> list[str]:
    """What was found, no more than the figures say.

    Args:
        frame, found: see evaluation.ablation.
    """
    means = frame.filter(seed=SEED_MEAN).rows(named=True)
    kinds = {
        change: [row for row in means if row["change"] == change] for change in ("without", "only")
    }
    (few,) = (row for row in means if row["change"] == "few")
    said = [*warned(found["execution"])]
    said.append(_scope(means[0], found))
    said.append(_families(kinds["without"]))
    if kinds["only"]:
        said.append(_alone(kinds["only"]))
    return [*said, _few(few, means[0])]


def notes(found: Found) -> tuple[str, ...]:
    """How differences were judged, and what they leave open."""
    count = found["comparisons"]
    confidence = found["confidence"]
    joint = 1.0 - (1.0 - confidence) / max(count, 1)
    chance = (
        "With one seed a training's chance is not seen at all: add seeds."
        if found["seeds"] == 1
        else "The days know nothing of a training's chance, the seeds do."
    )
    return (
        "Less all: difference of the annual Sharpe ratios, net of costs, on the same days, folds "
        "and seeds. From, to: its interval by the paired stationary bootstrap, "
        f"{found['replications']:,} resamples in blocks of {found['block_days']:.1f} days. "
        f"{count} differences are looked at at once, so each interval holds {100.0 * joint:.2f} %, "
        f"with which all of them hold together with {100.0 * confidence:.0f} % (Bonferroni).",
        "A difference is distinguishable when its interval leaves out 0 and every seed lies on "
        f"that side of every seed of the agent that reads all. {chance} What is not "
        "distinguishable may still be there, too small for this record.",
        "P(better): probability that a seed's ratio in a fold is above that of a seed of the agent "
        "that reads all; 0.50 is alike. Turnover: in multiples of equity a year. z: of what "
        "choosing symbols earned before costs.",
        "Every variant is a configuration that was tried: it is recorded, and from the next run on "
        "the deflated Sharpe ratios of the verdict count it.",
    )


def _scope(whole: Row, found: Found) -> str:
    """On what the ablation rests."""
    windows = found["folds"]
    seeds = found["seeds"]
    return (
        f"{found['days']:,} days out of sample, from {found['first']} to {found['last']}, in "
        f"{windows} test window{'s' * (windows != 1)}, with {seeds} seed{'s' * (seeds != 1)}: "
        f"{found['agent']} with {label_of(whole)} has a net Sharpe ratio of "
        f"{_number(whole['sharpe'])}."
    )


def _families(rows: Sequence[Row]) -> str:
    """Which families' absence is distinguishable."""
    if not rows:
        return "It reads a single family, so that none can be left out."
    told = [_told(row) for row in rows if row["distinguishable"]]
    if not told:
        return f"No family's absence is distinguishable: {_range(rows)}."
    rest = [row for row in rows if not row["distinguishable"]]
    others = f" No other family's absence is distinguishable: {_range(rest)}." if rest else ""
    share = f"{len(told)} of {len(rows)} families"
    return f"The absence of {share} is distinguishable: {'; '.join(told)}.{others}"


def _alone(rows: Sequence[Row]) -> str:
    """Which families alone are distinguishable from all features."""
    told = [_told(row) for row in rows if row["distinguishable"]]
    if not told:
        return f"No family alone is distinguishable from all features: {_range(rows)}."
    return f"Alone, distinguishable from all features: {'; '.join(told)}."


def _few(row: Row, whole: Row) -> str:
    """What few features do against all."""
    names = ", ".join(row["features"])
    verdict = "distinguishable" if row["distinguishable"] else "not distinguishable"
    return (
        f"{len(whole['features'])} against {len(row['features'])}: with {names} alone the ratio is "
        f"{_number(row['sharpe'])}, {_difference(row)}: {verdict}."
    )


def _told(row: Row) -> str:
    """A variant's name with its difference."""
    return f"{label_of(row)}, {_difference(row)}"


def _difference(row: Row) -> str:
    """A difference with its interval."""
    ends = f"{_number(row['low'])} to {_number(row['high'])}"
    return f"a difference of {_number(row['difference'], signed=True)} (interval {ends})"


def _range(rows: Sequence[Row]) -> str:
    """Between which differences some variants lie."""
    known = [row["difference"] for row in rows if math.isfinite(row["difference"])]
    if not known:
        return "the differences are undefined"
    if len(rows) == 1:
        return f"{_told(rows[0])}"
    low, high = (_number(end, signed=True) for end in (min(known), max(known)))
    return f"the {len(rows)} differences run from {low} to {high}"


def _number(value: float, *, signed: bool = False) -> str:
    """A number with two decimals; nan is undefined."""
    if math.isnan(value):
        return UNDEFINED
    return f"{value:+z.2f}" if signed else two_decimals(value)
