"""Draw one figure of the catalogue, as PNG and as SVG."""

from pathlib import Path

from walkforge.console import redirect_to
from walkforge.provenance import write_artifacts
from walkforge.reporting.catalogue import FIGURES, asked, load
from walkforge.reporting.encoding import encode_kinds
from walkforge.reporting.material import read_material

redirect_to(snakemake.log[0])
figure = asked(FIGURES, snakemake.wildcards.figure)
material = read_material(figure, snakemake.input, config=snakemake.params.config)
drawn = encode_kinds(load(figure).draw(material))
contents = {Path(snakemake.output[kind]): picture for kind, picture in drawn.items()}
write_artifacts(snakemake, contents)
