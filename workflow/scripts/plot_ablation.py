"""Draw what leaving out each family of features changes."""

from pathlib import Path

from walkforge.console import redirect_to
from walkforge.frames import read_frame
from walkforge.provenance import read_json, write_artifacts
from walkforge.reporting.ablation_figure import plot_ablation
from walkforge.reporting.encoding import encode_figure

redirect_to(snakemake.log[0])
files = snakemake.input
frame, found = read_frame(Path(files.parquet)), read_json(Path(files.json))
figure = plot_ablation(frame, found)
made = {
    Path(snakemake.output[kind]): encode_figure(figure, kind=kind, execution=found["execution"])
    for kind in ("png", "svg")
}
write_artifacts(snakemake, made)
