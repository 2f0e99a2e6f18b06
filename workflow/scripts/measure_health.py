"""Measure what each fold's scaling makes of the features, and warn of constant ones."""

from pathlib import Path

from walkforge.console import redirect_to
from walkforge.features.catalogue import FEATURES
from walkforge.features.panel import load_panel
from walkforge.provenance import read_json, write_artifacts
from walkforge.reporting.encoding import encode_figure
from walkforge.reporting.health_figure import plot_health
from walkforge.reporting.health_page import health_html
from walkforge.splits.health import constant_features, health_of

warn = redirect_to(snakemake.log[0])
files, made = snakemake.input, snakemake.output
manifests = [read_json(Path(path)) for path in [*files.manifests, *files.tests]]
health = health_of(manifests, load_panel(Path(files.tensor), Path(files.names)))
for warning in constant_features(health):
    warn(warning)
figure = plot_health(health, {name: feature.family for name, feature in FEATURES.items()})
contents = {Path(made[kind]): encode_figure(figure, kind=kind) for kind in ("png", "svg")}
write_artifacts(snakemake, contents | {Path(made.html): health_html(health)})
