"""The error that a user's mistake raises, and the name that may have been meant."""

import difflib
from collections.abc import Iterable, Sequence

MOST_BYTES = 1_900  # of a message, in UTF-8: with its code and what is put before it, 2 kB

_CUT = " [...] "


class InputError(ValueError):
    """A mistake in configuration or data: its message says where, what value, and what to do.

    Of one line, whatever foreign text it quotes, but for the lines that follow it on purpose; and
    of at most 2 kB: what is longer loses its middle.

    Attributes:
        code: short name of the fault, such as TRUNCATED, with which the message then begins.
        bare: the message without the code.
    """

    def __init__(self, message: str, *, code: str | None = None, lines: Sequence[str] = ()) -> None:
        told = [_printable(line) for line in (message, *lines)]
        self.code = code
        self.bare = _cut(told)
        super().__init__(f"{code}: {self.bare}" if code else self.bare)


def _printable(line: str) -> str:
    """A line with what a terminal would obey, line breaks among it, escaped."""
    if line.isprintable():
        return line
    return "".join(sign if sign.isprintable() else repr(sign)[1:-1] for sign in line)


def _cut(lines: Sequence[str]) -> str:
    """The first lines that fit, and how many more there are; a long one without its middle.

    Bytes are counted, of which a character may take four.
    """
    first, *more = lines
    if len(first.encode()) > MOST_BYTES:
        half = (MOST_BYTES - len(_CUT)) // 2
        data = first.encode()
        first = data[:half].decode(errors="ignore") + _CUT + data[-half:].decode(errors="ignore")
    kept = [first]
    for place, line in enumerate(more):
        if len("\n".join([*kept, line]).encode()) > MOST_BYTES:
            kept.append(f"  and {len(more) - place} more")
            break
        kept.append(line)
    return "\n".join(kept)


_COMPARED = 80  # characters of each word: comparing takes the product of both lengths


def nearest(word: str, words: Iterable[str]) -> str:
    """The word most like the given one, letter case aside; the first in order of equals.

    Raises:
        ValueError: there are no words.
    """
    by_case = {known.casefold()[:_COMPARED]: known for known in sorted(words, reverse=True)}
    if not by_case:
        raise ValueError(f"nothing to compare {word!r} with")
    found = difflib.get_close_matches(word.casefold()[:_COMPARED], sorted(by_case), n=1, cutoff=0.0)
    return by_case[found[0]]


def shown(text: str, *, characters: int = 60) -> str:
    """Foreign text as messages show it: in quotes, escaped, cut to some characters."""
    return repr(text) if len(text) <= characters else f"{text[:characters]!r}..."
