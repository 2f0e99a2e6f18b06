"""Write the first page: what was found, on which data, made with what."""

from pathlib import Path

import polars as pl

from walkforge.console import redirect_to
from walkforge.provenance import read_json, sha256_file, write_text_atomic
from walkforge.reporting.facts import bar_spans, fold_windows, package_versions
from walkforge.reporting.summary import Summary, summary_html

redirect_to(snakemake.log[0])
files, report = snakemake.input, snakemake.params.config["report"]
frames = {name: pl.read_parquet(files[name]) for name in ("returns", "metrics", "ranking")}
pictures = {f"{name}_png": Path(files[name]).read_bytes() for name in ("equity", "drawdown")}
content = Summary(
    **(report | frames | pictures),
    symbols=bar_spans(pl.read_parquet(files.bars)),
    folds=fold_windows([read_json(Path(path)) for path in [*files.manifests, *files.tests]]),
    schema_version=snakemake.params.schema_version,
    config_digest=sha256_file(Path(files.config)),
    package_versions=package_versions(),
)
write_text_atomic(Path(snakemake.output.html), summary_html(content))
