"""Write the page of where the time of every training went."""

from pathlib import Path

from walkforge.console import redirect_to
from walkforge.provenance import read_json, write_artifacts
from walkforge.reporting.profile_page import profile_html

redirect_to(snakemake.log[0])
paths = [Path(name) for name in snakemake.input.profiles]
profiles = {path.relative_to("results/logs/train_agent"): read_json(path) for path in paths}
write_artifacts(snakemake, {Path(snakemake.output.html): profile_html(profiles)})
