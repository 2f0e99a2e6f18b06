"""Claims on figures: metrics, what each strategy's record is worth, and agents less baselines."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl

from walkforge.verify import figures
from walkforge.verify.accounts import Accounts
from walkforge.verify.claim import Claim, Unreadable
from walkforge.verify.study import EQUAL_WEIGHT, MEAN, Key, Numbers

METRICS = "evaluation/metrics.parquet"
STRATEGIES = "evaluation/strategies.parquet"
AGAINST = "evaluation/against.parquet"
# Columns of random policies before those of each.
HOW = ("date", "turnover", "kappa", "concentration")
MARKET = Key("baseline", EQUAL_WEIGHT, "")


def check_metrics(accounts: Accounts, claim: Claim) -> None:
    """Compare metrics.parquet with the figures of the recomputed record."""
    study = accounts.study
    frame = study.folder.frame(METRICS, *Key._fields)
    rows = {Key(*(row[name] for name in Key._fields)): row for row in frame.rows(named=True)}
    means = [Key("agent", name, MEAN) for name in study.agents]
    keys = [*study.keys, *study.consensus, *means]
    claim.same(f"{METRICS}, strategies", found=sorted(rows), expected=sorted(keys))
    claim.same(f"{METRICS}, rows", found=frame.height, expected=len(keys))
    for key in keys:
        row = rows.get(key, {})
        due = figures.performance(
            accounts.record(key, "net_return"),
            accounts.year,
            turnover=accounts.record(key, "turnover"),
            exposure=accounts.record(key, "exposure"),
            names=accounts.record(key, "effective_names"),
        )
        for name, value in due.items():
            claim.near(f"{METRICS}, {' '.join(key)}, {name}", found=row.get(name), expected=value)


def check_strategies(accounts: Accounts, claim: Claim) -> None:
    """Compare strategies.parquet: all but bootstrap intervals and errors that allow for memory."""
    folder = accounts.study.folder
    market = accounts.record(MARKET, "net_return")
    frame = folder.frame(STRATEGIES, "kind", "strategy")
    rows = {(row["kind"], row["strategy"]): row for row in frame.rows(named=True)}
    keys = accounts.headlines()
    claim.same(f"{STRATEGIES}, strategies", found=sorted(frame.select("kind", "strategy").rows()),
               expected=sorted((key.kind, key.strategy) for key in keys))  # fmt: skip
    for key in keys:
        row = rows.get((key.kind, key.strategy), {})
        own = accounts.record(key, "net_return")
        due = _worth(own, market, accounts.year) | luck(accounts, key, own)
        for name, value in due.items():
            at = f"{STRATEGIES}, {key.strategy}, {name}"
            claim.near(at, found=row.get(name), expected=value)
        at = f"{STRATEGIES}, {key.strategy}"
        _check_largest_day(at, row, own, accounts=accounts, claim=claim)
        chosen = float(accounts.record(key, "selection").mean()) * accounts.year
        claim.near(f"{at}, selection", found=row.get("selection"), expected=chosen)
        _ordered(at, row, due["sharpe"], claim)


def _worth(own: Numbers, market: Numbers, year: int) -> dict[str, float]:
    """What a record is worth by itself and beside equal weight."""
    alpha, beta = figures.slope(own, market, year)
    moves = figures.moves(own)
    return {
        "sharpe": figures.sharpe(own, year),
        "probabilistic_sharpe": figures.probability(own) if moves else math.nan,
        "years_needed": figures.years_to_show(own, year),
        "alpha": alpha,
        "beta": beta,
        "correlation": figures.correlation(own, market),
    }


def luck(accounts: Accounts, key: Key, own: Numbers) -> dict[str, float]:
    """Where an agent lies among its random policies."""
    if key.kind != "agent":
        return {"above_random": math.nan, "random_sharpe": math.nan}
    frames = [
        accounts.study.folder.frame(f"evaluation/random/{key.strategy}/{fold}/returns.parquet")
        for fold in accounts.study.folds
    ]
    whole = pl.concat(frames)
    if whole["date"].to_list() != accounts.dates():
        raise Unreadable(f"evaluation/random/{key.strategy}: other dates than the test windows")
    every = whole.drop(HOW, strict=False).to_numpy()
    size = len(accounts.study.seeds)
    count = every.shape[1] // size
    means = every[:, : count * size].reshape(len(every), count, size).mean(axis=2)
    year = accounts.year
    rolled = means if count else every
    if rolled.shape[1] > 1 and float(np.ptp(rolled, axis=1).max()) <= figures.ROUNDING:
        return {"above_random": math.nan, "random_sharpe": math.nan}
    drawn = np.array([figures.sharpe(each, year) for each in rolled.T])
    known = drawn[np.isfinite(drawn)]
    mine = figures.sharpe(own, year)
    if not len(known) or not math.isfinite(mine):
        return {"above_random": math.nan, "random_sharpe": math.nan}
    return {"above_random": float(np.mean(known < mine)), "random_sharpe": float(known.mean())}


def turnover_of_chance(accounts: Accounts, name: str) -> float:
    """The mean daily turnover of an agent's random policies."""
    paths = (f"evaluation/random/{name}/{fold}/returns.parquet" for fold in accounts.study.folds)
    frames = [accounts.study.folder.frame(path) for path in paths]
    return float(np.mean(pl.concat(frames)["turnover"].to_numpy()))


def _ordered(at: str, row: Mapping[str, Any], middle: float, claim: Claim) -> None:
    """Note an interval that is none, or a known figure without one."""
    low = row.get("low")
    high = row.get("high")
    known = all(isinstance(each, float) and math.isfinite(each) for each in (low, high))
    sound = known and low <= high if math.isfinite(middle) else True  # type: ignore[operator]
    claim.holds(f"{at}, interval", sound, found=(low, high), expected="two bounds in order")


def check_against(accounts: Accounts, claim: Claim) -> None:
    """Compare against.parquet: differences of mean returns and of Sharpe ratios."""
    frame = accounts.study.folder.frame(AGAINST, "agent", "baseline")
    rows = {(row["agent"], row["baseline"]): row for row in frame.rows(named=True)}
    year = accounts.year
    pairs = [(a, b) for a in accounts.study.agents for b in accounts.study.baselines]
    claim.same(f"{AGAINST}, pairs", found=sorted(frame.select("agent", "baseline").rows()),
               expected=sorted(pairs))  # fmt: skip
    for agent, baseline in pairs:
        row = rows.get((agent, baseline), {})
        at = f"{AGAINST}, {agent} and {baseline}"
        ours = accounts.record(Key("agent", agent, MEAN), "net_return")
        theirs = accounts.record(Key("baseline", baseline, ""), "net_return")
        apart = figures.sharpe(ours, year) - figures.sharpe(theirs, year)
        claim.near(f"{at}, annual_difference", found=row.get("annual_difference"),
                   expected=float((ours - theirs).mean()) * year)  # fmt: skip
        claim.near(f"{at}, sharpe_difference", found=row.get("sharpe_difference"), expected=apart)
        _ordered(at, row, apart, claim)


def _check_largest_day(
    at: str, row: Mapping[str, Any], own: Numbers, *, accounts: Accounts, claim: Claim
) -> None:
    """Compare a row of strategies.parquet with the day that moved its record most."""
    with np.errstate(divide="ignore"):  # a day of total loss
        logs = np.log1p(own)
    due = {"total_return": math.expm1(math.fsum(logs))}
    day = None
    if np.abs(own).max() > 0.0:
        order = np.argsort(-np.abs(own), kind="stable")
        first = int(order[0])
        others = np.sort(order[1:])
        day = accounts.dates()[first]
        value = float(own[first])
        whole = float(own.sum())
        share = value / whole if (value > 0.0) == (whole > 0.0) and whole != 0.0 else math.nan
        due |= {"largest_return": value, "largest_share": share,
                "total_without": math.expm1(math.fsum(logs[others])),
                "sharpe_without": figures.sharpe(own[others], accounts.year)}  # fmt: skip
    else:
        names = ("largest_return", "largest_share", "total_without", "sharpe_without")
        due |= dict.fromkeys(names, math.nan)
    claim.same(f"{at}, largest_date", found=row.get("largest_date"), expected=day)
    for name, value in due.items():
        claim.near(f"{at}, {name}", found=row.get(name), expected=value)
