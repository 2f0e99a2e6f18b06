"""Compute the selected features of all symbols."""

from pathlib import Path

from walkforge.console import redirect_to
from walkforge.features.compute import compute_features, select_names, warm_up_of
from walkforge.frames import parquet_content, read_frame
from walkforge.provenance import write_artifacts

redirect_to(snakemake.log[0])
settings = snakemake.params.config["features"]
bars = read_frame(Path(snakemake.input.bars))
names = select_names(settings["select"])
threads = snakemake.threads
features = compute_features(bars, names, warm_up=warm_up_of(settings, names), threads=threads)
write_artifacts(snakemake, {Path(snakemake.output.features): parquet_content(features)})
