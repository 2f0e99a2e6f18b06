"""The value behind each figure that a page shows, by its source, and how it is written."""

import hashlib
import math
from collections.abc import Callable, Mapping
from datetime import date
from functools import cached_property
from typing import Any
from urllib.parse import unquote

import polars as pl

from walkforge.verify import figures
from walkforge.verify.accounts import Accounts
from walkforge.verify.audits import CHAIN, FEATURES
from walkforge.verify.claim import Unreadable
from walkforge.verify.evidence import AGAINST, METRICS, STRATEGIES
from walkforge.verify.folder import Folder
from walkforge.verify.study import CONSENSUS, EQUAL_WEIGHT, MEAN, Key, Study

LATEST = "rankings/latest.parquet"
QUALITY = "bars/quality.json"
# The columns that a row of a file is found by.
KEYS = {
    METRICS: ("kind", "strategy", "seed"),
    STRATEGIES: ("kind", "strategy"),
    AGAINST: ("agent", "baseline"),
    LATEST: ("symbol",),
}
RULES: Mapping[str, float] = {
    "deflated_least": 0.95, "superior_most": 0.05, "random_least": 0.95,
    "alpha_least": 1.6448536269514722, "family_size": 0.05, "zero": 0, "one": 1, "start": 1.0,
}  # fmt: skip
MATCHED = 0.05
DAILY_LEAST = 200  # bars a year from which they are daily ones
WINDOWS = ("train", "validation", "test")
INSTALLED = "installed"  # versions of packages, which no file of the results holds


def place(file: str, *keys: str) -> str:
    """The source of a row or a field: it names the keys, percent-encoded."""
    return f"{file}#{'/'.join(map(encoded, keys))}"


def encoded(key: str) -> str:
    """A key as a source holds it: all but letters, digits and _.-~ percent-encoded; - is none."""
    if key in ("", "-"):
        return "%2D" if key else "-"
    plain = "_.-~"
    return "".join(
        each if each.isascii() and (each.isalnum() or each in plain)
        else "".join(f"%{byte:02X}" for byte in each.encode())
        for each in key
    )  # fmt: skip


class Sources:
    """Resolves sources: from files, from what is computed here, and from the rules."""

    def __init__(self, accounts: Accounts) -> None:
        self.accounts = accounts
        self.study: Study = accounts.study
        self._rows: dict[str, Mapping[tuple[str, ...], Mapping[str, Any]]] = {}
        self._agents: dict[str, Mapping[str, Any]] = {}

    def value(self, source: str) -> Any:
        """The value behind a source.

        Raises:
            Unreadable: there is none.
        """
        file, _, path = source.partition("#")
        keys = ["" if key == "-" else unquote(key) for key in path.split("/")]
        try:
            if file == "rule":
                return RULES[path]
            if file == "computed":
                return self._computed(keys)
            if file in KEYS:
                return self._rows_of(file)[tuple(keys[:-1])][keys[-1]]
            return _within(_read(self.study.folder, file), keys)
        except (LookupError, TypeError, ValueError) as error:
            raise Unreadable(f"{source}: no such figure") from error

    def _rows_of(self, file: str) -> Mapping[tuple[str, ...], Mapping[str, Any]]:
        """The rows of a file, by their keys."""
        if file not in self._rows:
            rows = self.study.folder.frame(file, *KEYS[file]).rows(named=True)
            if file == LATEST:
                rows = [row | {"stale": is_stale(row)} for row in rows]
            self._rows[file] = {tuple(row[name] for name in KEYS[file]): row for row in rows}
        return self._rows[file]

    def _computed(self, keys: list[str]) -> Any:
        """A figure that no file holds as it is shown."""
        name, *rest = keys
        if name == "agents":
            return self.agent(rest[0])[rest[1]]
        found: Any = _COMPUTED[name](self)
        for key in rest:
            found = found[int(key)] if isinstance(found, list) else found[key]
        return found

    def agent(self, name: str) -> Mapping[str, Any]:
        """What is said of one agent beside its figures in the files."""
        if name not in self._agents:
            found = self.study.verdict["agents"][name]
            facts = {"key": name} | _decided(found) | self._ratios(name) | self._apart(name)
            self._agents[name] = facts | self._intervals(name)
        return self._agents[name]

    def _ratios(self, name: str) -> dict[str, Any]:
        """The ratios of an agent's seeds, and its mean's distance from equal weight's."""
        rows = self._rows_of(METRICS)
        ratio = {key: row["sharpe"] for key, row in rows.items()}
        beyond = ratio["agent", name, MEAN] - ratio["baseline", EQUAL_WEIGHT, ""]
        every = [
            each for (kind, own, seed), each in ratio.items()
            if (kind, own) == ("agent", name) and seed not in (MEAN, CONSENSUS)
            and math.isfinite(each)
        ]  # fmt: skip
        several = len(every) > 1
        return {
            "seeds": len(self.study.seeds),
            "difference": beyond if math.isfinite(beyond) else None,
            "least": min(every) if several else None,
            "most": max(every) if several else None,
        }

    def _apart(self, name: str) -> dict[str, Any]:
        """How an agent's daily returns less equal weight's are told, of the replayed accounts."""
        accounts = self.accounts
        market = accounts.record(Key("baseline", EQUAL_WEIGHT, ""), "net_return")
        apart = accounts.record(Key("agent", name, MEAN), "net_return") - market
        year = accounts.year
        ratio = figures.sharpe(apart, year)
        error = figures.standard_error(apart) * math.sqrt(year)
        if float(abs(apart).max()) <= figures.ROUNDING:
            told = "same"
        elif math.isnan(ratio) or math.isnan(error):
            told = "undefined"
        elif abs(ratio) <= 2.0 * error:
            told = "not distinguishable"
        else:
            told = "above" if ratio > 0.0 else "below"
        return {
            "apart": told,
            "annual_difference": float(apart.mean()) * year,
            "difference_sharpe": ratio,
            "difference_standard_error": error,
        }

    def _intervals(self, name: str) -> dict[str, Any]:
        """How many baselines an agent has an interval beside, and how many leave out 0 by luck."""
        rows = self._rows_of(AGAINST).values()
        low = [row["low"] for row in rows if row["agent"] == name]
        count = sum(each is not None and math.isfinite(each) for each in low)
        return {"comparisons": count, "by_luck": count * (1.0 - self.study.verdict["confidence"])}

    @cached_property
    def left_out(self) -> list[dict[str, str]]:
        """Symbol or file, outcome and reason of all that was left out."""
        folder = self.study.folder
        rows = [
            (each["symbol"] or each["file"], "dropped", f"{each['code']}: {each['reason']}")
            for each in folder.json(QUALITY)["dropped"]
        ]
        bars = folder.frame("bars/bars.parquet", "date", "symbol", "tradable")
        features = folder.frame("features/features.parquet")
        whole = set(features.drop_nulls().select("symbol", "date").rows())
        for symbol in sorted(set(bars["symbol"])):
            own = bars.filter(pl.col("symbol") == symbol)
            open_days = own.filter("tradable")["date"].to_list()
            known = [day for day in own["date"].to_list() if (symbol, day) in whole]
            if not set(open_days) & set(known):
                why = _why(len(own), sound=bool(open_days), known=bool(known))
                rows.append((symbol, "never traded", why))
        return [dict(zip(("symbol", "outcome", "reason"), row, strict=True)) for row in rows]

    @cached_property
    def symbols(self) -> dict[str, dict[str, Any]]:
        """The first and last bar of every symbol, in order."""
        bars = self.study.folder.frame("bars/bars.parquet", "date", "symbol")
        low = pl.col("date").min().alias("first_bar")
        high = pl.col("date").max().alias("last_bar")
        rows = bars.group_by("symbol").agg(low, high).sort("symbol").rows(named=True)
        return {row["symbol"]: row for row in rows}

    @cached_property
    def folds(self) -> dict[str, dict[str, str | None]]:
        """The windows of every fold."""
        found = {}
        for fold in [*self.study.folds, "live"]:
            windows = dict(self.study.folder.json(f"folds/{fold}/manifest.json"))
            if fold in self.study.folds:
                windows |= self.study.folder.json(f"folds/{fold}/test.json")
            edges = {
                f"{window}_{edge}": (windows.get(window) or {}).get(edge)
                for window in WINDOWS
                for edge in ("start", "end")
            }
            found[fold] = {"fold": fold} | edges
        return found


def _within(found: Any, keys: list[str]) -> Any:
    """What a record holds below keys; `key` is the last of them itself."""
    above = ""
    for key in keys:
        if key == "key" and isinstance(found, Mapping) and "key" not in found:
            return above
        found = found[int(key)] if isinstance(found, list) else found[key]
        above = key
    return found


def _read(folder: Folder, file: str) -> Any:
    """A record of JSON or YAML."""
    return folder.yaml(file) if file.endswith(".yaml") else folder.json(file)


def is_stale(row: Mapping[str, Any]) -> bool:
    """Whether a ranking's row has no bar of its date."""
    day: date | None = row["last_bar"]
    return day is not None and day < row["as_of"]


def _why(bars: int, *, sound: bool, known: bool) -> str:
    """Why no day of a symbol can be traded."""
    if not sound:
        return f"none of its {bars:,} bars can be traded: no volume, or one bar repeated"
    if not known:
        return f"its {bars:,} bars are fewer than the features need (features.warm_up)"
    return "no bar that can be traded has all features"


def _decided(found: Mapping[str, Any]) -> dict[str, str]:
    """What an agent's figures in the verdict decide to be said."""
    years = {"skill": found["years_to_skill"], "no skill": found["years_to_no_skill"]}
    known = {name: each for name, each in years.items() if each is not None}
    decides = min(known, key=lambda name: known[name]) if known else "never"
    seeds = found["over_seeds"]
    spread = [name for name in ("seeds", "folds") if seeds[f"by_{name[:-1]}"] is not None]
    known_middle = seeds["interquartile_mean"] is not None
    share = found["chance"]["share_below"]
    ratio = found["chance"]["turnover_ratio"]
    among = "none" if share is None or ratio is None else "unmatched"
    return {
        "decides": decides if found["word"] == "inconclusive" else "decided",
        "spread": ("both" if len(spread) > 1 else [*spread, "none"][0]) if known_middle else "none",
        "among": "matched" if among != "none" and abs(ratio - 1.0) <= MATCHED else among,
    }


def _record(sources: Sources) -> dict[str, Any]:
    dates = sources.accounts.dates()
    year = sources.accounts.year
    return {
        "bar": "day" if year >= DAILY_LEAST else "bar", "days": len(dates), "first": dates[0],
        "last": dates[-1], "windows": len(sources.study.folds), "year": year,
        "market": "there", "agents": "some",
    }  # fmt: skip


def _ranking(sources: Sources) -> dict[str, Any]:
    ranking = sources.study.folder.frame(LATEST)
    shown = min(ranking.height, sources.study.config["report"]["ranking_rows"])
    days = sorted({str(day) for day in ranking["as_of"]})
    return {"shown": shown, "symbols": ranking.height, "as_of": ", ".join(days) or None}


def _bars(sources: Sources) -> dict[str, Any]:
    rows = sources.symbols.values()
    first = min((row["first_bar"] for row in rows), default=None)
    return {"symbols": len(rows), "first": first,
            "last": max((row["last_bar"] for row in rows), default=None)}  # fmt: skip


def _parity(sources: Sources) -> dict[str, Any]:
    found = sources.study.folder.frame("features/parity.parquet")["difference"]
    return {"compared": found.count(), "of": len(found),
            "largest": max(found.drop_nulls().to_list(), default=None)}  # fmt: skip


def _audited(path: str) -> Callable[[Sources], dict[str, int]]:
    def sums(sources: Sources) -> dict[str, int]:
        found = sources.study.folder.frame(path, "compared", "leaks")
        return {name: int(found[name].sum()) for name in ("compared", "leaks")}

    return sums


def _volumes(sources: Sources) -> dict[str, str]:
    if sources.study.config["data"]["volume"] == "absent":
        return {"volumes": "absent"}
    silent = sources.study.folder.json(QUALITY)["without_volume"]
    return {"volumes": "silent" if silent else "read"}


def _luck_alone(sources: Sources) -> dict[str, float]:
    count = len(sources.study.verdict["agents"])
    low = [rank for rank in range(1, count + 1) if 2 * rank <= count + 1]
    return {"luck_alone": len(low) / count}


def _config(sources: Sources) -> dict[str, str]:
    return {"sha256": hashlib.sha256(sources.study.folder.content("config.yaml")).hexdigest()}


def _left_out(sources: Sources) -> Any:
    more = {"more": len(sources.left_out) - MOST_LEFT_OUT}
    return more | {str(number): row for number, row in enumerate(sources.left_out)}


MOST_LEFT_OUT = 100  # rows of a table
_COMPUTED: Mapping[str, Callable[[Sources], Any]] = {
    "record": _record, "ranking": _ranking, "bars": _bars, "parity": _parity,
    "audit": _audited(FEATURES), "chain": _audited(CHAIN), "quality": _volumes,
    "verdict": _luck_alone, "config": _config, "left_out": _left_out,
    "symbols": lambda sources: sources.symbols, "folds": lambda sources: sources.folds,
}  # fmt: skip


def is_nothing(value: object) -> bool:
    """Whether a value is none, or no number."""
    return value is None or (isinstance(value, float) and math.isnan(value))


def written(value: Any, how: str) -> str:
    """A value in a format: Python's, of per cent, with a noun for one and for more, or named."""
    if how == "years":
        return f"{value:,.0f} years" if value >= 10.0 else f"{value:.1f} years"
    if how == "list":
        return ", ".join(value) if value else "none"
    form, space, unit = how.partition(" ")
    if unit == "%":
        return format(100.0 * value, form) + " %"
    if unit == "never":
        return unit if math.isinf(value) else format(value, form)
    one, _, many = unit.partition("|")
    return format(value, form) + space + (one if value == 1 else many)


def sorted_by(value: object) -> str:
    """What a cell of a value sorts by."""
    if is_nothing(value):
        return ""
    return repr(value).replace("inf", "Infinity") if isinstance(value, float) else str(value)
