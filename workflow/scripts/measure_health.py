"""Measure what each fold's scaling makes of the features, and warn of constant ones."""

from pathlib import Path

from walkforge.console import redirect_to
from walkforge.features.catalogue import FEATURES
from walkforge.features.panel import load_panel
from walkforge.frames import parquet_content
from walkforge.provenance import canonical_json, read_json, write_artifacts
from walkforge.splits.health import constant_features, health_of

warn = redirect_to(snakemake.log[0])
files = snakemake.input
made = snakemake.output
manifests = [read_json(Path(path)) for path in [*files.manifests, *files.tests]]
health = health_of(manifests, load_panel(Path(files.tensor), Path(files.names)))
for warning in constant_features(health):
    warn(warning)
families = [[name, feature.family] for name, feature in FEATURES.items()]
terms = canonical_json({"families": families})
write_artifacts(snakemake, {Path(made.health): parquet_content(health), Path(made.terms): terms})
