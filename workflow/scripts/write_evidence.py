"""Write the page of evidence: verdicts, intervals, every agent beside every baseline."""

from pathlib import Path

from walkforge.console import redirect_to
from walkforge.frames import read_frame
from walkforge.provenance import read_json, write_artifacts
from walkforge.reporting.evidence_page import evidence_html

redirect_to(snakemake.log[0])
files = snakemake.input
verdict = read_json(Path(files.verdict))
strategies, against = (read_frame(Path(files[name])) for name in ("strategies", "against"))
page = evidence_html(verdict, strategies, against)
write_artifacts(snakemake, {Path(snakemake.output.html): page})
