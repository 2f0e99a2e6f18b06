"""Draw the out-of-sample record."""

from pathlib import Path

from walkforge.console import redirect_to
from walkforge.frames import read_frame
from walkforge.provenance import write_artifacts
from walkforge.reporting.encoding import encode_figure
from walkforge.reporting.figures import plot_drawdown, plot_equity

redirect_to(snakemake.log[0])
returns = read_frame(Path(snakemake.input.returns))
figures = {"equity": plot_equity(returns), "drawdown": plot_drawdown(returns)}
contents = {
    Path(snakemake.output[f"{name}_{kind}"]): encode_figure(figure, kind=kind)
    for name, figure in figures.items()
    for kind in ("png", "svg")
}
write_artifacts(snakemake.rule, contents)
