"""Draw every strategy's Sharpe ratio with its interval."""

from pathlib import Path

from walkforge.console import redirect_to
from walkforge.frames import read_frame
from walkforge.provenance import read_json, write_artifacts
from walkforge.reporting.encoding import encode_figure
from walkforge.reporting.evidence_figure import plot_intervals

redirect_to(snakemake.log[0])
strategies = read_frame(Path(snakemake.input.strategies))
verdict = read_json(Path(snakemake.input.verdict))
figure = plot_intervals(strategies, verdict)
made = {
    Path(snakemake.output[kind]): encode_figure(figure, kind=kind, execution=verdict["execution"])
    for kind in ("png", "svg")
}
write_artifacts(snakemake, made)
