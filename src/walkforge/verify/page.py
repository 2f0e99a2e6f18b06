"""A page as a reader sees it, and the place that each figure on it names as its source."""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import NamedTuple

BLOCKS = ("title", "h1", "h2", "h3", "p", "figcaption", "summary", "li")
UNSEEN = ("script", "style")
LABELS = ("aria-label", "alt", "title")  # attributes that are read out, or shown on request
SOURCE = "data-source"
FORMAT = "data-format"
SAID = "said"


class Part(NamedTuple):
    """A figure: its source, its format, what is shown. A sentence is one without a source."""

    source: str
    format: str
    pieces: "list[str | Part]"


Pieces = list[str | Part]


def plain_text(pieces: Pieces) -> str:
    """The text of pieces as a reader sees it."""
    read = "".join(each if isinstance(each, str) else plain_text(each.pieces) for each in pieces)
    return " ".join(read.split())


def parts_of(pieces: Pieces) -> list[Part]:
    """The figures among pieces, those within others after them."""
    found = []
    for each in pieces:
        if not isinstance(each, str):
            found += [*([each] if each.source else []), *parts_of(each.pieces)]
    return found


class Head(NamedTuple):
    """The heading of a column: its label, and the field that stands under it."""

    label: str
    field: str


class Cell(NamedTuple):
    """What a table's cell sorts by and shows; its figure's source and format, or where it leads."""

    value: str
    pieces: Pieces
    source: str = ""
    format: str = ""
    href: str = ""

    @property
    def text(self) -> str:
        """What it shows."""
        return plain_text(self.pieces)

    @property
    def sources(self) -> list[str]:
        """The places that it names, without those of figures within what another decides."""
        if self.source:
            return [self.source]
        said = [each for each in self.pieces if not isinstance(each, str)]
        within = [part for each in said for part in (each.pieces if not each.source else [each])]
        return [each.source for each in within if not isinstance(each, str)]


class Text(NamedTuple):
    """A heading, paragraph or caption; text outside of any has the tag ''."""

    tag: str
    pieces: Pieces


@dataclass(slots=True)
class Table:
    """A table: its headings, and rows of cells."""

    heads: list[Head] = field(default_factory=list)
    rows: list[list[Cell]] = field(default_factory=list)


class Picture(NamedTuple):
    """An embedded picture: its address."""

    source: str


class Mark(NamedTuple):
    """A tag and its attributes."""

    tag: str
    given: tuple[tuple[str, str], ...]


class Page(HTMLParser):
    """Reads a page.

    Attributes:
        items: what it holds, in order. labels: texts of attributes. marks: every tag with its
        attributes. unseen: styles, scripts. strange: what a browser may read in another way than
        this does: comments, declarations, attributes given twice. folded: texts in what opens on
        request.
    """

    def __init__(self, content: str) -> None:
        super().__init__(convert_charrefs=True)
        self.items: list[Text | Table | Picture] = []
        self.labels: list[str] = []
        self.marks: set[Mark] = set()
        self.unseen: list[str] = []
        self.strange: list[str] = []
        self.folded: list[Text] = []
        self._details = 0
        self._tag = ""
        self._given: dict[str, str] = {}
        self._href = ""
        self._stack: list[Pieces] = [[]]
        self._unseen = False
        self._table: Table | None = None
        self.feed(content)
        self.close()
        self._end()

    def handle_comment(self, data: str) -> None:
        """Note a comment: browsers end one earlier than this does."""
        self.strange.append(f"<!--{data}")

    def handle_decl(self, decl: str) -> None:
        """Note a declaration, but for the one of all pages."""
        if decl.lower() != "doctype html":
            self.strange.append(f"<!{decl}")

    def handle_pi(self, data: str) -> None:
        """Note an instruction."""
        self.strange.append(f"<?{data}")

    def unknown_decl(self, data: str) -> None:
        """Note any other declaration."""
        self.strange.append(f"<![{data}")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open a block, a table, a row, a cell or a figure."""
        given = {name: value or "" for name, value in attrs}
        if len(given) < len(attrs):
            self.strange.append(f"<{tag}> with an attribute given twice")
        self._details += tag == "details"
        self.marks.add(Mark(tag, tuple(sorted(given.items()))))
        self.labels += [given[name] for name in LABELS if name in given]
        if tag in UNSEEN:
            self._unseen = True
        elif tag in BLOCKS:
            self._end()
            self._tag = tag
        elif tag == "table":
            self._end()
            self._table = Table()
            self.items.append(self._table)
        elif tag == "tr" and self._table is not None:
            self._table.rows.append([])
        elif tag in ("td", "th") and self._table is not None:
            self._end()
            self._tag = tag
            self._given = given
        elif tag == "span":
            part = Part(given.get(SOURCE, ""), given.get(FORMAT, ""), [])
            self._stack[-1].append(part)
            self._stack.append(part.pieces)
        elif tag == "a":
            self._href = given.get("href", "")
        elif tag == "img":
            self.items.append(Picture(given.get("src", "")))

    def handle_endtag(self, tag: str) -> None:
        """Close what is open."""
        if tag in UNSEEN:
            self._unseen = False
        elif tag in BLOCKS or tag in ("td", "th"):
            self._end()
        elif tag == "table":
            self._end()
            self._table = None
        elif tag == "span" and len(self._stack) > 1:
            self._stack.pop()
        self._details -= tag == "details"

    def handle_data(self, data: str) -> None:
        """Add to the text of what is open."""
        if self._unseen:
            self.unseen.append(data)
        else:
            self._stack[-1].append(re.sub(r"\s+", " ", data))

    def _end(self) -> None:
        """Keep the text of what was open."""
        pieces = self._stack[0]
        tag = self._tag
        given = self._given
        href = self._href
        self._stack = [[]]
        self._tag = self._href = ""
        self._given = {}
        if tag in ("td", "th") and self._table is not None:
            if given.get("scope") == "col":
                self._table.heads.append(Head(plain_text(pieces), given.get("data-field", "")))
            elif self._table.rows:
                value, source, shape = (
                    given.get(name, "") for name in ("data-value", SOURCE, FORMAT)
                )
                self._table.rows[-1].append(Cell(value, pieces, source, shape, href))
        elif plain_text(pieces):
            text = Text(tag, pieces)
            self.items.append(text)
            if self._details:
                self.folded.append(text)

    def blocks(self) -> list[Text]:
        """The texts, in order, but for those of tables."""
        return [item for item in self.items if isinstance(item, Text)]

    def texts(self, *tags: str) -> list[str]:
        """The texts with these tags, in order; without any, all."""
        return [plain_text(each.pieces) for each in self.blocks() if not tags or each.tag in tags]

    def tables(self) -> list[Table]:
        """The tables, their rows without cells left out."""
        found = [item for item in self.items if isinstance(item, Table)]
        return [Table(table.heads, [row for row in table.rows if row]) for table in found]

    def pictures(self) -> list[str]:
        """The addresses of the pictures."""
        return [item.source for item in self.items if isinstance(item, Picture)]
