"""Draw the out-of-sample record."""

from pathlib import Path

from walkforge.console import redirect_to
from walkforge.frames import read_frame
from walkforge.provenance import write_artifacts
from walkforge.reporting.encoding import encode_all
from walkforge.reporting.figures import pictured, plot_drawdown, plot_equity, plot_exposure

redirect_to(snakemake.log[0])
returns = pictured(read_frame(Path(snakemake.input.returns)))
plots = {"equity": plot_equity, "drawdown": plot_drawdown, "exposure": plot_exposure}
figures = {name: plot(returns) for name, plot in plots.items()}
drawn = encode_all(figures, execution=snakemake.params.execution)
made = {Path(snakemake.output[name]): picture for name, picture in drawn.items()}
write_artifacts(snakemake, made)
