"""What the summary page must show: the source of every cell, and of figures in sentences."""

from collections.abc import Sequence
from typing import NamedTuple

import polars as pl

from walkforge.verify.evidence import AGAINST, METRICS, STRATEGIES
from walkforge.verify.sources import (
    LATEST,
    MOST_LEFT_OUT,
    QUALITY,
    WINDOWS,
    Sources,
    place,
)
from walkforge.verify.study import CONSENSUS, EQUAL_WEIGHT, MEAN

VERDICT = "evaluation/verdict.json"
HEADLINE = (
    "sharpe", "sharpe_standard_error", "annual_return", "annual_volatility", "max_drawdown",
    "sortino", "calmar", "annual_turnover", "days",
)  # fmt: skip
LARGEST = (
    "strategy", "largest_date", "largest_return", "largest_share", "total_return", "total_without",
    "sharpe", "sharpe_without",
)  # fmt: skip
BESIDE = ("sharpe_difference", "low", "high", "annual_difference", "z")
RANKED = ("symbol", "rank", "action", "target_weight", "score", "agreement")
OF_ALL = ("trials", "superior_to_equal_weight", "overfitting_probability", "holdout_opened")
CHECKED = ("compared", "leaks")
# Texts that must stand on the page whatever the figures are: by module and name.
ALWAYS = (
    ("statement", "CAVEAT"), ("tables", "_FIRST_NOTE"), ("tables", "_METRICS_NOTES"),
    ("tables", "_RANKING_NOTES"), ("evidence", "_AGAINST_NOTES"), ("largest_day", "_NOTE"),
    ("checks", "_NOTE"), ("checks", "_CHECKS"), ("summary", "_PICTURES"),
    ("summary", "_FOLDS_CAPTION"),
)  # fmt: skip


class Due(NamedTuple):
    """A table: its name, and of each row the sources of each cell."""

    name: str
    rows: list[list[list[str]]]


def tables(sources: Sources) -> list[Due]:
    """The tables that the page must show, but for that of versions, in order."""
    agents = sources.study.verdict["agents"]
    left_out = _left_out(sources)
    return [
        _ranking(sources), *(_against(sources, name) for name in agents), _largest(sources),
        _checks(), _symbols(sources), *([left_out] if left_out.rows else []), _folds(sources),
        _metrics(sources),
    ]  # fmt: skip


def each_of(*keys: str, fields: Sequence[str]) -> list[list[str]]:
    """The sources of cells of one row: a field each."""
    return [[place(*keys, name)] for name in fields]


def _ranking(sources: Sources) -> Due:
    """The best ranks."""
    ranking = sources.study.folder.frame(LATEST).sort("rank", "symbol")
    rows = []
    for row in ranking.head(sources.study.config["report"]["ranking_rows"]).rows(named=True):
        at = (LATEST, row["symbol"])
        bar = [] if row["last_bar"] is None else [place(*at, "last_bar"), place(*at, "stale")]
        rows.append([*each_of(*at, fields=RANKED), bar, [place(*at, "as_of")]])
    return Due("ranking", rows)


def _against(sources: Sources, agent: str) -> Due:
    """One agent beside every baseline, equal weight first."""
    frame = sources.study.folder.frame(AGAINST)
    others = sorted(
        frame.filter(pl.col("agent") == agent)["baseline"].to_list(),
        key=lambda name: (name != EQUAL_WEIGHT, name),
    )
    own = ("strategy", "sharpe", "low", "high")
    rows = [[*each_of(STRATEGIES, "agent", agent, fields=own), *([] for _ in BESIDE)]]
    rows += [
        each_of(STRATEGIES, "baseline", name, fields=own)
        + each_of(AGAINST, agent, name, fields=BESIDE)
        for name in others
    ]
    return Due(f"{agent} beside baselines", rows)


def _largest(sources: Sources) -> Due:
    """The largest day of every record: agents first, then equal weight."""
    keys = sorted(
        sources.study.folder.frame(STRATEGIES).select("kind", "strategy").rows(),
        key=lambda key: (key[0], key[1] != EQUAL_WEIGHT, key[1]),
    )
    return Due("largest days", [each_of(STRATEGIES, *key, fields=LARGEST) for key in keys])


def _checks() -> Due:
    """What the checks of data, features, policies and accounts found."""
    read = ("bars", "rows_in", "quarantined", "missing")
    quality = [place(QUALITY, "score"), place("config.yaml", "data", "quality_gate"),
               *(place(QUALITY, name) for name in read), "computed#quality/volumes"]  # fmt: skip
    found = [
        quality,
        [f"computed#parity/{name}" for name in ("compared", "of", "largest")],
        *([f"computed#{audit}/{name}" for name in CHECKED] for audit in ("audit", "chain")),
    ]
    return Due("checks", [[[], each, []] for each in found])


def _symbols(sources: Sources) -> Due:
    """The first and last bar of every symbol."""
    fields = ("symbol", "first_bar", "last_bar")
    return Due(
        "symbols", [each_of("computed", "symbols", name, fields=fields) for name in sources.symbols]
    )


def _left_out(sources: Sources) -> Due:
    """What was dropped, and the symbols without a day to trade."""
    fields = ("symbol", "outcome", "reason")
    count = min(len(sources.left_out), MOST_LEFT_OUT)
    rows = [each_of("computed", "left_out", str(at), fields=fields) for at in range(count)]
    return Due("symbols left out", rows)


def _folds(sources: Sources) -> Due:
    """The windows of every fold."""
    rows = []
    for fold, known in sources.folds.items():
        at = ("computed", "folds", fold)
        windows = [
            [place(*at, f"{name}_{edge}") for edge in ("start", "end") if known[f"{name}_start"]]
            for name in WINDOWS
        ]
        rows.append([[place(*at, "fold")], *windows])
    return Due("folds", rows)


def _metrics(sources: Sources) -> Due:
    """The headline figures of every strategy and seed: agents first, then equal weight."""
    keys = sources.study.folder.frame(METRICS).select("kind", "strategy", "seed").rows()
    counts = [strategy for kind, strategy, _ in keys if kind == "agent"]
    alone = {name for name in counts if counts.count(name) == 2}  # one seed, and its mean

    def order(key: tuple[str, str, str]) -> tuple[object, ...]:
        kind, strategy, seed = key
        of_all = seed != MEAN, seed != CONSENSUS
        return kind, strategy != EQUAL_WEIGHT, strategy, *of_all, len(seed), seed

    shown = [
        key for key in sorted(keys, key=order)
        if key[0] != "agent" or key[2] == MEAN or key[1] not in alone
    ]  # fmt: skip
    rows = []
    for key in shown:
        name = [place(METRICS, *key, each) for each in ("strategy", "seed")]
        rows.append([name, *each_of(METRICS, *key, fields=(*HEADLINE, "kind"))])
    return Due("metrics", rows)


def figures_due(sources: Sources) -> set[str]:
    """The sources of figures that must stand in sentences."""
    study = sources.study
    found = {place(VERDICT, name) for name in OF_ALL}
    found |= {"computed#record/days", "computed#record/year", "computed#record/bar"}
    found |= {place(METRICS, "baseline", EQUAL_WEIGHT, "", "sharpe"), "computed#config/sha256"}
    found |= {place("config.yaml", "market", "execution"), "config.yaml#schema_version"}
    found |= {"computed#ranking/shown", "computed#bars/symbols"}
    found |= {"computed#left_out/more"} if len(sources.left_out) > MOST_LEFT_OUT else set()
    for name, own in study.verdict["agents"].items():
        at = (VERDICT, "agents", name)
        found |= {place(*at, "word"), place(*at, "sharpe"), place(*at, "key")}
        found |= {place(METRICS, "agent", name, MEAN, "sharpe")}
        facts = ["apart"]
        facts += ["comparisons"] if sources.agent(name)["comparisons"] else []
        if own["sharpe"] is not None:
            found |= {place(*at, *each) for each in
                      (("deflated",), ("chance", "share_below"), ("market", "name"))}  # fmt: skip
            facts += ["decides", "among"]
            facts += ["spread"] if sources.agent(name)["spread"] != "none" else []
        found |= {place("computed", "agents", name, each) for each in facts}
    return found
