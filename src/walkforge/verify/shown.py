"""What the summary page must show: every table's cells, and every sentence's numbers."""

import math
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, NamedTuple

import polars as pl

from walkforge.verify.audits import CHAIN, FEATURES
from walkforge.verify.evidence import AGAINST, METRICS, STRATEGIES
from walkforge.verify.page import Cell, Table
from walkforge.verify.study import CONSENSUS, EQUAL_WEIGHT, MEAN, Study

UNDEFINED = "–"
MOST_LEFT_OUT = 100  # rows of a table
CHECKS = (
    "data quality", "indicators against the library ta", "features know nothing later",
    "no policy, order or account does",
)  # fmt: skip
MARKS = {"buy": "▲ buy", "hold": "hold", "sell": "▼ sell"}
Row = Mapping[str, Any]


class Said(NamedTuple):
    """A text with numbers: them, as written, in order, and words that it must hold."""

    numbers: list[str]
    words: list[str]


def two(value: float) -> str:
    """A number with two decimals."""
    return f"{value:z.2f}"


def signed(value: float) -> str:
    """A number with its sign and two decimals."""
    return f"{value:+z.2f}"


def percent(value: float) -> str:
    """A fraction in per cent with one decimal."""
    return f"{100.0 * value:z.1f} %"


def whole(value: float) -> str:
    """A number without decimals."""
    return f"{value:,.0f}"


COMPARED: Mapping[str, tuple[str, Callable[[float], str]]] = {
    "sharpe": ("Sharpe", two), "low": ("from", two), "high": ("to", two),
    "sharpe_difference": ("agent's less its", signed),
    "difference_low": ("from", two), "difference_high": ("to", two),
    "annual_difference": ("return beyond", percent), "z": ("z", two),
}  # fmt: skip
HEADLINE: Mapping[str, tuple[str, Callable[[float], str]]] = {
    "sharpe": ("Sharpe", two), "sharpe_standard_error": ("SE", two),
    "annual_return": ("return", percent), "annual_volatility": ("volatility", percent),
    "max_drawdown": ("max drawdown", percent), "sortino": ("Sortino", two),
    "calmar": ("Calmar", two), "annual_turnover": ("turnover", two), "days": ("days", whole),
}  # fmt: skip


def number(value: float | None, write: Callable[[float], str]) -> Cell:
    """The cell of a number."""
    if value is None or math.isnan(value):
        return Cell("", UNDEFINED)
    return Cell(repr(value).replace("inf", "Infinity"), write(value))


def text(value: object) -> Cell:
    """The cell of a text or date."""
    return Cell("", UNDEFINED) if value is None else Cell(str(value), str(value))


def tables(study: Study) -> list[Table]:
    """The tables that the page must show, but for that of versions, in order."""
    folder = study.folder
    strategies = folder.frame(STRATEGIES)
    against = folder.frame(AGAINST)
    compared = [against_table(strategies, against, agent) for agent in study.verdict["agents"]]
    return [ranking_table(study), *compared, largest_days(strategies), checks_table(study),
            symbols_table(study), *left_out_table(study), folds_table(study),
            metrics_table(folder.frame(METRICS))]  # fmt: skip


def against_table(strategies: pl.DataFrame, against: pl.DataFrame, agent: str) -> Table:
    """One agent beside every baseline, equal weight first."""
    others = {
        row["baseline"]: row | {"difference_low": row["low"], "difference_high": row["high"]}
        for row in against.rows(named=True)
        if row["agent"] == agent
    }
    kept = {
        (row["kind"], row["strategy"]): {name: row[name] for name in ("sharpe", "low", "high")}
        for row in strategies.rows(named=True)
    }
    rows = [(agent, kept["agent", agent])]
    for name in sorted(others, key=lambda name: (name != EQUAL_WEIGHT, name)):
        rows.append((name, others[name] | kept["baseline", name]))
    return Table(
        ["strategy", *(label for label, _ in COMPARED.values())],
        [
            [text(name), *(number(row.get(f), write) for f, (_, write) in COMPARED.items())]
            for name, row in rows
        ],
    )


def largest_days(strategies: pl.DataFrame) -> Table:
    """The table that the summary must show: agents first, then equal weight."""
    rows = sorted(
        strategies.rows(named=True),
        key=lambda row: (row["kind"], row["strategy"] != EQUAL_WEIGHT, row["strategy"]),
    )
    cells = [
        [text(row["strategy"]), text(row["largest_date"]), number(row["largest_return"], percent),
         number(row["largest_share"], percent), number(row["total_return"], percent),
         number(row["total_without"], percent), number(row["sharpe"], two),
         number(row["sharpe_without"], two)]
        for row in rows
    ]  # fmt: skip
    heads = ["strategy", "day", "net return", "share", "total return", "without the day", "Sharpe",
             "without the day"]  # fmt: skip
    return Table(heads, cells)


def metrics_table(metrics: pl.DataFrame) -> Table:
    """The headline figures of every strategy and seed: agents first, then equal weight."""

    def place(row: Row) -> tuple[object, ...]:
        kind = row["kind"]
        name = row["strategy"]
        seed = row["seed"]
        first = kind != "agent", name != EQUAL_WEIGHT, name
        return *first, seed != MEAN, seed != CONSENSUS, len(seed), seed

    names = {"": "", MEAN: ", mean of seeds", CONSENSUS: ", consensus of seeds"}
    agents = [row["strategy"] for row in metrics.rows(named=True) if row["kind"] == "agent"]
    alone = {name for name in agents if agents.count(name) == 2}  # one seed, and its mean
    every = [
        row
        for row in metrics.rows(named=True)
        if row["kind"] != "agent" or row["seed"] == MEAN or row["strategy"] not in alone
    ]
    rows = [
        [
            text(row["strategy"] + names.get(row["seed"], f", seed {row['seed']}")),
            *(number(row[field], write) for field, (_, write) in HEADLINE.items()),
            text(row["kind"]),
        ]
        for row in sorted(every, key=place)
    ]
    return Table(["strategy", *(label for label, _ in HEADLINE.values()), "kind"], rows)


def ranking_table(study: Study) -> Table:
    """The best ranks."""
    ranking = study.folder.frame("rankings/latest.parquet").sort("rank", "symbol")
    heads = ["symbol", "rank", "action", "target weight", "score", "agreement", "last bar", "as of"]
    limit = study.config["report"]["ranking_rows"]
    return Table(heads, [_ranked(row) for row in ranking.head(limit).rows(named=True)])


def _ranked(row: Row) -> list[Cell]:
    """The cells of one rank."""
    day: date | None = row["last_bar"]
    stale = " (stale)" if day is not None and day < row["as_of"] else ""
    return [
        text(row["symbol"]),
        number(row["rank"], "{:.0f}".format),
        Cell(row["action"], MARKS.get(row["action"], "an action")),
        number(row["target_weight"], percent),
        number(row["score"], "{:z.4f}".format),
        number(row["agreement"], lambda share: f"{100.0 * share:.0f} %"),
        text(None) if day is None else Cell(str(day), f"{day}{stale}"),
        text(row["as_of"]),
    ]


def checks_table(study: Study) -> Table:
    """What the checks of data, features, policies and accounts found."""
    quality = study.folder.json("bars/quality.json")
    folder = study.folder
    gate = study.config["data"]["quality_gate"]
    parity = folder.frame("features/parity.parquet")["difference"]
    largest = max(parity.drop_nulls().to_list(), default=None)
    apart = "" if largest is None else f", largest difference {largest:.1e} standard deviations"
    found = (
        f"score {quality['score']:.4f}, where a run stops below {gate:.2f}: {quality['bars']:,} "
        f"bars of {quality['rows_in']:,} rows read, {quality['quarantined']:,} set aside, "
        f"{quality['missing']:,} sessions missed{_volume(study, quality)}",
        f"{parity.count():,} of {len(parity):,} compared{apart}",
        *(_recomputed(folder.frame(path, "compared", "leaks")) for path in (FEATURES, CHAIN)),
    )
    pages = ("quality.html", "parity.html", "audit.html", "chain.html")
    rows = [[text(each) for each in row] for row in zip(CHECKS, found, pages, strict=True)]
    return Table(["check", "found", "detail"], rows)


def _volume(study: Study, quality: Mapping[str, Any]) -> str:
    """What is to be said of volumes, '' where all symbols have one."""
    if study.config["data"]["volume"] == "absent":
        return "; no volume is read, and nothing goes by it"
    return "; some symbols have no volume, see there" if quality["without_volume"] else ""


def _recomputed(found: pl.DataFrame) -> str:
    """How many values an audit recomputed, and how many differ."""
    compared = found["compared"].sum()
    leaks = found["leaks"].sum()
    return f"{compared:,} values recomputed without what came later, {leaks:,} differ"


def symbols_table(study: Study) -> Table:
    """The first and last bar of every symbol."""
    rows = [[text(each) for each in row] for row in spans(study)]
    return Table(["symbol", "first bar", "last bar"], rows)


def left_out_table(study: Study) -> list[Table]:
    """What was dropped and the symbols without a day to trade; no table where there is none.

    The first cell of a row is the symbol, or the file that was dropped.
    """
    shown = [[text(cell) for cell in row] for row in left_out_rows(study)[:MOST_LEFT_OUT]]
    return [Table(["symbol", "outcome", "reason"], shown)] if shown else []


def left_out_rows(study: Study) -> list[list[str]]:
    """Symbol or file, outcome and reason of all that was left out."""
    folder = study.folder
    rows = [
        [each["symbol"] or each["file"], "dropped", f"{each['code']}: {each['reason']}"]
        for each in folder.json("bars/quality.json")["dropped"]
    ]
    bars = folder.frame("bars/bars.parquet", "date", "symbol", "tradable")
    features = folder.frame("features/features.parquet")
    whole = set(features.drop_nulls().select("symbol", "date").rows())
    for symbol in sorted(set(bars["symbol"])):
        own = bars.filter(pl.col("symbol") == symbol)
        open_days = own.filter("tradable")["date"].to_list()
        known = [day for day in own["date"].to_list() if (symbol, day) in whole]
        if set(open_days) & set(known):
            continue
        if not open_days:
            why = f"none of its {len(own):,} bars can be traded: no volume, or one bar repeated"
        elif not known:
            why = f"its {len(own):,} bars are fewer than the features need (features.warm_up)"
        else:
            why = "no bar that can be traded has all features"
        rows.append([symbol, "never traded", why])
    return rows


def spans(study: Study) -> list[tuple[str, date, date]]:
    """Symbol, first bar and last bar."""
    bars = study.folder.frame("bars/bars.parquet", "date", "symbol")
    low = pl.col("date").min().alias("first")
    high = pl.col("date").max().alias("last")
    return bars.group_by("symbol").agg(low, high).sort("symbol").rows()


def folds_table(study: Study) -> Table:
    """The windows of every fold."""
    rows = []
    for fold in [*study.folds, "live"]:
        windows = dict(study.folder.json(f"folds/{fold}/manifest.json"))
        if fold in study.folds:
            windows |= study.folder.json(f"folds/{fold}/test.json")
        rows.append([text(fold), *(_window(windows.get(name)) for name in WINDOWS)])
    return Table(["fold", *WINDOWS], rows)


WINDOWS = ("train", "validation", "test")


def _window(window: Mapping[str, str] | None) -> Cell:
    """The cell of a window."""
    if window is None:
        return text(None)
    return Cell(window["start"], f"{window['start']} to {window['end']}")
