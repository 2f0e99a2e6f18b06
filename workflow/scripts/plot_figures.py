"""Draw the out-of-sample record."""

from pathlib import Path

import polars as pl

from walkforge.console import redirect_to
from walkforge.reporting.figures import plot_drawdown, plot_equity, save_figure

redirect_to(snakemake.log[0])
returns = pl.read_parquet(snakemake.input.returns)
for name, plot in {"equity": plot_equity, "drawdown": plot_drawdown}.items():
    png, svg = (Path(snakemake.output[f"{name}_{kind}"]) for kind in ("png", "svg"))
    save_figure(plot(returns), png=png, svg=svg)
