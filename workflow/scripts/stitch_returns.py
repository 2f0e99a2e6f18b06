"""Stitch the test windows of every strategy and measure the records."""

from pathlib import Path

import polars as pl

from walkforge.console import redirect_to
from walkforge.evaluation.stitch import metrics_of, record_of, stitch
from walkforge.provenance import write_parquet

redirect_to(snakemake.log[0])
paths = [Path(path) for path in [*snakemake.input.agents, *snakemake.input.baselines]]
returns = stitch([record_of(path, pl.read_parquet(path)) for path in paths])
write_parquet(Path(snakemake.output.returns), returns)
write_parquet(Path(snakemake.output.metrics), metrics_of(returns))
