"""The page of the cross-check: each indicator's largest difference from the library `ta`."""

from collections.abc import Mapping
from functools import partial
from typing import Any

import polars as pl

from walkforge.reporting.catalogue import Entry
from walkforge.reporting.html.render import render_page
from walkforge.reporting.material import Material
from walkforge.reporting.tables import Column, make_table

ENTRY = Entry(
    place="features/parity",
    inputs={
        "found": "features/parity.parquet",
        "terms": "features/parity.json",
    },
    after="",
    category="5. Data and features",
    caption=(
        "The indicators compared with the library ta on a sample of these symbols: the "
        "largest difference of each."
    ),
)


def write(material: Material) -> str:
    """The page, of what it is made of."""
    return parity_html(material.files["found"], **material.files["terms"])


_NOTES = (
    "The difference is the largest over all bars compared, in standard deviations of the "
    "indicator. It is taken twice: on moved prices, by about 1e-5, so that no two are equal, and "
    "on real prices. Symbol and date are of the first. Bars differ: their share on real prices.",
    "With prices as they are only indicators that compare prices with one another may differ, on "
    "bars where these are equal: they are named with their share of bars and the reason.",
    "The first 300 bars of a symbol are left out. Lost are bars on which ta has no number, as "
    "where there is no volume, or changes its own answer with the scale of prices.",
)


def parity_html(
    found: pl.DataFrame, exceptions: Mapping[str, str], ties: Mapping[str, str], *, tolerance: float
) -> str:
    """A self-contained page with one row for each indicator.

    Args:
        found: see features.parity.parity. exceptions: why an indicator is not compared, by name.
        ties: why one may differ on prices as they are, by name.
        tolerance: above which the run stops, in standard deviations.
    """
    compared = found.filter(pl.col("difference").is_not_null())
    caption = (
        f"{compared.height} of {found.height} indicators are compared with ta; the largest "
        f"difference may be {tolerance:g} standard deviations"
    )
    columns = (
        *_COLUMNS,
        Column("remark", "text", partial(_remark, exceptions=exceptions, ties=ties)),
    )
    table = make_table(caption, columns, rows=found, notes=_NOTES)
    return render_page("one_table.html.j2", title="Indicators against ta", table=table)


def _share_over(row: Mapping[str, Any]) -> float | None:
    """The share of bars that differ on prices as they are; None where none was compared."""
    return row["as_is_over"] / row["as_is_bars"] if row["as_is_bars"] else None


def _remark(row: Mapping[str, Any], exceptions: Mapping[str, str], ties: Mapping[str, str]) -> str:
    """Why an indicator has no figure, or differs on prices as they are; else ''."""
    name = str(row["indicator"])
    if row["difference"] is not None:
        return ties.get(name, "") if row["as_is_over"] else ""
    if row["lost"] is not None:
        return "ta has no number or too few digits on these bars"
    return exceptions.get(name, "ta has no such indicator, or bars are too few")


_COLUMNS = (
    Column("indicator", "text", "indicator"),
    Column("moved prices", "number", "difference", ".1e"),
    Column("symbol", "text", "symbol"),
    Column("date", "date", "date"),
    Column("bars", "number", "bars", ","),
    Column("lost", "number", "lost", ","),
    Column("real prices", "number", "as_is_difference", ".1e"),
    Column("bars differ", "number", _share_over, ".2%"),
)
