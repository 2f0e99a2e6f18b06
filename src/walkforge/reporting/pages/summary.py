"""The first page of a study's report: what was found, on which data, made with what."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import polars as pl

from walkforge.provenance import sha256_bytes
from walkforge.reporting.catalogue import Entry
from walkforge.reporting.checks import Checks, checks_table
from walkforge.reporting.facts import bar_spans, fold_windows, left_out, package_versions
from walkforge.reporting.html.render import render_page
from walkforge.reporting.largest_day import largest_days_table
from walkforge.reporting.material import Material
from walkforge.reporting.pages.evidence import STRATEGIES, against_table
from walkforge.reporting.statement import CAVEAT, finding
from walkforge.reporting.tables import (
    HEADLINE,
    Cell,
    Column,
    Table,
    make_table,
    metrics_table,
    ranking_table,
    text_cell,
)
from walkforge.reporting.told import RULES, Source, place_of, say, together
from walkforge.reporting.verdict_text import general, verdicts_told

ENTRY = Entry(
    place="evaluation/summary",
    inputs={
        "verdict": "evaluation/verdict.json",
        "strategies": "evaluation/strategies.parquet",
        "against": "evaluation/against.parquet",
        "returns": "evaluation/returns.parquet",
        "metrics": "evaluation/metrics.parquet",
        "equity_png": "figures/equity.png",
        "drawdown_png": "figures/drawdown.png",
        "ranking": "rankings/latest.parquet",
        "bars": "bars/bars.parquet",
        "features": "features/features.parquet",
        "quality": "bars/quality.json",
        "parity": "features/parity.parquet",
        "audit": "features/audit.parquet",
        "chain": "evaluation/chain.parquet",
        "manifests": "folds/{trained}/manifest.json",
        "tests": "folds/{fold}/test.json",
        "config": "config.yaml",
    },
    keys=(
        "data.quality_gate",
        "market.execution",
        "report.ranking_rows",
        "report.title",
        "schema_version",
    ),
    newer_than=("figures/{figure}.png", "figures/trades_{agent}.html", "rankings/latest.html"),
    after="",
    category="1. Summary",
    caption=(
        "Start here: what the out-of-sample record says, with its pictures, metrics, latest "
        "ranking, data, folds and provenance on one page."
    ),
)


# A longer list of symbols starts folded away.
_OPEN_ROWS = 30
_LEFT_OUT_ROWS = 100
_FOLDS_CAPTION = (
    "Each fold is fitted on train and read once on test; validation is held back, and "
    "nothing is chosen on it yet. The second date of a window is not part of it; a fold "
    "without a test window is never scored."
)
_WINDOWS = {
    "train": "{train_start} to {train_end}",
    "validation": "{validation_start} to {validation_end}",
    "test": "{test_start} to {test_end}",
}
_MARKET = "config.yaml#market"
_PICTURES = (
    "Out-of-sample equity of agents and up to six baselines, net of costs: growth of "
    "{start:.1f} (log)",
    "Out-of-sample drawdown of agents and up to six baselines, net of costs: % below the peak",
)


def write(material: Material) -> str:
    """The page, of what it is made of."""
    files = material.files
    config = material.config
    checks = Checks(
        quality=files["quality"],
        quality_gate=config["data"]["quality_gate"],
        parity=files["parity"],
        audit=files["audit"],
        chain=files["chain"],
    )
    names = ("returns", "metrics", "verdict", "strategies", "against", "ranking")
    shown = {name: files[name] for name in (*names, "equity_png", "drawdown_png")}
    content = Summary(
        **config["report"],
        **shown,
        symbols=bar_spans(files["bars"]),
        left_out=left_out(files["quality"], files["bars"], files["features"]),
        folds=fold_windows([*files["manifests"].values(), *files["tests"].values()]),
        checks=checks,
        schema_version=config["schema_version"],
        execution=material.execution,
        config_digest=sha256_bytes(files["config"]),
        package_versions=package_versions(),
    )
    return summary_html(content)


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """All that the page shows; it reads no clock, file or network.

    returns: as `plot_equity` takes it. metrics: as `metrics_html`. verdict, strategies, against: as
    `evidence_html`. ranking: as `ranking_table`, of which the first `ranking_rows` are shown.
    equity_png, drawdown_png: pictures. symbols: symbol, first_bar, last_bar.
    left_out: see facts.left_out. folds: fold, then
    train_start, train_end, validation_start, validation_end, test_start, test_end, half-open, null
    where a fold has no such window. checks: of data, features, policies and accounts. execution:
    where orders fill. package_versions: version by distribution.
    """

    title: str
    returns: pl.DataFrame
    metrics: pl.DataFrame
    verdict: Mapping[str, Any]
    strategies: pl.DataFrame
    against: pl.DataFrame
    ranking: pl.DataFrame
    ranking_rows: int
    equity_png: bytes
    drawdown_png: bytes
    symbols: pl.DataFrame
    left_out: pl.DataFrame
    folds: pl.DataFrame
    checks: Checks
    schema_version: int
    execution: str
    config_digest: str
    package_versions: Mapping[str, str]


def summary_html(content: Summary) -> str:
    """The summary as one HTML page that needs no other file and no network.

    Raises ValueError as `read_records`, `metrics_html` and `ranking_table` do.
    """
    pictures = zip(_PICTURES, (content.equity_png, content.drawdown_png), strict=True)
    return render_page(
        "summary.html.j2",
        title=content.title,
        content=content,
        finding=finding(content.returns, content.metrics),
        caveat=together(
            say("{execution:@AT_ONCE}", Source(_MARKET, {"execution": content.execution})),
            say(CAVEAT, RULES),
        ),
        pictures=[
            {"caption": say(caption, RULES), "base64": base64.b64encode(png).decode()}
            for caption, png in pictures
        ],
        verdicts=verdicts_told(content.verdict),
        general=general(content.verdict),
        against=[
            against_table(
                content.strategies,
                content.against,
                agent=name,
                confidence=content.verdict["confidence"],
            )
            for name in content.verdict["agents"]
        ],
        largest=largest_days_table(content.strategies, file=STRATEGIES),
        metrics=metrics_table(content.metrics, figures=HEADLINE),
        ranking=ranking_table(content.ranking, limit=content.ranking_rows),
        checks=checks_table(content.checks),
        symbols=_symbols_table(content.symbols),
        left_out=_left_out_table(content.left_out),
        folds=_folds_table(content.folds),
        packages=_packages_table(content.package_versions),
        provenance=say(
            "Format of the configuration: version {schema_version}. Digest of the configuration: "
            "{sha256}",
            Source("config.yaml#", {"schema_version": content.schema_version}),
            Source("computed#config", {"sha256": content.config_digest}),
        ),
        open_rows=_OPEN_ROWS,
    )


def _symbols_table(symbols: pl.DataFrame) -> Table:
    days = symbols["first_bar"].min(), symbols["last_bar"].max()
    facts = {"symbols": symbols.height, "first": days[0], "last": days[1]}
    caption = say(
        "Daily bars of {symbols:d symbol|symbols}{first:@SPAN}.", Source("computed#bars", facts)
    )
    rows = [
        Source(place_of("computed", "symbols", row["symbol"]), row)
        for row in symbols.sort("symbol").rows(named=True)
    ]
    return make_table(caption, _SYMBOLS, rows=rows)


def _left_out_table(left_out: pl.DataFrame) -> Table:
    shown = left_out.head(_LEFT_OUT_ROWS)
    more = left_out.height - shown.height
    told = say(
        "And {more:,} more, in bars/quality.json.", Source("computed#left_out", {"more": more})
    )
    caption = "Symbols that were dropped, or are never traded"
    rows = [
        Source(place_of("computed", "left_out", str(number)), row)
        for number, row in enumerate(shown.rows(named=True))
    ]
    return make_table(caption, _LEFT_OUT, rows=rows, notes=(told,) if more else ())


def _folds_table(folds: pl.DataFrame) -> Table:
    rows = [
        Source(place_of("computed", "folds", row["fold"]), row) for row in folds.rows(named=True)
    ]
    return make_table(_FOLDS_CAPTION, _FOLDS, rows=rows)


def _window_cell(row: Source, window: str) -> Cell:
    start = row[f"{window}_start"]
    end = row[f"{window}_end"]
    if start is None or end is None:
        return text_cell(None, look="date")
    return Cell(text=say(_WINDOWS[window], row), value=str(start), kind="date")


def _packages_table(versions: Mapping[str, str]) -> Table:
    rows = [
        Source(place_of("installed", name), {"package": name, "version": version})
        for name, version in sorted(versions.items())
    ]
    return make_table("Versions of the packages", _PACKAGES, rows=rows)


_SYMBOLS = (
    Column("symbol", "text", "symbol"),
    Column("first bar", "date", "first_bar"),
    Column("last bar", "date", "last_bar"),
)
_LEFT_OUT = (
    Column("symbol", "text", "symbol"),
    Column("outcome", "text", "outcome"),
    Column("reason", "text", "reason"),
)
_FOLDS = (
    Column("fold", "text", "fold"),
    Column("train", "date", partial(_window_cell, window="train")),
    Column("validation", "date", partial(_window_cell, window="validation")),
    Column("test", "date", partial(_window_cell, window="test")),
)
_PACKAGES = (Column("package", "text", "package"), Column("version", "text", "version"))
