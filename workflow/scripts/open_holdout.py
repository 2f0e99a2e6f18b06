"""Record that the hold-out is opened, then roll live policies and baselines through it."""

from datetime import UTC, datetime
from pathlib import Path

from walkforge.agents.training.train import choose_device
from walkforge.console import redirect_to
from walkforge.evaluation.holdout import read_policies, roll_holdout
from walkforge.evaluation.holdout_log import record_opening
from walkforge.evaluation.stitch import metrics_of
from walkforge.features.panel import load_panel
from walkforge.frames import parquet_content
from walkforge.provenance import read_json, write_artifacts
from walkforge.reporting.holdout_page import holdout_html

redirect_to(snakemake.log[0])
files, asked, device = snakemake.input, snakemake.params, choose_device()
manifest, at = read_json(Path(files.manifest)), [Path(file) for file in files.policies]
policies, now = read_policies(at, device=device), datetime.now(UTC)
opened = record_opening(Path(asked.access), at, sealed=manifest, config=asked.digest, now=now)
panel = load_panel(Path(files.tensor), Path(files.names))
returns = roll_holdout(policies, panel, manifest=manifest, terms=asked.config, device=device)
made = {"returns": parquet_content(returns), "metrics": parquet_content(metrics_of(returns))}
made["html"] = holdout_html(metrics_of(returns), manifest, opened=opened, terms=asked.config)
write_artifacts(snakemake, {Path(snakemake.output[k]): v for k, v in made.items()})
