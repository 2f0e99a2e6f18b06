"""Write the first page: what was found, on which data, made with what."""

from pathlib import Path

from walkforge.console import redirect_to
from walkforge.frames import read_frame
from walkforge.provenance import read_bytes, read_json, sha256_bytes, write_artifacts
from walkforge.reporting.facts import bar_spans, fold_windows, package_versions
from walkforge.reporting.summary import Summary, summary_html

redirect_to(snakemake.log[0])
files, report = snakemake.input, snakemake.params.config["report"]
known = ("returns", "metrics", "ranking", "strategies", "against")
frames = {name: read_frame(Path(files[name])) for name in known}
pictures = {f"{name}_png": read_bytes(Path(files[name])) for name in ("equity", "drawdown")}
content = Summary(
    **(report | frames | pictures),
    verdict=read_json(Path(files.verdict)),
    symbols=bar_spans(read_frame(Path(files.bars))),
    folds=fold_windows([read_json(Path(path)) for path in [*files.manifests, *files.tests]]),
    config_digest=sha256_bytes(read_bytes(Path(files.config))),
    package_versions=package_versions(),
)
write_artifacts(snakemake.rule, {Path(snakemake.output.html): summary_html(content)})
