"""Which features a list of families and names means, for who may not import the catalogue."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from walkforge.errors import InputError, nearest

# Names of features by family, in the catalogue's order.
Families = Mapping[str, tuple[str, ...]]

# Under the folder of packages; written by features.document.
FAMILIES_FILE = Path("walkforge/features/families.json")


def read_families(source: Path) -> dict[str, tuple[str, ...]]:
    """The families of the catalogue, which would take a second to import.

    Args:
        source: the folder of packages.
    """
    found = json.loads((source / FAMILIES_FILE).read_text(encoding="utf-8"))
    return {family: tuple(names) for family, names in found.items()}


def named_features(select: Sequence[str], families: Families, *, where: str) -> tuple[str, ...]:
    """The names that a list of families and names means, in the catalogue's order.

    Args:
        select: families or names of features. where: what messages call it.

    Raises:
        InputError: names the first that is neither, and the nearest that is.
    """
    every = [name for names in families.values() for name in names]
    chosen: set[str] = set()
    for place, entry in enumerate(select):
        if entry not in families and entry not in every:
            raise InputError(
                f"{where}[{place}] is {entry!r}, neither a family nor a name of "
                f"docs/indicators.md: the nearest is {nearest(entry, [*families, *every])!r}"
            )
        chosen.update(families.get(entry, (entry,)))
    return tuple(name for name in every if name in chosen)


def part_of(
    given: Sequence[str], whole: Sequence[str], families: Families, *, where: str, source: str
) -> tuple[str, ...]:
    """The names that a part of some features means, in the catalogue's order.

    Args:
        given: families or names. whole: names that it may be a part of.
        where, source: what messages call the part, and what gives the whole.

    Raises:
        InputError: an entry is no family or name, or holds what is not in the whole; names the
            nearest that is.
    """
    found = named_features(given, families, where=where)
    for place, entry in enumerate(given):
        for name in families.get(entry, (entry,)):
            if name not in whole:
                known = [each for each in families if set(families[each]) <= set(whole)]
                close = nearest(entry, [*known, *whole])
                also = "" if name == entry else f" of {name!r}"
                raise InputError(
                    f"{where}[{place}] is {entry!r}{also}, which {source} does not give: "
                    f"the nearest that it gives is {close!r}: write that, or select it too"
                )
    return found
