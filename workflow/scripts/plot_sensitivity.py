"""Draw Sharpe ratios by costs, by the delay of execution, and by capital."""

from pathlib import Path

from walkforge.console import redirect_to
from walkforge.frames import read_frame
from walkforge.provenance import read_json, write_artifacts
from walkforge.reporting.encoding import encode_all
from walkforge.reporting.sensitivity_figures import plot_capital, plot_costs, plot_delay

redirect_to(snakemake.log[0])
figures = read_frame(Path(snakemake.input.figures))
findings = read_json(Path(snakemake.input.findings))
drawn = encode_all(
    {"costs": plot_costs(figures, findings), "capital": plot_capital(figures, findings)},
    execution=findings["execution"],
)
# The delay is rolled on executions of its own, of which the picture marks the look-ahead.
drawn |= encode_all({"delay": plot_delay(figures, findings)}, execution=None)
made = {Path(snakemake.output[name]): picture for name, picture in drawn.items()}
write_artifacts(snakemake, made)
