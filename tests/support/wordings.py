"""Every sentence that the summary page may say: `make wordings` lists them anew.

Run it by `make wordings` after a sentence of the page, its style or its script was changed.
"""

import itertools
import json
import math
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from walkforge.reporting import statement, tables
from walkforge.reporting.pages import evidence, summary
from walkforge.reporting.records import Comparison, Record
from walkforge.reporting.verdict_text import general, verdicts_told
from walkforge.verify.page import Page
from walkforge.verify.study import PAGE
from walkforge.verify.wording import (
    AT_ONCE,
    BARS,
    CLOSED,
    LIST,
    NEVER,
    NO_RATIO,
    ONCE,
    TITLES,
    VERDICT_ON,
    digest_of,
    readings_of,
)

AGENT = "an_agent"
OTHERS = ("other", "equal_weight", "buy_and_hold")
DAYS = [date(2010, 1, 4) + timedelta(days=day) for day in range(400)]
BEGINS = 40
# Tags that no small page has: a long list of symbols, and every action.
MARKS = {"details", "details open=", *(f"td class=text {each}" for each in ("buy", "hold", "sell"))}
COUNTED = {AT_ONCE, BARS, CLOSED, NEVER, NO_RATIO, ONCE}


def verdicts() -> Iterator[dict[str, Any]]:
    """Verdicts that between them take every branch of the text."""
    words = ("skill", "no skill", "inconclusive")
    years = ((None, None), (3.0, None), (None, 30.0))
    middles = ((None, None), ([0.1, 0.2], None), (None, [0.1, 0.2]), ([0.1, 0.2], [0.1, 0.2]))
    markets = ("buys and holds", "moves with the market", "goes its own way", "never moves")
    chances = ((None, None), (0.5, None), (0.5, 2.0), (0.5, 1.0))
    for word, (skill, none), (seed, fold), market, (share, ratio) in itertools.product(
        words, years, middles, markets, chances
    ):
        yield verdict_of(
            agent_of(
                word=word, years_to_skill=skill, years_to_no_skill=none,
                over_seeds={"seeds": 2, "folds": 2, "interquartile_mean": 0.1, "by_seed": seed,
                            "by_fold": fold, "probability_of_improvement": 0.5},
                market=market_of(market),
                chance={"share_below": share, "turnover_ratio": ratio, "sharpe": 0.2},
            )
        )  # fmt: skip
    yield verdict_of(agent_of(sharpe=None))
    for opened, better, chosen in itertools.product((0, 1, 2), ([], ["other"]), (None, 0.4)):
        yield verdict_of(
            agent_of(), holdout_opened=opened, superior_to_equal_weight=better,
            overfitting_probability=chosen,
        )  # fmt: skip


def market_of(name: str) -> dict[str, Any]:
    return {"name": name, "with_equal_weight": 0.5, "with_buy_and_hold": 0.5,
            "annual_turnover": 1.0, "beyond_holding": 0.5, "entropy": 0.5}  # fmt: skip


def agent_of(**other: Any) -> dict[str, Any]:
    return {
        "word": "inconclusive", "days": 400, "annual_difference": 0.1, "sharpe": 0.5, "low": -0.5,
        "high": 1.5, "deflated": 0.5, "superior_p": 0.5, "trials": 2, "years_to_skill": None,
        "years_to_no_skill": None, "alpha_z": 0.5, "market": market_of("never moves"),
        "over_seeds": {"interquartile_mean": None, "by_seed": None, "by_fold": None},
        "chance": {"share_below": 0.5, "turnover_ratio": 1.0, "sharpe": 0.2},
    } | other  # fmt: skip


def verdict_of(agent: dict[str, Any], **other: Any) -> dict[str, Any]:
    return {
        "agents": {AGENT: agent}, "trials": 2, "holdout_opened": 0, "execution": "open",
        "no_skill_sharpe": 0.3, "confidence": 0.95, "superior_to_equal_weight": [],
        "overfitting_probability": None,
    } | other  # fmt: skip


def decided_texts() -> Iterator[str]:
    """Every text that figures decide."""
    for verdict in verdicts():
        yield general(verdict)
        for told in verdicts_told(verdict):
            yield from told.paragraphs
    market = ("baseline", "equal_weight", "")
    nan = float("nan")
    for own, theirs, seed, seeds in itertools.product(
        (0.5, nan), (0.5, nan), (0.5, nan), (("0",), ("0", "1"))
    ):
        given = {("agent", AGENT, "mean"): (own, 0.1), market: (theirs, 0.1)}
        given |= {("agent", AGENT, each): (seed, 0.1) for each in seeds}
        yield statement._baseline_sentence([record_of("baseline", "equal_weight", ("",))], given)
        yield statement._agent_sentence(record_of("agent", AGENT, seeds), given)
    for every, windows in itertools.product((1, 7), (1, 2)):
        yield statement._scope(record_of("agent", AGENT, ("0",), every=every), windows=windows)
    yield from map(statement._comparison_sentence, comparisons())
    yield evidence._many(3, 0.95)
    for year in (252, 52):
        yield tables._annual_note(pl.DataFrame({"periods_per_year": [year]}))
    yield tables._CONSENSUS_NOTE
    rows = pl.DataFrame({"symbol": ["A"] * 101, "outcome": "x", "reason": "y"})
    yield from summary._left_out_table(rows).notes
    yield summary._left_out_table(rows).caption
    yield summary._symbols_table(symbols()).caption


def record_of(kind: str, name: str, seeds: tuple[str, ...], *, every: int = 1) -> Record:
    days = np.array(DAYS[::every], dtype="datetime64[D]")
    zeros = np.zeros(len(days))
    return Record(
        strategy=name, kind=kind, dates=days, net_return=zeros, seeds=dict.fromkeys(seeds, zeros)
    )


def comparisons() -> Iterator[Comparison]:
    for ratio, same in ((0.5, True), (math.nan, False), (0.1, False), (3.0, False), (-3.0, False)):
        yield Comparison(
            strategy=AGENT, same_returns=same, annual_difference=0.1, difference_sharpe=ratio,
            difference_standard_error=0.5,
        )  # fmt: skip


def symbols() -> pl.DataFrame:
    return pl.DataFrame({"symbol": ["A"], "first_bar": [DAYS[0]], "last_bar": [DAYS[-1]]})


def templates(texts: Iterable[str], agent: str) -> set[str]:
    """The sentences of texts without the agent's name, where they hold it."""
    read = (readings_of(text, agents=[agent], others=OTHERS) for text in texts)
    return {readings[0] for sentences in read for readings in sentences}


def wordings(pages: Mapping[str, str]) -> dict[str, Any]:
    """What wordings.json holds.

    Args:
        pages: real pages, and the name of the agent on each.
    """
    decided = templates(decided_texts(), AGENT)
    always: set[str] | None = None
    may = set(decided)
    marks = set(MARKS)
    unseen = ""
    for content, agent in pages.items():
        page = Page(content)
        texts = [*page.texts(), *page.labels]
        kept = [text for text in texts if not VERDICT_ON.match(text)]
        titles = set(page.texts(*TITLES))
        said = templates((text for text in kept if text not in titles), agent)
        always = said if always is None else always & said
        may = may | said
        marks = marks | page.marks
        unseen = "".join(page.unseen)
    constant = (always or set()) - decided
    return {
        "always": {digest_of(each): each[:BEGINS] for each in sorted(constant)},
        "may": {digest_of(each): each[:BEGINS] for each in sorted(may - constant - COUNTED)},
        "marks": {digest_of(each): each[:BEGINS] for each in sorted(marks)},
        "unseen": digest_of(unseen),
    }


def main() -> None:
    """Write the list from small studies made for it."""
    from verify.conftest import write_results

    pages = {}
    for execution in ("open", "same_close"):
        with tempfile.TemporaryDirectory() as folder:
            write_results(Path(folder), execution)
            pages[(Path(folder) / PAGE).read_text(encoding="utf-8")] = "chooser_2"
    LIST.write_text(text_of(wordings(pages)), encoding="utf-8")


def text_of(found: Mapping[str, Any]) -> str:
    """The file's text."""
    return json.dumps(found, indent=1, ensure_ascii=True) + "\n"


if __name__ == "__main__":
    main()
