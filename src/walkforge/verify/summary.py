"""Claims on the summary page: its sentences, its tables, its pictures."""

import base64
from collections.abc import Sequence

from walkforge.verify.accounts import Accounts
from walkforge.verify.claim import Claim
from walkforge.verify.page import Page, Table, numbers_in, turning_in
from walkforge.verify.sentences import sentences
from walkforge.verify.shown import tables
from walkforge.verify.study import PAGE, Study

PICTURES = ("figures/equity.png", "figures/drawdown.png")
EMBEDDED = "data:image/png;base64,"
NO_EVIDENCE = "For study only, no evidence. "
HEADINGS = ("Verdict on ", f"{NO_EVIDENCE}Verdict on ")
PROVENANCE = "Format of the configuration:"
STUDY_ONLY = "FOR STUDY ONLY"
SHARED = ("title", "h1")


def check_folds(study: Study, claim: Claim) -> None:
    """Compare every fold's test window with the configuration's dates."""
    for fold, (start, end) in study.folds.items():
        at = f"folds/{fold}/test.json"
        said = study.folder.json(at).get("test")
        claim.same(at, found=said, expected={"start": str(start), "end": str(end)})


def check_tables(study: Study, claim: Claim) -> None:
    """Compare every cell of every table: what it sorts by, and what it shows."""
    found = study.page.tables()
    due = tables(study)
    claim.same(f"{PAGE}, tables", found=len(found), expected=len(due) + 1)
    for number, (theirs, ours) in enumerate(zip(found, due, strict=False), start=1):
        _table(f"{PAGE}, table {number}", theirs, ours, claim=claim)
    for number, row in enumerate(found[-1].rows if found else [], start=1):
        at = f"{PAGE}, versions, row {number}"
        claim.holds(at, len(row) == 2 and all(c.value == c.text for c in row), found=row,
                    expected="a package and its version")  # fmt: skip


def _table(at: str, found: Table, expected: Table, *, claim: Claim) -> None:
    """Compare one table."""
    claim.same(f"{at}, headings", found=found.heads, expected=expected.heads)
    names = [[row[0].text for row in table.rows] for table in (found, expected)]
    claim.same(f"{at}, rows", found=names[0], expected=names[1])
    for theirs, ours in zip(found.rows, expected.rows, strict=False):
        row = f"{at}, {ours[0].text}"
        claim.same(f"{row}, cells", found=len(theirs), expected=len(ours))
        cells = zip(expected.heads, theirs, ours, strict=False)
        for head, theirs_cell, ours_cell in cells:
            claim.same(f"{row}, {head}, value", found=theirs_cell.value, expected=ours_cell.value)
            claim.same(f"{row}, {head}, text", found=theirs_cell.text, expected=ours_cell.text)


def check_sentences(accounts: Accounts, claim: Claim) -> None:
    """Compare every number in every text, in order, and the words that a figure decides."""
    study = accounts.study
    page = accounts.study.page
    title = study.config["report"]["title"]
    claim.same(f"{PAGE}, title", found=page.texts(*SHARED), expected=[title, title])
    at_once = study.config["market"]["execution"] == "same_close"
    label = NO_EVIDENCE if at_once else ""
    verdicts = [text for text in page.texts() if text.startswith(HEADINGS)]
    judged = study.verdict["agents"].items()
    due = [f"{label}Verdict on {name}: {found['word']}" for name, found in judged]
    claim.same(f"{PAGE}, verdicts", found=verdicts, expected=due)
    shouted = any(STUDY_ONLY in text for text in page.texts())
    claim.same(f"{PAGE}, {STUDY_ONLY}", found=shouted, expected=at_once)
    for label in page.labels:
        unknown = _counts(label, {*study.agents, *study.baselines}) and label not in page.texts()
        claim.holds(f"{PAGE}, a label", not unknown, found=label, expected="a text of the page")
    names = {*study.agents, *study.baselines}
    told = sentences(accounts)
    found = [text for text in _texts(page) if _counts(text, names)]
    claim.same(f"{PAGE}, texts with numbers", found=len(found), expected=len(told))
    for text, said in zip(found, told, strict=False):
        at = f"{PAGE}, {text[:40]}..."
        claim.same(f"{at}, words that turn numbers", found=turning_in(text), expected=[])
        numbers = [] if text.startswith(PROVENANCE) else numbers_in(text, names=names)
        _in_order(at, numbers, said.numbers, claim=claim)
        for word in said.words:
            claim.holds(at, word in text, found=text, expected=f"{word!r} in it")
        if text.startswith(PROVENANCE):
            claim.same(at, found=text, expected="".join(said.words))


def _texts(page: Page) -> list[str]:
    """The texts below the title, but for headings of verdicts."""
    below = [item for item in page.texts() if not item.startswith(HEADINGS)]
    return below[len(page.texts(*SHARED)) :]


def _counts(text: str, names: set[str]) -> bool:
    """Whether a text holds numbers that must be known."""
    return bool(numbers_in(text, names=names)) or text.startswith(PROVENANCE)


def _in_order(at: str, found: Sequence[str], expected: Sequence[str], *, claim: Claim) -> None:
    """Compare the numbers of a text one by one."""
    claim.same(f"{at}, how many numbers", found=len(found), expected=len(expected))
    for place, (theirs, ours) in enumerate(zip(found, expected, strict=False), start=1):
        claim.same(f"{at}, number {place}", found=theirs, expected=ours)


def check_pictures(study: Study, claim: Claim) -> None:
    """Compare the embedded pictures with the files that they were made as."""
    found = study.page.pictures()
    claim.same(f"{PAGE}, pictures", found=len(found), expected=len(PICTURES))
    for source, path in zip(found, PICTURES, strict=False):
        due = EMBEDDED + base64.b64encode(study.folder.content(path)).decode()
        claim.holds(f"{PAGE}, picture", source == due, found="another picture", expected=path)
