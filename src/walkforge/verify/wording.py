"""Claims on the words of the summary page: each is one that its source can say, see sayable."""

import re
from collections.abc import Iterator

from walkforge.verify.claim import Claim
from walkforge.verify.page import FORMAT, SOURCE, Mark, Page, Pieces, parts_of, plain_text
from walkforge.verify.sayable import ANY, Sayable, borrows, sayable
from walkforge.verify.shown import ALWAYS
from walkforge.verify.study import PAGE, Study

NAME = "summary"
TITLES = ("title", "h1")
UNDEFINED = "–"
COLOUR = "#[0-9A-Fa-f]{6}"  # all that the style is filled in with


def check_wording(study: Study, claim: Claim) -> None:
    """Compare all that the page says between its figures with what its source can say."""
    page = study.page
    known = sayable(NAME)
    said = [(each.tag, each.pieces) for each in page.blocks() if each.tag not in TITLES]
    cells = [cell for table in page.tables() for row in table.rows for cell in row]
    said += [("td", cell.pieces) for cell in cells if not cell.source]
    for tag, pieces in said:
        for text in _texts(pieces):
            template = known.template(text)
            fits = template is not None or (tag == "td" and _is_of_no_figure(text))
            if template is not None and tag != "td":
                claim.holds(f"{PAGE}, {plain_text(text)[:40]}...", not borrows(template, text),
                            found="a figure of another place",
                            expected="those that the sentence is about")  # fmt: skip
            claim.holds(f"{PAGE}, a text", fits, found=plain_text(text),
                        expected="one that the page can say")  # fmt: skip
            loose = "".join(each for each in text if isinstance(each, str))
            claim.holds(f"{PAGE}, {plain_text(text)[:40]}...", not any(map(str.isnumeric, loose)),
                        found=loose, expected="each number with its source")  # fmt: skip
    check_headings(page, known, claim)
    _check_labels(page, known, claim)
    _check_always(page, known, claim)
    check_plain(PAGE, page, claim)
    for folded in page.folded:
        claim.holds(f"{PAGE}, what opens on request", not parts_of(folded.pieces),
                    found=plain_text(folded.pieces), expected="no figure")  # fmt: skip
    for mark in sorted(page.marks):
        claim.holds(f"{PAGE}, a tag", _is_known(mark, known), found=str(mark),
                    expected="one of the page's template")  # fmt: skip
    claim.holds(f"{PAGE}, style and script", _fits(known.unseen, "\n".join(page.unseen), COLOUR),
                found="others", expected="those of the templates")  # fmt: skip


def _texts(pieces: Pieces) -> Iterator[Pieces]:
    """Yield the sentences among pieces, and what stands beside them as one."""
    sentences = [each for each in pieces if not isinstance(each, str) and not each.source]
    for each in sentences:
        yield each.pieces
    rest: Pieces = [each for each in pieces if each not in sentences]
    if plain_text(rest):
        yield _stripped(rest)


def _stripped(pieces: Pieces) -> Pieces:
    """Pieces of text alone as one, without the spaces around it."""
    texts = [each for each in pieces if isinstance(each, str)]
    return ["".join(texts).strip()] if len(texts) == len(pieces) else pieces


def _is_of_no_figure(pieces: Pieces) -> bool:
    """Whether a cell is undefined, or names the page that it leads to."""
    text = plain_text(pieces)
    return text == UNDEFINED or re.fullmatch(r"[a-z]+\.html", text) is not None


def check_headings(page: Page, known: Sayable, claim: Claim, *, at: str = PAGE) -> None:
    """Compare label, field and format of every column with those that the source names."""
    for table in page.tables():
        for number, head in enumerate(table.heads):
            found = {row[number].format for row in table.rows if len(row) > number
                     and row[number].source}  # fmt: skip
            for how in found or [None]:
                fits = any(
                    head == column[:2] and how in (None, column[2]) for column in known.columns
                )
                claim.holds(f"{at}, a heading", fits, found=(*head, how),
                            expected="label, field and format of a column")  # fmt: skip


def _check_labels(page: Page, known: Sayable, claim: Claim) -> None:
    """Compare what is read out with the texts of the page and with those that it can say."""
    texts = set(page.texts())
    for label in page.labels:
        fits = label in texts or known.says([label])
        claim.holds(f"{PAGE}, a label", fits, found=label, expected="a text of the page")


def _check_always(page: Page, known: Sayable, claim: Claim) -> None:
    """Note notes, captions and headings that must be there and are not."""
    there = set(page.texts())
    cells = [cell.pieces for table in page.tables() for row in table.rows for cell in row]
    found = [text for pieces in [*(b.pieces for b in page.blocks()), *cells]
             for text in _texts(pieces)]  # fmt: skip
    due = [text for name in ALWAYS for text in known.named.get(name, [f"{name}"])]
    for text in [*due, *known.headings]:
        alone = Sayable()
        alone.add(text)
        claim.holds(f"{PAGE}, what it always says",
                    text in there or any(map(alone.says, found)),
                    found="no such text", expected=text)  # fmt: skip


def _is_known(mark: Mark, known: Sayable) -> bool:
    """Whether the templates have a tag with such attributes; sources are compared elsewhere."""
    return any(
        mark.tag == each.tag and all(_holds(name, value, dict(each.given)) for name, value in
                                     mark.given)
        for each in known.marks
    )  # fmt: skip


def _holds(name: str, value: str, given: dict[str, str]) -> bool:
    """Whether an attribute is among those of a template."""
    return name in given and (name in (SOURCE, FORMAT) or _fits(given[name], value))


def check_plain(at: str, page: Page, claim: Claim) -> None:
    """Note what browsers may read in another way than verify does."""
    claim.same(f"{at}, comments, declarations and attributes given twice", found=page.strange,
               expected=[])  # fmt: skip


def _fits(template: str, text: str, filled: str = r"[^{}<>]*?") -> bool:
    """Whether a text is a template that is filled in by what an expression allows."""
    parts = (re.escape(" ".join(part.split())) for part in template.split(ANY))
    squeezed = " ".join(text.split())
    return re.fullmatch(rf"\s*{filled}\s*".join(parts), squeezed) is not None
