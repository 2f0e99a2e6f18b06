"""Measure how the record depends on costs, on the delay of execution and on capital."""

from pathlib import Path

from walkforge.console import redirect_to
from walkforge.evaluation.sensitivity import sensitivity
from walkforge.frames import parquet_content, read_frame
from walkforge.provenance import canonical_json, write_artifacts

redirect_to(snakemake.log[0])
frames = [read_frame(Path(path)) for path in snakemake.input.returns]
found, made = sensitivity(frames, snakemake.params.config), snakemake.output
figures, findings = parquet_content(found.figures), canonical_json(found.findings)
write_artifacts(snakemake, {Path(made.figures): figures, Path(made.findings): findings})
