"""Recompute the selected features on data that end earlier: none may know what comes later."""

from functools import partial
from pathlib import Path

from walkforge.console import redirect_to
from walkforge.features.audit import COPIES, AuditConfig, audit, check_audit
from walkforge.features.compute import compute_features, select_names, warm_up_of
from walkforge.features.memory import check_memory, memory
from walkforge.frames import parquet_content, read_frame
from walkforge.provenance import write_artifacts
from walkforge.reporting.audit_figure import plot_memory
from walkforge.reporting.audit_page import audit_html
from walkforge.reporting.encoding import encode_figure

warn, made, settings = redirect_to(snakemake.log[0]), snakemake.output, snakemake.params.config
bars, names = read_frame(Path(snakemake.input.bars)), select_names(settings["features"]["select"])
how, warm_up = AuditConfig(**settings["audit"]), warm_up_of(settings["features"], names)
compute = partial(compute_features, names=names, threads=snakemake.threads)
found = check_audit(audit(bars, compute, config=how, copies=COPIES))
kept = check_memory(memory(bars, compute, symbols=how.symbols), warm_up=warm_up, warn=warn)
picture, page = plot_memory(kept, warm_up=warm_up), audit_html(found, kept, warm_up=warm_up)
contents = {Path(made[kind]): encode_figure(picture, kind=kind) for kind in ("png", "svg")}
contents |= {Path(made.found): parquet_content(found), Path(made.html): page}
write_artifacts(snakemake, contents)
