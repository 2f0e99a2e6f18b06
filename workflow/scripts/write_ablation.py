"""Write the page of the ablation: which families of features matter."""

from pathlib import Path

from walkforge.console import redirect_to
from walkforge.frames import read_frame
from walkforge.provenance import read_bytes, read_json, write_artifacts
from walkforge.reporting.ablation_page import ablation_html

redirect_to(snakemake.log[0])
files = snakemake.input
frame, found = read_frame(Path(files.parquet)), read_json(Path(files.json))
page = ablation_html(frame, found, picture=read_bytes(Path(files.png)))
write_artifacts(snakemake, {Path(snakemake.output.html): page})
