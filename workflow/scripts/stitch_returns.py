"""Stitch the test windows of every strategy and measure the records."""

from pathlib import Path

from walkforge.console import redirect_to
from walkforge.evaluation.stitch import metrics_of, record_of, stitch
from walkforge.frames import parquet_content, read_frame
from walkforge.provenance import write_artifacts

redirect_to(snakemake.log[0])
paths = [Path(path) for path in [*snakemake.input.agents, *snakemake.input.baselines]]
returns = stitch([record_of(path, read_frame(path)) for path in paths])
together = [record_of(path, read_frame(path)) for path in map(Path, snakemake.input.consensus)]
frames = {"returns": returns, "metrics": metrics_of(returns, together)}.items()
write_artifacts(snakemake, {Path(snakemake.output[k]): parquet_content(v) for k, v in frames})
