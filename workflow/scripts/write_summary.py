"""Write the first page: what was found, on which data, made with what."""

from pathlib import Path

from walkforge.console import redirect_to
from walkforge.frames import read_frame
from walkforge.provenance import read_bytes, read_json, sha256_bytes, write_artifacts
from walkforge.reporting.checks import Checks
from walkforge.reporting.facts import bar_spans, fold_windows, left_out, package_versions
from walkforge.reporting.summary import Summary, summary_html

redirect_to(snakemake.log[0])
files, report = snakemake.input, dict(snakemake.params.config["report"])
names = ("returns", "metrics", "ranking", "strategies", "against")
frames = {name: read_frame(Path(files[name])) for name in names}
pictures = {f"{name}_png": read_bytes(Path(files[name])) for name in ("equity", "drawdown")}
checked = {name: read_frame(Path(files[name])) for name in ("parity", "audit", "chain")}
folds = fold_windows([read_json(Path(path)) for path in [*files.manifests, *files.tests]])
quality, verdict = (read_json(Path(files[name])) for name in ("quality", "verdict"))
bars, features = (read_frame(Path(files[name])) for name in ("bars", "features"))
checks = Checks(quality=quality, quality_gate=report.pop("quality_gate"), **checked)
page = report | frames | pictures | {"checks": checks, "verdict": verdict, "folds": folds}
page |= {"left_out": left_out(quality, bars, features), "package_versions": package_versions()}
page |= {"symbols": bar_spans(bars), "config_digest": sha256_bytes(read_bytes(Path(files.config)))}
write_artifacts(snakemake, {Path(snakemake.output.html): summary_html(Summary(**page))})
