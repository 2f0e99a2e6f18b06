"""The error that a user's mistake raises, and the name that may have been meant."""

import difflib
from collections.abc import Iterable


class InputError(ValueError):
    """A mistake in configuration or data: its message says where, what value, and what to do.

    Attributes:
        code: short name of the fault, such as TRUNCATED, with which the message then begins.
        bare: the message without the code.
    """

    def __init__(self, message: str, *, code: str | None = None) -> None:
        super().__init__(f"{code}: {message}" if code else message)
        self.code = code
        self.bare = message


def nearest(word: str, words: Iterable[str]) -> str:
    """Return the word most like the given one, letter case aside; the first in order of equals.

    Raises:
        ValueError: there are no words.
    """
    by_case = {known.casefold(): known for known in sorted(words, reverse=True)}
    if not by_case:
        raise ValueError(f"nothing to compare {word!r} with")
    found = difflib.get_close_matches(word.casefold(), sorted(by_case), n=1, cutoff=0.0)
    return by_case[found[0]]


def shown(text: str, *, characters: int = 60) -> str:
    """Return foreign text as messages show it: in quotes, escaped, cut to some characters."""
    return repr(text) if len(text) <= characters else f"{text[:characters]!r}..."
