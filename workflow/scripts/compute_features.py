"""Compute the selected features of all symbols."""

from pathlib import Path

from walkforge.console import redirect_to
from walkforge.features.compute import compute_features, select_names
from walkforge.frames import parquet_content, read_frame
from walkforge.provenance import write_artifacts

redirect_to(snakemake.log[0])
names = select_names(snakemake.params.config["features"]["select"])
bars = read_frame(Path(snakemake.input.bars))
features = compute_features(bars, names, threads=snakemake.threads)
write_artifacts(snakemake.rule, {Path(snakemake.output.features): parquet_content(features)})
