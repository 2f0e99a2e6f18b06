"""The page of the ablation: an agent without some of its features beside the same with all."""

import base64
from collections.abc import Mapping
from typing import Any

import polars as pl

from walkforge.reporting.ablation_text import label_of, notes, paragraphs
from walkforge.reporting.catalogue import Entry
from walkforge.reporting.html.render import render_page
from walkforge.reporting.material import Material
from walkforge.reporting.records import SEED_MEAN
from walkforge.reporting.tables import (
    Cell,
    Column,
    Row,
    Table,
    number_cell,
    text_cell,
    two_decimals,
)

ENTRY = Entry(
    place="ablation/ablation",
    inputs={
        "frame": "ablation/ablation.parquet",
        "found": "ablation/ablation.json",
        "picture": "figures/ablation.png",
    },
)


def write(material: Material) -> str:
    """The page, of what it is made of."""
    return ablation_html(**material.files)


_PICTURE = "Difference of the net Sharpe ratio to that with all features"
_LABELS = (
    "features", "Sharpe", "less all", "from", "to", "P(better)", "turnover", "z",
)  # fmt: skip


def ablation_html(frame: pl.DataFrame, found: Mapping[str, Any], *, picture: bytes) -> str:
    """A self-contained page with one row for each variant and each of its seeds.

    Args:
        frame, found: see evaluation.ablation. picture: a PNG, see figures.ablation.
    """
    return render_page(
        "ablation.html.j2",
        title=f"Ablation of {found['agent']}",
        paragraphs=paragraphs(frame, found),
        picture={"caption": _PICTURE, "base64": base64.b64encode(picture).decode()},
        table=ablation_table(frame, found),
        features=_features_table(frame),
    )


def ablation_table(frame: pl.DataFrame, found: Mapping[str, Any]) -> Table:
    """The table of variants, the mean over seeds before each seed."""
    return Table(
        caption=f"{found['agent']} with all of its features, and with parts of them",
        columns=[
            Column(label="variant", kind="text"),
            *(Column(label=label, kind="number") for label in _LABELS),
            Column(label="distinguishable", kind="text"),
        ],
        rows=[
            Row(cells=_cells(row), headline=row["seed"] == SEED_MEAN)
            for row in frame.iter_rows(named=True)
        ],
        notes=notes(found),
    )


def _cells(row: Mapping[str, Any]) -> list[Cell]:
    """The cells of one row; what it has no figure for is undefined."""
    mean = row["seed"] == SEED_MEAN
    told = {True: "yes", False: "no", None: None}[row["distinguishable"]]
    return [
        text_cell(label_of(row) + (", mean of seeds" if mean else f", seed {row['seed']}")),
        number_cell(len(row["features"]), "{:.0f}".format),
        number_cell(row["sharpe"], two_decimals),
        number_cell(row["difference"], "{:+z.2f}".format),
        *(number_cell(row[name], two_decimals) for name in ("low", "high", "improvement")),
        number_cell(row["turnover"], two_decimals),
        number_cell(row["selection_z"], two_decimals),
        text_cell(told),
    ]


def _features_table(frame: pl.DataFrame) -> Table:
    """What every variant reads."""
    means = frame.filter(seed=SEED_MEAN)
    return Table(
        caption="What each variant reads",
        columns=[Column(label=label, kind="text") for label in ("variant", "agent", "features")],
        rows=[
            Row(
                cells=[
                    text_cell(label_of(row)),
                    text_cell(row["agent"]),
                    text_cell(", ".join(row["features"])),
                ]
            )
            for row in means.iter_rows(named=True)
        ],
    )
