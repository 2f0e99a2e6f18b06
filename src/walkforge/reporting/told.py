"""Figures on pages, each with the place that it comes from: what verify checks, not its wording.

A place is `file#key of the row/field`, as in `evaluation/metrics.parquet#agent/ppo/mean/sharpe`;
`computed#...` is computed from several, `rule#...` a constant of the rules. verify resolves every
place by itself, writes the value in the format beside it, and compares.
"""

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from html import escape
from typing import Any
from urllib.parse import quote

from walkforge.evaluation.series import ALPHA_LEAST, RANDOM_LEAST
from walkforge.reporting import choices

# How figures are written: a format of Python's; in per cent of 100 times the figure; with a noun.
TWO = "z.2f"
SIGNED = "+z.2f"
PERCENT = "z.1f %"
WHOLE_PERCENT = ".0f %"
WHOLE = ",.0f"
ACTION = "@ACTIONS"

UNDEFINED = "undefined"
KEY = "key"  # the field that is the key itself, as an agent's name is
_FIGURE = '<span data-source="{}" data-format="{}">{}</span>'
_SENTENCE = '<span class="said">{}</span>'
_HOLE = re.compile(r"\{([^{}:]+)(?::([^{}]*))?\}")


class Source(Mapping[str, Any]):
    """The values of a row or a record, by field, and the place that they come from.

    A value may be a source itself, of another place.
    """

    def __init__(self, place: str, values: Mapping[str, Any]) -> None:
        self.place = place
        self.values_of = values

    def __getitem__(self, name: str) -> Any:
        return self.values_of[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.values_of)

    def __len__(self) -> int:
        return len(self.values_of)

    def find(self, name: str) -> tuple[Any, str]:
        """A value and its place, by field or by fields below each other, as in market/name.

        Raises:
            LookupError: there is none.
        """
        first, _, rest = name.partition("/")
        value = self.values_of[first]
        if not rest:
            return value, self._below(first)
        if isinstance(value, Source):
            return value.find(rest)
        within = dict(enumerate(value)) if isinstance(value, list | tuple) else value
        below = {str(key): each for key, each in within.items()}
        return Source(self._below(first), below).find(rest)

    def _below(self, name: str) -> str:
        """The place of a field."""
        return f"{self.place}{'' if self.place.endswith('#') else '/'}{_encoded(name)}"


def place_of(file: str, *keys: str) -> str:
    """The place of a row."""
    return f"{file}#{'/'.join(map(_encoded, keys))}"


def _encoded(key: str) -> str:
    """A key as a place holds it: percent-encoded, and - where it is empty."""
    return "-" if not key else "%2D" if key == "-" else quote(key, safe="")


RULES = Source(
    "rule#",
    {
        "deflated_least": 0.95,
        "superior_most": 0.05,
        "random_least": RANDOM_LEAST,
        "alpha_least": ALPHA_LEAST,
        "family_size": 0.05,
        "zero": 0,
        "one": 1,
        "start": 1.0,
    },
)


def named(place: str, name: str, values: Mapping[str, Any]) -> Source:
    """What a record holds under a name, with the name as its key."""
    return Source(f"{place}{_encoded(name)}", {**values, KEY: name})


class Told(str):
    """Text as a reader sees it; on a page each of its figures carries its place."""

    markup: str

    def __new__(cls, text: str, markup: str) -> "Told":
        """Keep both."""
        made = super().__new__(cls, text)
        made.markup = markup
        return made

    def __html__(self) -> str:
        """What a page shows, escaped when it was made."""
        return self.markup


def say(template: str, *sources: Source) -> Told:
    """A sentence, its figures filled in: {field:format} of the first source that has the field.

    A format @NAME is one of choices: what the value decides is said.
    """
    told = _filled(template, sources)
    return Told(told, _SENTENCE.format(told.markup))


def together(*told: Told) -> Told:
    """Sentences one after the other; what decides that nothing is said stays on the page."""
    text = markup = ""
    for each in told:
        between = " " if text and each else ""
        text += between + each
        markup += between + each.markup
    return Told(text, markup)


def _filled(template: str, sources: Iterable[Source]) -> Told:
    """A template with its figures."""
    kept = list(sources)
    texts: list[str] = []
    marks: list[str] = []
    at = 0
    for hole in _HOLE.finditer(template):
        before = template[at : hole.start()]
        name = hole[1]
        how = hole[2] or ""
        first, _, _ = name.partition("/")
        value, place = next(each for each in kept if first in each).find(name)
        shown = _shown(value, how, kept)
        texts += [before, shown]
        marks += [escape(before), marked(shown, place, how)]
        at = hole.end()
    texts.append(template[at:])
    marks.append(escape(template[at:]))
    return Told("".join(texts), "".join(marks))


def _shown(value: Any, how: str, sources: list[Source]) -> str:
    """A value as it is shown, or what it decides."""
    if how.startswith("@"):
        return _filled(chosen(how, value), sources)
    return UNDEFINED if is_undefined(value) else written(value, how)


def marked(shown: str, place: str, how: str) -> str:
    """The element of a figure that carries its place; the figure alone where it has none."""
    within = shown.markup if isinstance(shown, Told) else escape(shown)
    if "#" not in place:
        return within
    return _FIGURE.format(escape(place), escape(how), within)


def chosen(how: str, value: Any) -> str:
    """What a value decides, of the choices that a format names."""
    offered: Mapping[str, str] = getattr(choices, how.removeprefix("@"))
    key = "null" if is_undefined(value) else str(value)
    return offered[key] if key in offered else offered["*"]


def is_undefined(value: Any) -> bool:
    """Whether a value is none, or no number."""
    return value is None or (isinstance(value, float) and math.isnan(value))


def written(value: Any, how: str) -> str:
    """A value by a format: 'z.2f', 'z.1f %', ', seed|seeds', ',.1f never', 'years' or 'list'."""
    if how == "years":
        return f"{value:,.0f} years" if value >= 10.0 else f"{value:.1f} years"
    if how == "list":
        return ", ".join(value) or "none"
    spec, _, unit = how.partition(" ")
    if unit == "%":
        return f"{100.0 * value:{spec}} %"
    if unit == "never":
        return unit if value == math.inf else f"{value:{spec}}"
    if unit:
        one, many = unit.split("|")
        return f"{value:{spec}} {one if value == 1 else many}"
    return f"{value:{spec}}"
