"""Lay bars and features out as the market tensor."""

from pathlib import Path

from walkforge.console import redirect_to
from walkforge.features.compute import kinds
from walkforge.features.panel import build_panel, names_content, tensor_content
from walkforge.frames import read_frame
from walkforge.provenance import write_artifacts

redirect_to(snakemake.log[0])
made = snakemake.output
features = read_frame(Path(snakemake.input.features))
bars = read_frame(Path(snakemake.input.bars))
panel = build_panel(bars, features, kinds=kinds(features.columns[2:]))
contents = {Path(made.tensor): tensor_content(panel), Path(made.names): names_content(panel)}
write_artifacts(snakemake, contents)
