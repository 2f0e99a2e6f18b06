"""How the evidence depends on costs, on the delay of execution and on capital."""

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import polars as pl

from walkforge.evaluation.break_even import Thresholds
from walkforge.evaluation.evidence import Bootstrap
from walkforge.evaluation.sensitivity_grid import LATE_OPEN, NEXT_OPEN
from walkforge.evaluation.sensitivity_record import (
    Cell,
    Figures,
    SensitivityRecord,
    figures_of,
    sensitivity_record,
)
from walkforge.metrics.uncertainty import interval

SCHEMA_VERSION = 1


class Sensitivity(NamedTuple):
    """What varied terms show.

    figures: a row for each strategy, seed and value: kind, strategy, seed, study, value, sharpe
        with its standard error and interval (low, high), annual_return (of the mean day) with its
        standard error, and turnover, annual; nan where undefined.
    findings: JSON, break-evens and capacity of each strategy and seed.
    """

    figures: pl.DataFrame
    findings: dict[str, Any]


def sensitivity(returns: pl.DataFrame, settings: Mapping[str, Any]) -> Sensitivity:
    """The figures of all strategies on the terms of the grid, and where they reach 0.

    Args:
        returns: see evaluation.sensitivity_rollout.roll_sensitivity.
        settings: `bootstrap`, `sensitivity`, and `market`, of which nothing is read but stated.

    Raises:
        InputError: the record is too short to draw from.
    """
    bootstrap = Bootstrap(
        replications=settings["bootstrap"]["replications"],
        confidence=settings["bootstrap"]["confidence"],
        seed=settings["bootstrap"]["bootstrap_seed"],
    )
    record = sensitivity_record(returns)
    figures = figures_of(record, bootstrap)
    costs = [float(cost) for cost in settings["sensitivity"]["cost_bps"]]
    findings = {
        "schema_version": SCHEMA_VERSION,
        **settings["market"],
        **settings["sensitivity"],
        "most_cost_bps": float(record.values("costs")[-1]),
        "confidence": bootstrap.confidence,
        "block_days": figures.block,
        "periods_per_year": record.per_year,
        "strategies": _findings(record, figures, confidence=bootstrap.confidence),
    }
    shown = (pl.col("study") != "costs") | pl.col("value").is_in(costs)
    frame = figures_frame(record, figures, confidence=bootstrap.confidence)
    return Sensitivity(frame.filter(shown), findings)


def figures_frame(
    record: SensitivityRecord, figures: Figures, *, confidence: float
) -> pl.DataFrame:
    """A row for each strategy and cell, see Sensitivity."""
    rows = []
    for p, key in enumerate(record.keys):
        for g, cell in enumerate(record.cells):
            ratios = figures.ratio_draws[:, p, g]
            means = figures.mean_draws[:, p, g]
            known = ratios[np.isfinite(ratios)]
            low, high = interval(ratios, confidence=confidence)
            rows.append(
                {
                    **key._asdict(),
                    **cell._asdict(),
                    "sharpe": float(figures.ratio[p, g]),
                    "sharpe_error": float(known.std()) if len(known) else math.nan,
                    "low": low,
                    "high": high,
                    "annual_return": float(figures.mean[p, g]) * record.per_year,
                    "return_error": float(means.std()) * record.per_year,
                    "turnover": float(record.turnover[p, g]) * record.per_year,
                }
            )
    return pl.DataFrame(rows)


def _findings(
    record: SensitivityRecord, figures: Figures, *, confidence: float
) -> list[dict[str, Any]]:
    """Where each strategy's figures reach 0, and what a session's delay changes."""
    at = Thresholds(record, figures, confidence=confidence)
    found = []
    for place, key in enumerate(record.keys):
        beside = key.kind == "agent"
        found.append(
            {
                **key._asdict(),
                "gross_return": float(figures.mean[place, at.costs[0]]) * record.per_year,
                "turnover": float(record.turnover[place, at.costs[0]]) * record.per_year,
                "break_even": at.break_even(place),
                "break_even_beside": at.break_even_beside(place) if beside else None,
                "delay": _delay(record, figures, place, confidence=confidence),
                "capacity": at.capacity(place),
                "capacity_beside": at.capacity_beside(place) if beside else None,
                "half_sharpe": at.half_sharpe(place),
            }
        )
    return found


def _delay(
    record: SensitivityRecord, figures: Figures, place: int, *, confidence: float
) -> dict[str, float | None]:
    """What a session's delay adds to the Sharpe ratio at the open, with its interval."""
    late, timely = (record.cells.index(Cell("delay", at)) for at in (LATE_OPEN, NEXT_OPEN))
    draws = figures.ratio_draws[:, place]
    own = figures.ratio[place]
    low, high = interval(draws[:, late] - draws[:, timely], confidence=confidence)
    found = {"difference": float(own[late] - own[timely]), "low": low, "high": high}
    return {name: value if math.isfinite(value) else None for name, value in found.items()}
