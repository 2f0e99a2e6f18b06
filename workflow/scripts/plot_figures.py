"""Draw the out-of-sample record."""

from pathlib import Path

from walkforge.console import redirect_to
from walkforge.frames import read_frame
from walkforge.provenance import write_artifacts
from walkforge.reporting.encoding import encode_figure
from walkforge.reporting.figures import pictured, plot_drawdown, plot_equity, plot_exposure

redirect_to(snakemake.log[0])
returns = pictured(read_frame(Path(snakemake.input.returns)))
plots = {"equity": plot_equity, "drawdown": plot_drawdown, "exposure": plot_exposure}
figures = {name: plot(returns) for name, plot in plots.items()}
contents = {
    Path(snakemake.output[f"{name}_{kind}"]): encode_figure(figure, kind=kind)
    for name, figure in figures.items()
    for kind in ("png", "svg")
}
write_artifacts(snakemake.rule, contents)
