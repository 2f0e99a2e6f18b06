"""The numbers of every sentence on the summary page, in order, from the figures behind them."""

import hashlib
import math
from collections.abc import Mapping
from typing import Any

from walkforge.verify import figures
from walkforge.verify.accounts import Accounts
from walkforge.verify.evidence import AGAINST, METRICS
from walkforge.verify.shown import (
    MOST_LEFT_OUT,
    Said,
    left_out_rows,
    signed,
    spans,
    two,
    whole,
)
from walkforge.verify.study import CONSENSUS, EQUAL_WEIGHT, MEAN, Key, Numbers, Study

MARKET_WORDS = {
    "buys and holds": "is buy and hold in disguise",
    "moves with the market": "moves with the market",
    "goes its own way": "goes its own way",
    "never moves": "never moves",
}
MATCHED = 0.05
Ratios = Mapping[tuple[str, str, str], tuple[float, float]]


def sentences(accounts: Accounts) -> list[Said]:
    """What every text with numbers must hold, in the order of the page."""
    study = accounts.study
    verdict = [each for name in study.verdict["agents"] for each in _verdict(study, name)]
    ranking = study.folder.frame("rankings/latest.parquet")
    days = sorted({str(day) for day in ranking["as_of"]})
    shown = min(ranking.height, study.config["report"]["ranking_rows"])
    return [
        *verdict,
        _general(study.verdict),
        _finding(accounts),
        Said(["0"], ["two standard errors"]),
        Said(["1.0"], ["equity"]),
        Said([str(shown), str(ranking.height), *days], ["best first"]),
        *(said for name in study.verdict["agents"] for said in _many(study, name)),
        _symbols(study),
        *_left_out(study),
        Said([str(accounts.year), "0"], ["risk-free"]),
        _provenance(study),
    ]


def _verdict(study: Study, name: str) -> list[Said]:
    """What an agent's verdict says."""
    found = study.verdict["agents"][name]
    verdict = study.verdict
    if found["sharpe"] is None:
        return []
    share = f"{100.0 * verdict['confidence']:.0f}"
    first = [
        whole(found["days"]), f"{100.0 * found['annual_difference']:+z.1f}",
        signed(found["sharpe"]), share, two(found["low"]), two(found["high"]),
        f"{found['trials']:,}", f"{found['deflated']:.3f}", f"{found['superior_p']:.3f}",
        "0", "0.95", "0.05", *_beyond_luck(found), two(verdict["no_skill_sharpe"]),
    ]  # fmt: skip
    if found["word"] == "inconclusive":
        both = (found["years_to_skill"], found["years_to_no_skill"])
        first += [_years(min(each for each in both if each))] if any(both) else []
    seeds = found["over_seeds"]
    market = found["market"]
    second = []
    if seeds["interquartile_mean"] is not None and _intervals(seeds, share):
        numbers = [
            f"{seeds['seeds']:,}", f"{seeds['folds']:,}", signed(seeds["interquartile_mean"]),
            *_intervals(seeds, share),
            f"{100.0 * seeds['probability_of_improvement']:.0f}",
        ]  # fmt: skip
        second.append(Said(numbers, ["interquartile mean"]))
    known = [market[f"with_{each}"] for each in ("equal_weight", "buy_and_hold")]
    third = [two(each) for each in known if each is not None]
    third += [f"{market['annual_turnover']:.1f}", two(market["entropy"]), "1"]
    chance = found["chance"]
    missed = chance["turnover_ratio"]
    if chance["share_below"] is not None and missed is not None and abs(missed - 1.0) > MATCHED:
        third.append(two(missed))
    elif chance["share_below"] is not None and missed is not None:
        third.append(f"{100.0 * chance['share_below']:.0f}")
        third += [] if chance["sharpe"] is None else [two(chance["sharpe"])]
    return [Said(first, []), *second, Said(third, [MARKET_WORDS[market["name"]]])]


def _beyond_luck(found: Mapping[str, Any]) -> list[str]:
    """What skill takes beside luck: a share of random policies, or a z where they are all one."""
    if found["chance"]["share_below"] is not None:
        return ["95"]
    return ["1.64", *([] if found["alpha_z"] is None else [two(found["alpha_z"])])]


def _intervals(seeds: Mapping[str, Any], share: str) -> list[str]:
    """The intervals of seeds and folds as written; nothing where there is none."""
    known = [each for each in (seeds["by_seed"], seeds["by_fold"]) if each is not None]
    return [share, *(two(bound) for each in known for bound in each)] if known else []


def _years(years: float) -> str:
    """A number of years."""
    return whole(years) if years >= 10.0 else f"{years:.1f}"


def _general(verdict: Mapping[str, Any]) -> Said:
    """What is said of all agents."""
    numbers = [f"{verdict['trials']:,}", "5"]
    chosen = verdict["overfitting_probability"]
    if chosen is not None:
        ranks = range(1, len(verdict["agents"]) + 1)
        low = [rank for rank in ranks if 2 * rank <= len(ranks) + 1]
        numbers += [two(chosen), two(len(low) / len(ranks))]
    opened = verdict["holdout_opened"]
    better = verdict["superior_to_equal_weight"]
    times = {0: "No hold-out has been opened", 1: "A hold-out has been opened once"}
    numbers += [] if opened in times else [str(opened)]
    words = [f"(StepM): {', '.join(better) or 'none'}.", times.get(opened, "times")]
    return Said(numbers, words)


def _finding(accounts: Accounts) -> Said:
    """What the finding says: the record, equal weight, every agent beside it."""
    study = accounts.study
    dates = accounts.dates()
    frame = study.folder.frame(METRICS, "kind", "strategy", "seed")
    ratios: Ratios = {
        (row["kind"], row["strategy"], row["seed"]): (row["sharpe"], row["sharpe_standard_error"])
        for row in frame.rows(named=True)
    }
    numbers = [whole(len(dates)), str(dates[0]), str(dates[-1]), whole(len(study.folds))]
    numbers += _ratio(ratios["baseline", EQUAL_WEIGHT, ""])
    words: list[str] = []
    market = accounts.record(Key("baseline", EQUAL_WEIGHT, ""), "net_return")
    for name in study.agents:
        numbers += _agent(ratios, name, len(study.seeds))
        apart = accounts.record(Key("agent", name, MEAN), "net_return") - market
        said = _apart(apart, name, accounts.year)
        numbers = numbers + said.numbers
        words = words + said.words
    return Said(numbers, words)


def _ratio(figure: tuple[float, float]) -> list[str]:
    """A ratio and its error as written; nothing where it is undefined."""
    return [two(each) for each in figure] if math.isfinite(figure[0]) else []


def _agent(ratios: Ratios, name: str, seeds: int) -> list[str]:
    """The numbers of an agent's ratio, its seeds, and its distance from equal weight."""
    mean = ratios["agent", name, MEAN]
    market = ratios["baseline", EQUAL_WEIGHT, ""]
    numbers = [*_ratio(mean), *([whole(seeds)] if seeds > 1 else [])]
    if math.isfinite(mean[0] - market[0]):
        numbers.append(signed(mean[0] - market[0]))
    every = [r for (kind, own, seed), (r, _) in ratios.items()
             if (kind, own) == ("agent", name) and seed not in (MEAN, CONSENSUS)
             and math.isfinite(r)]  # fmt: skip
    return numbers + ([two(min(every)), two(max(every))] if len(every) > 1 else [])


def _apart(apart: Numbers, name: str, year: int) -> Said:
    """How an agent's daily returns less equal weight's are told."""
    if float(abs(apart).max()) <= figures.ROUNDING:
        return Said([], [f"{name} has the returns of equal weight on every day"])
    ratio = figures.sharpe(apart, year)
    error = figures.standard_error(apart) * math.sqrt(year)
    if math.isnan(ratio) or math.isnan(error):
        return Said([], ["too short or too even"])
    place = "lies above" if ratio > 0.0 else "lies below"
    told = f"{name} {place}" if abs(ratio) > 2.0 * error else f"{name} is not distinguishable"
    mean = f"{100.0 * float(apart.mean()) * year:+z.1f}"
    return Said([mean, signed(ratio), two(error)], [told])


def _many(study: Study, name: str) -> list[Said]:
    """What is said of as many intervals at once as an agent's differences have; nothing of none."""
    low = study.folder.frame(AGAINST, "agent", "low").filter(agent=name)["low"].to_list()
    count = sum(each is not None and math.isfinite(each) for each in low)
    confidence = study.verdict["confidence"]
    if count == 0:
        return []
    numbers = [f"{100.0 * confidence:.0f}", str(count), f"{count * (1.0 - confidence):.1f}", "0"]
    return [Said(numbers, ["not adjusted", "StepM"])]


def _symbols(study: Study) -> Said:
    """How many symbols there are, and their first and last bar."""
    rows = spans(study)
    span = [str(min(row[1] for row in rows)), str(max(row[2] for row in rows))]
    return Said([str(len(rows)), *span], ["Daily bars"])


def _left_out(study: Study) -> list[Said]:
    """How many more symbols were left out than the table shows; nothing where it has all."""
    more = len(left_out_rows(study)) - MOST_LEFT_OUT
    return [Said([whole(more)], ["more, in bars/quality.json"])] if more > 0 else []


def _provenance(study: Study) -> Said:
    """What the page says of the configuration: its version, and its digest as a word."""
    digest = hashlib.sha256(study.folder.content("config.yaml")).hexdigest()
    version = study.config["schema_version"]
    said = f"Format of the configuration: version {version}. Digest of the configuration: {digest}"
    return Said([], [said])
