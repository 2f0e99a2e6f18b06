"""Recompute the selected features on data that end earlier: none may know what comes later."""

from functools import partial
from pathlib import Path

from walkforge.console import redirect_to
from walkforge.features.audit import COPIES, AuditConfig, audit, check_audit
from walkforge.features.compute import compute_features, select_names, warm_up_of
from walkforge.features.memory import check_memory, memory
from walkforge.frames import parquet_content, read_frame
from walkforge.provenance import canonical_json, write_artifacts

warn = redirect_to(snakemake.log[0])
made = snakemake.output
settings = snakemake.params.config
bars = read_frame(Path(snakemake.input.bars))
names = select_names(settings["features"]["select"])
how = AuditConfig(**settings["audit"])
warm_up = warm_up_of(settings["features"], names)
compute = partial(compute_features, names=names, threads=snakemake.threads)
found = check_audit(audit(bars, compute, config=how, copies=COPIES))
kept = check_memory(memory(bars, compute, symbols=how.symbols), warm_up=warm_up, warn=warn)
contents = {Path(made.found): parquet_content(found), Path(made.memory): parquet_content(kept)}
contents[Path(made.terms)] = canonical_json({"warm_up": warm_up})
write_artifacts(snakemake, contents)
