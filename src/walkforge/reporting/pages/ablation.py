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
from walkforge.reporting.tables import Column, Table, Values, is_mean, make_table, strategy_and_seed
from walkforge.reporting.told import SIGNED, TWO, WHOLE

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
        features=make_table(
            "What each variant reads", _FEATURES, rows=frame.filter(seed=SEED_MEAN)
        ),
    )


def ablation_table(frame: pl.DataFrame, found: Mapping[str, Any]) -> Table:
    """The table of variants, the mean over seeds before each seed."""
    caption = f"{found['agent']} with all of its features, and with parts of them"
    return make_table(caption, _VARIANTS, rows=frame, headline=is_mean, notes=notes(found))


def _variant(row: Values) -> str:
    """The name of a variant's mean of seeds, or of a seed of it."""
    return strategy_and_seed({"strategy": label_of(row), "seed": row["seed"]})


_VARIANTS = (
    Column("variant", "text", _variant),
    Column("features", "number", lambda row: len(row["features"]), WHOLE),
    Column("Sharpe", "number", "sharpe", TWO),
    Column("less all", "number", "difference", SIGNED),
    Column("from", "number", "low", TWO),
    Column("to", "number", "high", TWO),
    Column("P(better)", "number", "improvement", TWO),
    Column("turnover", "number", "turnover", TWO),
    Column("z", "number", "selection_z", TWO),
    Column(
        "distinguishable",
        "text",
        lambda row: {True: "yes", False: "no", None: None}[row["distinguishable"]],
    ),
)
_FEATURES = (
    Column("variant", "text", label_of),
    Column("agent", "text", "agent"),
    Column("features", "text", lambda row: ", ".join(row["features"])),
)
