"""Claims on the words of the summary page: each sentence is one that the page may say.

wordings.json holds the SHA-256 of every sentence with its numbers and names left out, of every tag
with its attributes, and of the style and the script. A sentence that is reworded changes it:
`make wordings` writes it anew.
"""

import hashlib
import json
import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from walkforge.verify.claim import Claim
from walkforge.verify.page import AFTER, BEFORE
from walkforge.verify.study import PAGE, Study

LIST = Path(__file__).with_name("wordings.json")
BLANK = "{}"
UNKNOWN = "undefined"
DAILY_LEAST = 200  # bars a year from which they are daily ones
TITLES = ("title", "h1")
VERDICT_ON = re.compile(r"(?:For study only, no evidence\. )?Verdict on ")
# Sentences without a number that a figure decides: how often each stands on the page.
NO_RATIO = (
    "The returns of {} are those of equal weight, differ from them by the same every day, or are "
    "too few: there is no ratio to judge."
)
NEVER = "If it goes on like this, no length of record decides."
BARS = "What is called a day is a bar."
CLOSED = "No hold-out has been opened."
ONCE = "A hold-out has been opened once."
AT_ONCE = "Nothing on this page is evidence."


def check_wording(study: Study, claim: Claim) -> None:
    """Compare all that the page says with what it may say, and what it must say with what it does.

    The title, headings of verdicts and cells are compared as they are, see summary.
    """
    known = json.loads(LIST.read_text(encoding="utf-8"))
    decided = _decided(study)
    allowed = {*known["always"], *known["may"]}
    page = study.page
    said = []
    titles = page.texts(*TITLES)
    for text in [*page.texts(), *page.labels]:
        if text in titles or VERDICT_ON.match(text):
            continue
        for readings in readings_of(text, agents=study.agents, others=study.baselines):
            fits = (each for each in readings if each in decided or digest_of(each) in allowed)
            template = next(fits, None)
            claim.holds(f"{PAGE}, a sentence", template is not None, found=readings[-1],
                        expected="one that the page may say")  # fmt: skip
            said.append(template or "")
    there = set(map(digest_of, said))
    for digest, begins in known["always"].items():
        claim.holds(f"{PAGE}, what it always says", digest in there, found="no such sentence",
                    expected=f"{begins}...")  # fmt: skip
    counted = Counter(said)
    for each, count in decided.items():
        claim.same(f"{PAGE}, {each[:40]}...", found=counted[each], expected=count)
    for mark in sorted(page.marks):
        claim.holds(f"{PAGE}, a tag", digest_of(mark) in known["marks"], found=mark,
                    expected="one that the page has")  # fmt: skip
    claim.same(f"{PAGE}, style and script", found=digest_of("".join(page.unseen)),
               expected=known["unseen"])  # fmt: skip


def _decided(study: Study) -> dict[str, int]:
    """How often each sentence must stand there that a figure decides."""
    verdict = study.verdict
    agents: Sequence[Mapping[str, object]] = [*verdict["agents"].values()]
    judged = [each for each in agents if each["sharpe"] is not None]
    endless = [
        each
        for each in judged
        if each["word"] == "inconclusive"
        and each["years_to_skill"] is None
        and each["years_to_no_skill"] is None
    ]
    return {
        NO_RATIO: len(agents) - len(judged),
        NEVER: len(endless),
        BARS: int(verdict["periods_per_year"] < DAILY_LEAST),
        CLOSED: int(verdict["holdout_opened"] == 0),
        ONCE: int(verdict["holdout_opened"] == 1),
        AT_ONCE: int(study.config["market"]["execution"] == "same_close"),
    }


def readings_of(
    text: str, *, agents: Collection[str], others: Collection[str]
) -> list[tuple[str, ...]]:
    """Every sentence of a text, each with its agents' names left out and with them left in.

    A name may be a word of the page, such as `cash`; other strategies are named in lists alone.
    """
    either = "|".join(map(re.escape, sorted({*agents, *others}, key=len, reverse=True)))
    listed = re.sub(rf"\(StepM\): (?:(?:{either})(?:, |(?=\.)))+\.", f"(StepM): {BLANK}.", text)
    named = [[*agents], [], *([each] for each in agents)]
    return list(zip(*(_sentences(listed, names) for names in named), strict=False))


def _sentences(text: str, names: Collection[str]) -> list[str]:
    """The sentences of a text without its numbers and these names.

    A noun is in the singular whatever its number.
    """
    if names:
        either = "|".join(map(re.escape, sorted(names, key=len, reverse=True)))
        text = re.sub(rf"(?<!\w)(?:{either})(?!\w)", BLANK, text)
    text = " ".join(map(_blanked, text.split()))
    text = re.sub(r"(\{\} \w+?)s\b", r"\g<1>", text)
    return re.split(r"(?<=\.) ", text) if text else []


def _blanked(word: str) -> str:
    """A word as it is, or a blank where it is a number or undefined."""
    inner = word.lstrip(BEFORE).rstrip(AFTER)
    if inner != UNKNOWN and not any(map(str.isnumeric, inner)):
        return word
    start = len(word) - len(word.lstrip(BEFORE))
    return word[:start] + BLANK + word[start + len(inner) :]


def digest_of(text: str) -> str:
    """The SHA-256 of a text."""
    return hashlib.sha256(text.encode()).hexdigest()
