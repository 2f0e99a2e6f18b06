"""Write the page of robustness: the spread over paths, and what it is not."""

from pathlib import Path

from walkforge.console import redirect_to
from walkforge.frames import read_frame
from walkforge.provenance import read_bytes, read_json, write_artifacts
from walkforge.reporting.robustness_page import robustness_html

redirect_to(snakemake.log[0])
files = snakemake.input
paths, figures = read_frame(Path(files.paths)), read_json(Path(files.figures))
page = robustness_html(paths, figures, picture=read_bytes(Path(files.picture)))
write_artifacts(snakemake, {Path(snakemake.output.html): page})
