"""Audit the chain from raw rows to the record: nothing may know what comes after it."""

from datetime import date
from pathlib import Path

from walkforge.agents.training.devices import lease_device
from walkforge.console import redirect_to
from walkforge.evaluation.bars_audit import audit_source
from walkforge.evaluation.leaks import check_chain, found_frame
from walkforge.evaluation.results_audit import audit_results, read_written
from walkforge.evaluation.study_audit import audit_study
from walkforge.frames import parquet_content, read_frame
from walkforge.provenance import write_artifacts

redirect_to(snakemake.log[0])
files = snakemake.input
settings = snakemake.params.config
device = lease_device(snakemake.resources)
bars, issues = (read_frame(Path(file)) for file in (files.bars, files.issues))
written = read_written(files, device=device)
found = audit_source(bars, issues, settings, today=date.today())  # noqa: DTZ011
found += audit_study(bars, written.panel, written.policies, written.manifests, settings=settings)
found += audit_results(written, settings, device=device)
frame = check_chain(found_frame(found))
write_artifacts(snakemake, {Path(snakemake.output.found): parquet_content(frame)})
