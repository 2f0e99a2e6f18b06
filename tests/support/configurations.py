"""The project's own configuration, changed at will, and the faults found in it."""

from functools import reduce
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st

from walkforge.configuration.checking import check
from walkforge.configuration.layers import merge
from walkforge.configuration.sections import schema_of
from walkforge.configuration.strict_yaml import read_strict, read_value
from walkforge.errors import InputError

ROOT = Path(__file__).parents[2]
CONFIG = ROOT / "config.yaml"
SCHEMA = schema_of(ROOT / "src")
OWN = read_strict(CONFIG)

few = settings(derandomize=True, deadline=None, max_examples=40)


def nested(path, value):
    """{"a": {"b": value}} for "a.b"."""
    return reduce(lambda inner, key: {key: inner}, reversed(path.split(".")), value)


def changed(changes):
    """The project's own configuration with values laid over it, by dotted path."""
    layers = [nested(path, value) for path, value in changes.items()]
    return reduce(merge, layers, OWN)


def faults(config, schema=SCHEMA):
    """The lines of faults that check lists, without its heading."""
    try:
        check(config, schema)
    except InputError as error:
        return [line.removeprefix("  ") for line in str(error).splitlines()[1:]]
    return []


def read(text):
    return read_value(text, source="study.yaml")


def leaves(tree, path=()):
    """The values of a tree by path; an empty mapping is a value."""
    if not isinstance(tree, dict) or not tree:
        return {path: tree}
    parts = [leaves(value, (*path, key)) for key, value in tree.items()]
    return {place: value for part in parts for place, value in part.items()}


SETTINGS = sorted(leaves(OWN))
PPO_AGENT = {
    "algorithm": "ppo",
    "network": "shared_mlp",
    "scheme": "weights",
    "reward": "log_return",
    "overrides": {},
}


def agent_with(**changes):
    return {**PPO_AGENT, **changes}


LIKE_TYPES = "NO on null ~ 1e3 1e-4 000001 2001-03-01 1.0e-05 .nan << ="
AWKWARD = [
    "",
    " a ",
    "a: b",
    "# a",
    "'",
    '"',
    "\n",
    "a\n\nb ",
    "\t",
    "\x85",
    "\u2028",
    "é",
    "😀",
    "- a",
]
words = st.sampled_from([*LIKE_TYPES.split(), *AWKWARD])
texts = (
    words
    | st.text(st.characters(exclude_categories=("Cs",)), max_size=8)
    | st.text("aé ", min_size=130)
)
numbers = st.integers() | st.floats(allow_nan=False, allow_infinity=False)
scalars = st.none() | st.booleans() | numbers | st.sampled_from([1e-5, -0.0, 1e16, 5e-324]) | texts
trees = st.dictionaries(
    texts,
    st.recursive(
        scalars,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    ),
    max_size=4,
)
