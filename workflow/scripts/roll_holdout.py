"""Record that the hold-out is opened, then roll live policies and baselines through it."""

from datetime import UTC, datetime
from pathlib import Path

from walkforge.agents.training.devices import lease_device
from walkforge.console import redirect_to
from walkforge.evaluation.holdout import read_policies, roll_holdout, said_of_opening
from walkforge.evaluation.holdout_log import record_opening
from walkforge.evaluation.stitch import metrics_of
from walkforge.features.panel import load_panel
from walkforge.frames import parquet_content
from walkforge.provenance import canonical_json, read_json, write_artifacts

redirect_to(snakemake.log[0])
files = snakemake.input
asked = snakemake.params
device = lease_device(snakemake.resources)
manifest = read_json(Path(files.manifest))
at = [Path(file) for file in files.policies]
policies = read_policies(at, device=device)
now = datetime.now(UTC)
opened = record_opening(Path(asked.access), at, sealed=manifest, config=asked.digest, now=now)
panel = load_panel(Path(files.tensor), Path(files.names))
returns = roll_holdout(policies, panel, manifest=manifest, terms=asked.config, device=device)
made = {"returns": parquet_content(returns), "metrics": parquet_content(metrics_of(returns))}
said = said_of_opening(manifest, opened_before=opened, terms=asked.config)
made["opening"] = canonical_json(said)
write_artifacts(snakemake, {Path(snakemake.output[k]): v for k, v in made.items()})
