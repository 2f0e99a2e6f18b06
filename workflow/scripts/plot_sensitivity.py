"""Draw Sharpe ratios by costs, by the delay of execution, and by capital."""

from pathlib import Path

from walkforge.console import redirect_to
from walkforge.frames import read_frame
from walkforge.provenance import read_json, write_artifacts
from walkforge.reporting.encoding import encode_figure
from walkforge.reporting.sensitivity_figures import plot_capital, plot_costs, plot_delay

redirect_to(snakemake.log[0])
figures = read_frame(Path(snakemake.input.figures))
findings, made = read_json(Path(snakemake.input.findings)), {}
for name, plot in {"costs": plot_costs, "delay": plot_delay, "capital": plot_capital}.items():
    picture = plot(figures, findings)
    for kind in ("png", "svg"):
        made[Path(snakemake.output[f"{name}_{kind}"])] = encode_figure(picture, kind=kind)
write_artifacts(snakemake.rule, made)
