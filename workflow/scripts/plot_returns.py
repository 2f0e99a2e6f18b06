"""Draw what the daily returns hold: by year, by month, by size, by seed and fold."""

from pathlib import Path

from walkforge.console import redirect_to
from walkforge.frames import read_frame
from walkforge.provenance import write_artifacts
from walkforge.reporting.distribution_figure import plot_distribution
from walkforge.reporting.encoding import encode_all
from walkforge.reporting.monthly_figure import plot_monthly_returns
from walkforge.reporting.rolling_figure import plot_rolling_sharpe
from walkforge.reporting.seeds_figure import plot_seeds

redirect_to(snakemake.log[0])
returns, made = read_frame(Path(snakemake.input.returns)), snakemake.output
plots = {"rolling": plot_rolling_sharpe, "monthly": plot_monthly_returns}
plots |= {"distribution": plot_distribution, "seeds": plot_seeds}
figures = {name: plot(returns) for name, plot in plots.items()}
drawn = encode_all(figures, execution=snakemake.params.execution)
contents = {Path(made[name]): picture for name, picture in drawn.items()}
write_artifacts(snakemake, contents)
