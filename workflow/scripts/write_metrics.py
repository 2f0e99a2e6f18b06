"""Write the table of out-of-sample performance."""

from pathlib import Path

import polars as pl

from walkforge.console import redirect_to
from walkforge.provenance import write_text_atomic
from walkforge.reporting.tables import metrics_html

redirect_to(snakemake.log[0])
metrics = pl.read_parquet(snakemake.input.metrics)
write_text_atomic(Path(snakemake.output.html), metrics_html(metrics))
