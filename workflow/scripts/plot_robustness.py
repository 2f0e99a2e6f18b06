"""Draw the figures of every path, with the walk-forward headline."""

from pathlib import Path

from walkforge.console import redirect_to
from walkforge.frames import read_frame
from walkforge.provenance import read_json, write_artifacts
from walkforge.reporting.encoding import encode_figure
from walkforge.reporting.robustness_figure import plot_robustness

redirect_to(snakemake.log[0])
paths, figures = read_frame(Path(snakemake.input.paths)), read_json(Path(snakemake.input.figures))
figure = plot_robustness(paths, figures)
made = {
    Path(snakemake.output[kind]): encode_figure(figure, kind=kind, execution=figures["execution"])
    for kind in ("png", "svg")
}
write_artifacts(snakemake, made)
