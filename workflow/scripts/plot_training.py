"""Draw how the trainings of one agent went."""

from pathlib import Path

from walkforge.console import redirect_to
from walkforge.frames import read_frame
from walkforge.provenance import write_artifacts
from walkforge.reporting.encoding import encode_figure
from walkforge.reporting.training_figure import curves_of, plot_training

redirect_to(snakemake.log[0])
paths, made = map(Path, snakemake.input.curves), snakemake.output
curves = curves_of([(path.parts[-3], path.parts[-2], read_frame(path)) for path in paths])
figure = plot_training(curves, agent=snakemake.wildcards.agent)
contents = {Path(made[kind]): encode_figure(figure, kind=kind) for kind in ("png", "svg")}
write_artifacts(snakemake, contents)
