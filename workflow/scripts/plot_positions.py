"""Draw what one agent holds, trades and pays."""

from pathlib import Path

from walkforge.console import redirect_to
from walkforge.frames import read_frame
from walkforge.provenance import write_artifacts
from walkforge.reporting.encoding import encode_all
from walkforge.reporting.turnover_figure import by_seed, plot_turnover
from walkforge.reporting.weights_figure import mean_weights, plot_weights

redirect_to(snakemake.log[0])
files, made, agent = snakemake.input, snakemake.output, snakemake.wildcards.agent
dailies, weights, equal = (
    [(Path(path).parent.name, read_frame(Path(path))) for path in paths]
    for paths in (files.dailies, files.weights, files.equal)
)
starts = sorted(frame["date"][0] for _, frame in equal)
stack = mean_weights([frame for _, frame in dailies], [frame for _, frame in weights])
own, other = by_seed(dailies), by_seed([("", frame) for _, frame in equal])
figures = {"weights": plot_weights(stack, agent=agent, starts=starts)}
figures["turnover"] = plot_turnover(own, other, agent=agent, starts=starts)
drawn = encode_all(figures, execution=snakemake.params.execution)
contents = {Path(made[name]): picture for name, picture in drawn.items()}
write_artifacts(snakemake, contents)
