"""The catalogue as a page and as a list of families: `python -m walkforge.features.document`."""

import json
from collections.abc import Mapping
from pathlib import Path

from walkforge.features.catalogue import CATALOGUE, CONTEXT, FAMILIES
from walkforge.features.definition import Indicator
from walkforge.features.selection import FAMILIES_FILE

INTRODUCTION = """\
# Indicators

Written by `python -m walkforge.features.document` from the catalogue in
`src/walkforge/features`. Select families (the headings) or names under `features.select` in
`config.yaml`.

Every indicator uses bars up to and including the close of its row, of its own symbol alone. It
does not change when a symbol's prices are multiplied by a number and its volumes divided by it.
It is null for the first bars of a listing, or of what follows a long gap, as many as its
*warm-up*; after that it is finite, with the stated value where a formula would divide by zero. A
*flag* is -1, 0 or 1 and is never standardised. *Memory* is the number of bars after which a value
no longer shows where history starts, to a thousandth of the column's standard deviation on real
bars (empty: the warm-up). The longest of the selected is the default of `features.warm_up`.

C, O, H, L, V are close, open, high, low and volume; X[-n] is X n bars ago. SMA, std, min, max,
sum and quantile are over the last n bars, today's included. EMA(n) has alpha 2 / (n + 1) and
starts from its first value; Wilder(n) has alpha 1 / n and starts from the mean of its first n
values; both are null for their first n - 1 inputs. TR = max(H, C[-1]) - min(L, C[-1]), the true
low is min(L, C[-1]), and both need the close before. ln is the natural logarithm.

Ties: a change of the close, a range, a deviation or a sum of true ranges counts as 0 at 1e-9 of
the close or less (1e-9 itself for returns and ratios, 1e-7 for what is in per cent). *Flat* means
that what a formula would divide by counts as 0.

`ta` names the function of the library [ta](https://github.com/bukosabino/ta) with the same raw
quantity, against which the tests compare.
"""


CONTEXT_INTRODUCTION = """
# Context features

Optional families beyond the indicators, selected in the same way and as causal. Those across
symbols use the bars of all symbols on the same date, so that another universe gives other values.
"""


def document(catalogue: Mapping[str, Indicator], context: Mapping[str, Indicator]) -> str:
    """The page, in markdown: one table for each family, the context features last."""
    return INTRODUCTION + _tables(catalogue) + CONTEXT_INTRODUCTION + _tables(context)


def _tables(indicators: Mapping[str, Indicator]) -> str:
    """A heading and a table for each family."""
    tables = {indicator.family: "" for indicator in indicators.values()}
    for name, indicator in indicators.items():
        cells = (f"`{name}`", indicator.formula, indicator.warm_up, indicator.memory or "")
        row = " | ".join(map(str, (*cells, indicator.kind, indicator.source)))
        tables[indicator.family] += f"| {row} |\n"
    heading = (
        "| name | definition | warm-up | memory | kind | source |\n|---|---|---|---|---|---|\n"
    )
    return "".join(f"\n## {family}\n\n{heading}{rows}" for family, rows in tables.items())


def write_documents(root: Path) -> None:
    """Write the page, and the list of families that plans read, of the project in a folder."""
    families = json.dumps(FAMILIES, indent=2) + "\n"
    (root / "docs/indicators.md").write_text(document(CATALOGUE, CONTEXT), encoding="utf-8")
    (root / "src" / FAMILIES_FILE).write_text(families, encoding="utf-8")


if __name__ == "__main__":
    write_documents(Path.cwd())
