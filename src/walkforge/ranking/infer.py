"""Rankings from Python: the policies of a folder of results, asked about any date."""

import operator
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import polars as pl

from walkforge.configuration.strict_yaml import read_recorded
from walkforge.data.spacing import frequency_of
from walkforge.errors import InputError, nearest
from walkforge.ranking.carried import NO_HISTORY, History, history_of
from walkforge.ranking.ensemble import Ensemble, load_ensemble
from walkforge.ranking.point_in_time import Data, load_data
from walkforge.ranking.rank import rank_symbols, rank_terms
from walkforge.splits.windows import Fold, fold_for, plan_folds, splits_config


@dataclass(frozen=True, slots=True)
class Predictions:
    """A ranking.

    Attributes:
        frame: a row for each symbol, best first; its columns are those of ranking.csv.
        changes: what changed since the session before, and why; as changes.csv.
    """

    frame: pl.DataFrame
    changes: pl.DataFrame

    def top_buys(self, count: int) -> pl.DataFrame:
        """The buys, best first, at most so many.

        Raises:
            InputError: the count is no whole number of 0 or more.
        """
        return self._side("buy", "rank").head(_counted(count))

    def top_sells(self, count: int) -> pl.DataFrame:
        """The sells, worst first, at most so many.

        Raises:
            InputError: the count is no whole number of 0 or more.
        """
        return self._side("sell", -pl.col("rank")).head(_counted(count))

    def _side(self, action: str, order: str | pl.Expr) -> pl.DataFrame:
        """The rows with an action, in order."""
        return self.frame.filter(pl.col("action") == action).sort(order)


class Infer:
    """Ranks dates by the policies of a folder of results; nothing is trained or written.

    Every file is checked against the hash beside it, and read when it is first needed.
    """

    def __init__(
        self, policy: str | Path | None = None, *, results: str | Path = "results"
    ) -> None:
        """Take policies.

        Args:
            policy: the name of an agent, or the folder of one policy; None for the agent of
                section `ranking`. Of an agent, all seeds rank together, in the newest fold that
                may know the date.
            results: the folder of results.

        Raises:
            InputError: there are no results, or no such agent or policy.
        """
        self._root = Path(results)
        if not (self._root / "config.yaml").is_file():
            raise InputError(
                f"{self._root} holds no config.yaml: name the folder of results, or make them "
                "(snakemake ranking reporting)"
            )
        self._config = read_recorded(self._root / "config.yaml")
        self._folds = plan_folds(splits_config(self._config["splits"]))
        self._ensembles: dict[str, Ensemble] = {}
        self._agent = self._config["ranking"]["agent"] if policy is None else str(policy)
        self._given = None if self._agent in self._config["agents"] else self._folder(self._agent)

    def infer_date(
        self, day: str | date, symbols: Sequence[str] | None = None
    ) -> tuple[Predictions, dict[str, Any]]:
        """The ranking as of the close of a date, and its summary.

        Nothing later than the date is read, and a symbol's row does not depend on which others are
        asked for: ranks are always those among all.

        Args:
            day: with bars; YYYY-MM-DD, or a date. symbols: to keep rows of; None for all.

        Raises:
            InputError: no date, one without bars, one that no policy may know, or an unknown
                symbol; says what to do.
        """
        as_of = _dated(day)
        ensemble = self._ensemble(as_of)
        warm_in = self._config["evaluation"]["warm_in_days"]
        terms = rank_terms({**self._config, "warm_in_days": warm_in})
        history = self._history(ensemble)
        ranked = rank_symbols(ensemble, self._data, as_of, history=history, terms=terms)
        if symbols is None:
            return Predictions(ranked.ranking, ranked.changes), ranked.summary
        names = _checked(symbols, ranked.ranking["symbol"].to_list())
        kept = pl.col("symbol").is_in(names)
        return Predictions(ranked.ranking.filter(kept), ranked.changes.filter(kept)), ranked.summary

    @cached_property
    def _data(self) -> Data:
        """All data."""
        named = ("features/market.safetensors", "features/market.json", "bars/bars.parquet")
        tensor, names, bars = (self._root / name for name in named)
        return load_data(tensor, names, bars, minimum_bars=self._config["data"]["minimum_bars"])

    def _ensemble(self, as_of: date) -> Ensemble:
        """The policies that rank a date."""
        if self._given is not None:
            return self._loaded(self._given.parent.parent.name, [self._given])
        fold = fold_for(self._folds, as_of, frequency_of(self._data.panel.dates))
        place = self._root / "agents" / self._agent / fold
        seeds = [place / f"seed_{seed}" / "policy" for seed in self._config["seeds"]]
        return self._loaded(fold, seeds)

    def _loaded(self, key: str, folders: Sequence[Path]) -> Ensemble:
        """The policies of folders, read once."""
        if key not in self._ensembles:
            self._ensembles[key] = load_ensemble(folders, self._own_folds(folders[0]))
        return self._ensembles[key]

    def _history(self, ensemble: Ensemble) -> History:
        """What came before an ensemble in its record; nothing for one of other results."""
        if ensemble.fold is None:
            return NO_HISTORY
        names = [member.name for member in ensemble.members]
        if ensemble.fold.test is None:
            place = self._root / "evaluation" / ensemble.agent
            files = [place / name / "closing.safetensors" for name in names]
            return history_of(ensemble, self._folds, files, symbols=self._data.panel.symbols)
        place = self._root / "agents" / ensemble.agent
        scored = tuple(fold for fold in self._folds if fold.test is not None)
        earlier = tuple(
            self._loaded(fold.name, [place / fold.name / name / "policy" for name in names])
            for fold in scored[: scored.index(ensemble.fold)]
        )
        return History(scored=scored, earlier=earlier)

    def _own_folds(self, folder: Path) -> tuple[Fold, ...]:
        """The folds that a policy's folder may name: none for one of other results."""
        inside = folder.resolve().is_relative_to((self._root / "agents").resolve())
        return self._folds if inside else ()

    def _folder(self, given: str) -> Path:
        """The folder of a policy, once it is known to be one."""
        if not (Path(given) / "manifest.json").is_file():
            agents = list(self._config["agents"])
            raise InputError(
                f"policy {given!r} is neither the folder of a policy nor one of the agents "
                f"{', '.join(agents)}: the nearest is {nearest(given, agents)!r}"
            )
        return Path(given)


def _dated(day: str | date) -> date:
    """A date that is given as one or as text."""
    if isinstance(day, datetime):
        return day.date()
    if isinstance(day, date):
        return day
    try:
        found = date.fromisoformat(day)
    except (TypeError, ValueError):
        found = None
    if found is None or found.isoformat() != day:
        raise InputError(f"{day!r} is no date: write it as YYYY-MM-DD")
    return found


def _counted(count: int) -> int:
    """A count that can be one."""
    try:
        found = -1 if isinstance(count, bool) else operator.index(count)
    except TypeError:
        found = -1
    if found < 0:
        raise InputError(f"{count!r} rows cannot be given: ask for 0 or more")
    return found


def _checked(symbols: Sequence[str], known: Sequence[str]) -> list[str]:
    """Symbols that are all known."""
    if not isinstance(symbols, Iterable):
        raise InputError(f"{symbols!r} is no list of symbols: give their names")
    names = [symbols] if isinstance(symbols, str) else list(symbols)
    for name in names:
        if not isinstance(name, str):
            raise InputError(f"{name!r} is no symbol: a symbol is text")
        if name not in known:
            raise InputError(f"{name!r} is no symbol here: the nearest is {nearest(name, known)!r}")
    return names
