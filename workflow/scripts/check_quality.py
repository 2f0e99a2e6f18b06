"""Stop the run when the data score below the gate; the page that says why is there already."""

from pathlib import Path

from walkforge.console import redirect_to
from walkforge.data.gate import check_quality
from walkforge.provenance import canonical_json, read_json, write_artifacts

redirect_to(snakemake.log[0])
gate = snakemake.params.config["quality_gate"]
checked = check_quality(read_json(Path(snakemake.input.quality)), gate=gate)
write_artifacts(snakemake, {Path(snakemake.output.checked): canonical_json(checked)})
