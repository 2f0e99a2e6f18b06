"""Compute the selected features of all symbols."""

from pathlib import Path

import polars as pl

from walkforge.console import redirect_to
from walkforge.features.compute import compute_features, select_names
from walkforge.provenance import write_parquet

redirect_to(snakemake.log[0])
names = select_names(snakemake.params.config["features"]["select"])
features = compute_features(pl.read_parquet(snakemake.input.bars), names)
write_parquet(Path(snakemake.output.features), features)
