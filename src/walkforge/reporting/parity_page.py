"""The page of the cross-check: each indicator's largest difference from the library `ta`."""

from collections.abc import Mapping

import polars as pl

from walkforge.reporting.pages import render_page
from walkforge.reporting.tables import Column, Row, Table, number_cell, text_cell

_NOTE = (
    "The difference is the largest over all bars compared, in standard deviations of the "
    "indicator. Prices are moved by about 1e-5 first, so that rounding decides no tie; the first "
    "300 bars of a symbol are left out. Lost are bars on which ta has no number, as where there is "
    "no volume, or changes its own answer with the scale of prices."
)


def parity_html(found: pl.DataFrame, exceptions: Mapping[str, str], *, tolerance: float) -> str:
    """Return a self-contained page with one row for each indicator.

    Args:
        found: see features.parity.parity. exceptions: why an indicator is not compared, by name.
        tolerance: above which the run stops, in standard deviations.
    """
    compared = found.filter(pl.col("difference").is_not_null())
    caption = (
        f"{compared.height} of {found.height} indicators are compared with ta; the largest "
        f"difference may be {tolerance:g} standard deviations"
    )
    table = Table(
        caption=caption,
        columns=[
            Column(label="indicator", kind="text"),
            Column(label="largest difference", kind="number"),
            Column(label="symbol", kind="text"),
            Column(label="date", kind="date"),
            Column(label="bars", kind="number"),
            Column(label="lost", kind="number"),
            Column(label="remark", kind="text"),
        ],
        rows=[
            Row(
                cells=[
                    text_cell(row["indicator"]),
                    number_cell(row["difference"], "{:.1e}".format),
                    text_cell(row["symbol"]),
                    text_cell(row["date"], look="date"),
                    number_cell(row["bars"], "{:,}".format),
                    number_cell(row["lost"], "{:,}".format),
                    text_cell(_remark(row, exceptions)),
                ]
            )
            for row in found.iter_rows(named=True)
        ],
        notes=(_NOTE,),
    )
    return render_page("one_table.html.j2", title="Indicators against ta", table=table)


def _remark(row: Mapping[str, object], exceptions: Mapping[str, str]) -> str:
    """Return why an indicator has no figure, '' where it has one."""
    if row["difference"] is not None:
        return ""
    if row["lost"] is not None:
        return "ta has no number or too few digits on these bars"
    return exceptions.get(str(row["indicator"]), "ta has no such indicator, or bars are too few")
