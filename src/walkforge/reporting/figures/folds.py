"""Picture of the folds: which dates each trains, validates and is tested on."""

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any

import polars as pl
from matplotlib.figure import Figure

from walkforge.reporting.catalogue import Entry
from walkforge.reporting.colours import OKABE_ITO
from walkforge.reporting.encoding import Drawn
from walkforge.reporting.facts import WINDOWS, fold_windows
from walkforge.reporting.material import Material
from walkforge.reporting.panels import column
from walkforge.reporting.style import figure_style
from walkforge.splits.windows import sealed_window

ENTRY = Entry(
    place="folds",
    inputs={
        "manifests": "folds/{trained}/manifest.json",
        "tests": "folds/{fold}/test.json",
    },
    keys=("holdout",),
    category="6. Folds",
    caption=(
        "What each fold may read over time: train, validation and test windows, the purge "
        "between them, the live fold, which is never scored, and the hold-out where one is "
        "sealed."
    ),
)


def draw(material: Material) -> Drawn:
    """The figure, of what it is made of."""
    files = material.files
    folds = fold_windows([*files["manifests"].values(), *files["tests"].values()])
    return Drawn(plot_folds(folds, holdout=sealed_window(material.config["holdout"])))


PURGE = "purge (read by none)"
HOLDOUT = "sealed hold-out"
_COLOURS = {
    "train": OKABE_ITO["blue"],
    "validation": OKABE_ITO["orange"],
    "test": OKABE_ITO["green"],
    PURGE: OKABE_ITO["black"],
    HOLDOUT: OKABE_ITO["purple"],
}
_HATCHES = {"validation": "//", HOLDOUT: "xx"}
_ROW_INCHES = 0.42
_FRAME_INCHES = 1.5
_BAR_HEIGHT = 0.62
_EPOCH = dt.date(1970, 1, 1).toordinal()  # from where matplotlib counts days

Span = tuple[dt.date, dt.date]


def plot_folds(folds: pl.DataFrame, *, holdout: Span | None) -> Figure:
    """A row for each fold, its windows as bars over time, and one for the hold-out.

    Args:
        folds: see facts.fold_windows; a fold without a test window is never scored.
        holdout: the first date and the first date after the sealed hold-out; None: none is sealed.
    """
    rows = folds.rows(named=True)
    names = [row["fold"] for row in rows]
    spans = [(place, *span) for place, row in enumerate(rows) for span in _spans(row)]
    if holdout:
        spans.append((len(names), HOLDOUT, holdout))
        names.append("hold-out")
    with figure_style():
        figure, (axes,) = column([_FRAME_INCHES + _ROW_INCHES * len(names)], legend_rows=3)
        for kind, colour in _COLOURS.items():
            own = [(place, span) for place, name, span in spans if name == kind]
            if own:
                axes.barh(
                    [place for place, _ in own],
                    [(end - start).days for _, (start, end) in own],
                    left=[start.toordinal() - _EPOCH for _, (start, _) in own],
                    height=_BAR_HEIGHT,
                    color=colour,
                    edgecolor="white" if kind in _HATCHES else colour,
                    linewidth=0.0,
                    hatch=_HATCHES.get(kind),
                    label=kind,
                )
        axes.xaxis_date()
        axes.set_yticks(range(len(names)), names)
        axes.set_ylim(len(names) - 0.4, -0.6)
        axes.grid(visible=False, axis="y")
        axes.set_title("What each fold may read, and when")
        axes.set_xlabel("date")
        figure.legend(loc="outside lower left", ncols=2)
    return figure


def _spans(row: Mapping[str, Any]) -> Iterator[tuple[str, Span]]:
    """Yield the windows of a fold, and the purge between each and the one before."""
    before: dt.date | None = None
    for window in WINDOWS:
        start, end = (row[f"{window}_{edge}"] for edge in ("start", "end"))
        if start is None or end is None:
            continue
        first = dt.date.fromisoformat(start)
        last = dt.date.fromisoformat(end)
        if before is not None and before < first:
            yield PURGE, (before, first)
        yield window, (first, last)
        before = last
