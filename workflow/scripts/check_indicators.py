"""Compare the selected indicators with the library ta on a sample of symbols."""

from pathlib import Path

from walkforge.console import redirect_to
from walkforge.features.compute import select_names
from walkforge.features.parity import EXCEPTIONS, TOLERANCE, check_parity, parity
from walkforge.frames import read_frame
from walkforge.provenance import write_artifacts
from walkforge.reporting.parity_page import parity_html

redirect_to(snakemake.log[0])
settings = snakemake.params.config["features"]
bars, names = read_frame(Path(snakemake.input.bars)), select_names(settings["select"])
found = check_parity(parity(bars, names, symbols=settings["compared_symbols"]))
page = parity_html(found, EXCEPTIONS, tolerance=TOLERANCE)
write_artifacts(snakemake.rule, {Path(snakemake.output.html): page})
