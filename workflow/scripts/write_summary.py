"""Write the first page: what was found, on which data, made with what."""

from pathlib import Path

from walkforge.console import redirect_to
from walkforge.frames import read_frame
from walkforge.provenance import read_bytes, read_json, sha256_bytes, write_artifacts
from walkforge.reporting.checks import Checks
from walkforge.reporting.facts import bar_spans, fold_windows, package_versions
from walkforge.reporting.summary import Summary, summary_html

redirect_to(snakemake.log[0])
files, report = snakemake.input, dict(snakemake.params.config["report"])
known = ("returns", "metrics", "ranking", "strategies", "against")
frames = {name: read_frame(Path(files[name])) for name in known}
pictures = {f"{name}_png": read_bytes(Path(files[name])) for name in ("equity", "drawdown")}
checked = {name: read_frame(Path(files[name])) for name in ("parity", "audit", "chain")}
quality, gate = read_json(Path(files.quality)), report.pop("quality_gate")
more = {"checks": Checks(quality=quality, quality_gate=gate, **checked)}
manifests = [read_json(Path(path)) for path in [*files.manifests, *files.tests]]
more |= {"symbols": bar_spans(read_frame(Path(files.bars))), "folds": fold_windows(manifests)}
more |= {"verdict": read_json(Path(files.verdict)), "package_versions": package_versions()}
digest = sha256_bytes(read_bytes(Path(files.config)))
page = summary_html(Summary(**report, **frames, **pictures, **more, config_digest=digest))
write_artifacts(snakemake, {Path(snakemake.output.html): page})
