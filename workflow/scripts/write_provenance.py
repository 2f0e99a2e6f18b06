"""Write what the results were made with, and how long each rule took."""

import platform
from pathlib import Path

from walkforge.console import redirect_to
from walkforge.manifests import manifest_of
from walkforge.provenance import check_artifact, read_bytes, write_artifacts
from walkforge.reporting.durations import durations_html, job_times, machine_facts
from walkforge.reporting.provenance_page import Provenance, provenance_html

redirect_to(snakemake.log[0])
files = snakemake.input
made = snakemake.output
params = snakemake.params
paths = [files.config, *files.artifacts, *files.policies]
known = Provenance(
    text=read_bytes(Path(files.config)).decode(),
    code=params.all_code,
    python=platform.python_version(),
    manifests={path: manifest_of(check_artifact(Path(path))).read_text() for path in paths},
)
times = durations_html(job_times(Path(params.jobs)), machine_facts())
pages = {Path(made.html): provenance_html(known), Path(made.durations): times}
write_artifacts(snakemake, pages)
