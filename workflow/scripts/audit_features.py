"""Recompute the selected features on data that end earlier: none may know what comes later."""

from functools import partial
from pathlib import Path

from walkforge.console import redirect_to
from walkforge.features.audit import AuditConfig, audit, check_audit
from walkforge.features.compute import compute_features, select_names
from walkforge.features.memory import memory
from walkforge.features.sample import longest_segments
from walkforge.frames import read_frame
from walkforge.provenance import write_artifacts
from walkforge.reporting.audit_page import audit_html

redirect_to(snakemake.log[0])
settings = snakemake.params.config
compute = partial(compute_features, names=select_names(settings["features"]["select"]))
thorough = {key: settings["audit"][key] for key in ("symbols", "cuts", "last_rows")}
bars = read_frame(Path(snakemake.input.bars))
found = check_audit(audit(bars, compute, config=AuditConfig(**thorough)))
kept = memory(longest_segments(bars, thorough["symbols"]), compute, starts=2)
write_artifacts(snakemake.rule, {Path(snakemake.output.html): audit_html(found, kept)})
