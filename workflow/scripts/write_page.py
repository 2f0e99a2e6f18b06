"""Write one page of the catalogue."""

from pathlib import Path

from walkforge.console import redirect_to
from walkforge.provenance import write_artifacts
from walkforge.reporting.catalogue import PAGES, asked, load
from walkforge.reporting.material import read_material

redirect_to(snakemake.log[0])
page = asked(PAGES, snakemake.wildcards.page)
material = read_material(page, snakemake.input, config=snakemake.params.config)
write_artifacts(snakemake, {Path(snakemake.output.html): load(page).write(material)})
