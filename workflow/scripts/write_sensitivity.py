"""Write the page of sensitivity: costs, the delay of execution, capital."""

from pathlib import Path

from walkforge.console import redirect_to
from walkforge.frames import read_frame
from walkforge.provenance import read_json, write_artifacts
from walkforge.reporting.sensitivity_page import sensitivity_html

redirect_to(snakemake.log[0])
figures = read_frame(Path(snakemake.input.figures))
page = sensitivity_html(figures, read_json(Path(snakemake.input.findings)))
write_artifacts(snakemake, {Path(snakemake.output.html): page})
