"""Write the page about the quality of the data."""

from pathlib import Path

from walkforge.console import redirect_to
from walkforge.provenance import read_json, write_artifacts
from walkforge.reporting.quality_page import quality_html

redirect_to(snakemake.log[0])
quality = read_json(Path(snakemake.input.quality))
page = quality_html(quality, gate=snakemake.params.config["quality_gate"])
write_artifacts(snakemake, {Path(snakemake.output.html): page})
