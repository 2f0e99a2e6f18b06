"""Record the resolved configuration: file, environment and command line together."""

from pathlib import Path

from walkforge.console import redirect_to
from walkforge.provenance import write_artifacts

redirect_to(snakemake.log[0])
write_artifacts(snakemake, {Path(snakemake.output.config): snakemake.params.text})
