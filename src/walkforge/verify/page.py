"""The summary page as a reader sees it: its texts, tables and pictures, in order."""

import re
from collections.abc import Collection
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import NamedTuple

BLOCKS = ("title", "h1", "h2", "h3", "p", "figcaption", "summary", "li")
UNSEEN = ("script", "style")
BEFORE = "("
AFTER = ").,;:"  # what may stand around a number
# What would turn a number beside it into another, and stands nowhere on a page.
TURNING = frozenset({"-", "−", "+", "minus", "plus", "negative", "%%", "‰", "bps%"})
LABELS = ("aria-label", "alt", "title")  # attributes that are read out, or shown on request
# What cells sort by, and pictures: compared elsewhere.
SHOWN = {"td": ("data-value",), "th": ("data-value",), "img": ("src",)}


class Cell(NamedTuple):
    """What a table's cell sorts by, and what it shows."""

    value: str
    text: str


class Text(NamedTuple):
    """A heading, paragraph or caption; text outside of any has the tag ''."""

    tag: str
    text: str


@dataclass(slots=True)
class Table:
    """A table: its headings, and rows of cells."""

    heads: list[str] = field(default_factory=list)
    rows: list[list[Cell]] = field(default_factory=list)


class Picture(NamedTuple):
    """An embedded picture: its address."""

    source: str


class Page(HTMLParser):
    """Reads a page.

    Attributes:
        items: what it holds, in order. labels: texts of attributes. marks: every tag with its
        other attributes. unseen: styles, scripts, declarations.
    """

    def __init__(self, content: str) -> None:
        super().__init__(convert_charrefs=True)
        self.items: list[Text | Table | Picture] = []
        self.labels: list[str] = []
        self.marks: set[str] = set()
        self.unseen: list[str] = []
        self._tag = ""
        self._text = ""
        self._unseen = False
        self._cell: str | None = None
        self._table: Table | None = None
        self.feed(content)
        self.close()
        self._end()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open a block, a table, a row or a cell."""
        given = {name: value or "" for name, value in attrs}
        known = {*LABELS, *SHOWN.get(tag, ())}
        own = [f"{name}={value}" for name, value in given.items() if name not in known]
        self.marks.add(" ".join([tag, *sorted(own)]))
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
            self._cell = given.get("data-value", "") if given.get("scope") != "col" else None
            self._tag = tag
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

    def handle_data(self, data: str) -> None:
        """Add to the text of what is open."""
        if self._unseen:
            self.unseen.append(data)
        else:
            self._text += data

    def _end(self) -> None:
        """Keep the text of what was open."""
        text = " ".join(self._text.split())
        tag = self._tag
        self._text = ""
        self._tag = ""
        if tag in ("td", "th") and self._table is not None:
            if self._cell is None:
                self._table.heads.append(text)
            elif self._table.rows:
                self._table.rows[-1].append(Cell(self._cell, text))
        elif text:
            self.items.append(Text(tag, text))

    def texts(self, *tags: str) -> list[str]:
        """The texts with these tags, in order; without any, all."""
        found = [item for item in self.items if isinstance(item, Text)]
        return [item.text for item in found if not tags or item.tag in tags]

    def tables(self) -> list[Table]:
        """The tables, their rows without cells left out."""
        found = [item for item in self.items if isinstance(item, Table)]
        return [Table(table.heads, [row for row in table.rows if row]) for table in found]

    def pictures(self) -> list[str]:
        """The addresses of the pictures."""
        return [item.source for item in self.items if isinstance(item, Picture)]


def numbers_in(text: str, *, names: Collection[str]) -> list[str]:
    """The numbers in a text, as written, those in names of strategies left out.

    A number is all of a word that holds a digit of any script, so that nothing hides beside it.
    """
    longest = sorted(filter(None, names), key=len, reverse=True)
    if longest:
        either = "|".join(map(re.escape, longest))
        text = re.sub(rf"(?<!\w)(?:{either})(?!\w)", "", text)
    words = [word for word in text.split() if any(map(str.isnumeric, word))]
    return [word.lstrip(BEFORE).rstrip(AFTER) for word in words]


def turning_in(text: str) -> list[str]:
    """The words of a text that would turn a number beside them into another."""
    return sorted({word.strip(BEFORE + AFTER).lower() for word in text.split()} & TURNING)
