"""Claims on the summary page: its figures by their source, its tables, its pictures."""

import base64
import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from urllib.parse import unquote

from walkforge.verify.accounts import Accounts
from walkforge.verify.claim import Claim, Unreadable
from walkforge.verify.page import Cell, Page, Part, Pieces, Table, parts_of, plain_text
from walkforge.verify.sayable import sayable, template_of
from walkforge.verify.shown import Due, figures_due, tables
from walkforge.verify.sources import INSTALLED, Sources, is_nothing, sorted_by, written
from walkforge.verify.study import PAGE, Study
from walkforge.verify.wording import NAME, TITLES, UNDEFINED, check_headings, check_plain

PICTURES = ("figures/equity.png", "figures/drawdown.png")
EMBEDDED = "data:image/png;base64,"
OTHERS = ("evaluation/evidence.html", "evaluation/metrics.html")
NO_SOURCE = "a value behind it"
# Whose figure it is: of a file's place, the name of an agent or a baseline.
WHOSE = re.compile(r"(?:computed|evaluation/verdict\.json)#agents/([^/]+)/.*"
                   r"|evaluation/(?:metrics|strategies)\.parquet#(?:agent|baseline)/([^/]+)/.*"
                   r"|evaluation/against\.parquet#([^/]+)/.*")  # fmt: skip
NAMING = ("key", "strategy", "agent")


def check_folds(study: Study, claim: Claim) -> None:
    """Compare every fold's test window with the configuration's dates."""
    for fold, (start, end) in study.folds.items():
        at = f"folds/{fold}/test.json"
        said = study.folder.json(at).get("test")
        claim.same(at, found=said, expected={"start": str(start), "end": str(end)})


def check_tables(accounts: Accounts, claim: Claim) -> None:
    """Compare the source of every cell with that which is due, and its figure with the source."""
    sources = Sources(accounts)
    found = accounts.study.page.tables()
    due = tables(sources)
    claim.same(f"{PAGE}, tables", found=len(found), expected=len(due) + 1)
    for theirs, ours in zip(found, due, strict=False):
        _check_table(theirs, ours, sources, claim)
    for number, row in enumerate(found[-1].rows if found else [], start=1):
        at = f"{PAGE}, versions, row {number}"
        sound = len(row) == 2 and all(cell.value == cell.text for cell in row)
        sound = sound and all(cell.source.startswith(f"{INSTALLED}#{row[0].text}/") for cell in row)
        claim.holds(at, sound, found=str(row), expected="a package and its version")


def _check_table(found: Table, due: Due, sources: Sources, claim: Claim) -> None:
    """Compare one table: no cell can be left out, or borrow another's source."""
    at = f"{PAGE}, {due.name}"
    places = [[cell.sources for cell in row] for row in found.rows]
    claim.same(f"{at}, rows", found=len(places), expected=len(due.rows))
    for theirs, ours in zip(places, due.rows, strict=False):
        claim.same(f"{at}, sources of a row", found=theirs, expected=ours)
    _check_cells(at, found, sources, claim)


def _check_cells(at: str, found: Table, sources: Sources, claim: Claim) -> None:
    """Compare each cell with its heading's field and with the value behind its source."""
    for row in found.rows:
        claim.same(f"{at}, cells", found=len(row), expected=len(found.heads))
        for head, cell in zip(found.heads, row, strict=False):
            name = f"{at}, {plain_text(row[0].pieces)}, {head.label}"
            field = head.field.rpartition("/")[2]
            borrowed = cell.source and cell.source.rpartition("/")[2].rpartition("#")[2] != field
            claim.holds(f"{name}, field", not borrowed, found=cell.source, expected=field)
            _check_cell(name, cell, sources, claim)


def _check_cell(at: str, cell: Cell, sources: Sources, claim: Claim) -> None:
    """Compare what a cell shows and what it sorts by with the value behind it."""
    for part in parts_of(cell.pieces):
        _check_part(at, part, sources, claim)
    if not cell.source:
        first = [part.pieces for part in parts_of(cell.pieces)][:1]
        known = {"" if cell.text == UNDEFINED else cell.text, *map(plain_text, first)}
        claim.holds(f"{at}, value", cell.value in known, found=cell.value, expected=cell.text)
        return
    try:
        value = sources.value(cell.source)
    except Unreadable as error:
        claim.wrong(at, found=str(error), expected=NO_SOURCE)
        return
    claim.same(f"{at}, value", found=cell.value, expected=sorted_by(value))
    text = UNDEFINED if is_nothing(value) else _told(value, cell.format)
    claim.same(f"{at}, text", found=cell.text, expected=text)


def _check_part(at: str, part: Part, sources: Sources, claim: Claim) -> None:
    """Compare a figure, or what a figure decides, with the value behind it."""
    try:
        value = sources.value(part.source)
    except Unreadable as error:
        claim.wrong(at, found=str(error), expected=NO_SOURCE)
        return
    text = plain_text(part.pieces)
    due = _told(value, part.format)
    fits = (
        template_of(due).fits(part.pieces)
        if part.format.startswith("@")
        else "".join(map(str, part.pieces)) == due
    )
    claim.holds(f"{at}, {part.source}", fits, found=text, expected=due)


def _told(value: object, how: str) -> str:
    """What a value is written as, or what it decides to be said."""
    if how.startswith("@"):
        offered = sayable(NAME).choices.get(how[1:], {})
        key = "null" if is_nothing(value) else str(value)
        return offered.get(key, offered.get("*", f"none of {how}"))
    try:
        return "undefined" if is_nothing(value) else written(value, how)
    except (TypeError, ValueError):
        return f"nothing in the format {how}"


def check_sentences(accounts: Accounts, claim: Claim) -> None:
    """Compare every figure in every text with the value behind its source; note those left out."""
    study = accounts.study
    page = study.page
    sources = Sources(accounts)
    title = study.config["report"]["title"]
    claim.same(f"{PAGE}, title", found=page.texts(*TITLES), expected=[title, title])
    found = []
    for block in page.blocks():
        at = f"{PAGE}, {plain_text(block.pieces)[:40]}..."
        for part in parts_of(block.pieces):
            _check_part(at, part, sources, claim)
            found.append(part.source)
    for missing in sorted(figures_due(sources) - set(found)):
        claim.wrong(f"{PAGE}, {missing}", found="not shown", expected="shown in a sentence")
    whose = None
    for text in (each for block in page.blocks() for each in _sentences(block.pieces)):
        named = {name for part in parts_of(text) for name in _named(part)}
        agents = {name for part in parts_of(text) for name in _whose(part)}
        whose = next(iter(named), whose)
        claim.holds(f"{PAGE}, {plain_text(text)[:40]}...", agents <= {whose}, found=sorted(agents),
                    expected=f"figures of {whose}")  # fmt: skip


def check_pages(accounts: Accounts, claim: Claim) -> None:
    """Compare the figures of other pages that name their sources with the values behind them."""
    sources = Sources(accounts)
    for path in OTHERS:
        page = Page(accounts.study.folder.text(path))
        known = sayable(PurePosixPath(path).stem)
        check_plain(path, page, claim)
        check_headings(page, known, claim, at=path)
        formats = known.formats()
        for number, table in enumerate(page.tables(), start=1):
            _check_cells(f"{path}, table {number}", table, sources, claim)
        for part in (part for block in page.blocks() for part in parts_of(block.pieces)):
            claim.holds(f"{path}, {part.source}", part.format in formats or part.format[:1] == "@",
                        found=part.format, expected="a format of the page")  # fmt: skip
            _check_part(path, part, sources, claim)


def _sentences(pieces: Pieces) -> Iterator[Pieces]:
    """Yield the pieces of each sentence."""
    for each in pieces:
        if not isinstance(each, str) and not each.source:
            yield each.pieces


def _whose(part: Part) -> list[str]:
    """Whose figure it is, none where it is nobody's."""
    found = WHOSE.fullmatch(part.source)
    return [unquote(name) for name in found.groups() if name] if found else []


def _named(part: Part) -> list[str]:
    """Whom a figure names."""
    return _whose(part) if part.source.rpartition("/")[2] in NAMING else []


def check_pictures(study: Study, claim: Claim) -> None:
    """Compare the embedded pictures with the files that they were made as."""
    found = study.page.pictures()
    claim.same(f"{PAGE}, pictures", found=len(found), expected=len(PICTURES))
    for source, path in zip(found, PICTURES, strict=False):
        due = EMBEDDED + base64.b64encode(study.folder.content(path)).decode()
        claim.holds(f"{PAGE}, picture", source == due, found="another picture", expected=path)
