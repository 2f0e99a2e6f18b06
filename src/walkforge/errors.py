"""The error that a user's mistake raises, and the name that may have been meant."""

import difflib
from collections.abc import Iterable


class InputError(ValueError):
    """A mistake in configuration or data: its message says where, what value, and what to do."""


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
