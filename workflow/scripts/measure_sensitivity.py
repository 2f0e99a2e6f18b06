"""Measure how the record depends on costs, on the delay of execution and on capital."""

from pathlib import Path

from walkforge.console import redirect_to
from walkforge.evaluation.sensitivity import sensitivity
from walkforge.frames import parquet_content, read_frame
from walkforge.provenance import canonical_json, write_artifacts

redirect_to(snakemake.log[0])
returns = read_frame(Path(snakemake.input.returns))
made = snakemake.output
found = sensitivity(returns, snakemake.params.config)
figures = parquet_content(found.figures)
findings = canonical_json(found.findings)
write_artifacts(snakemake, {Path(made.figures): figures, Path(made.findings): findings})
