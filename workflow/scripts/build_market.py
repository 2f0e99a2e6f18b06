"""Lay bars and features out as the market tensor."""

from pathlib import Path

import polars as pl

from walkforge.console import redirect_to
from walkforge.features.compute import kinds
from walkforge.features.panel import build_panel, save_panel

redirect_to(snakemake.log[0])
features = pl.read_parquet(snakemake.input.features)
bars = pl.read_parquet(snakemake.input.bars)
panel = build_panel(bars, features, kinds=kinds(features.columns[2:]))
save_panel(panel, Path(snakemake.output.tensor), Path(snakemake.output.names))
