"""Draw what leaving out each family of features changes."""

from pathlib import Path

from walkforge.console import redirect_to
from walkforge.frames import read_frame
from walkforge.provenance import read_json, write_artifacts
from walkforge.reporting.ablation_figure import plot_ablation
from walkforge.reporting.encoding import encode_figure

redirect_to(snakemake.log[0])
files = snakemake.input
figure = plot_ablation(read_frame(Path(files.parquet)), read_json(Path(files.json)))
made = {Path(snakemake.output[kind]): encode_figure(figure, kind=kind) for kind in ("png", "svg")}
write_artifacts(snakemake.rule, made)
