"""Write the table of out-of-sample performance."""

from pathlib import Path

from walkforge.console import redirect_to
from walkforge.frames import read_frame
from walkforge.provenance import write_artifacts
from walkforge.reporting.tables import metrics_html

redirect_to(snakemake.log[0])
metrics = read_frame(Path(snakemake.input.metrics))
page = metrics_html(metrics, execution=snakemake.params.execution)
write_artifacts(snakemake, {Path(snakemake.output.html): page})
