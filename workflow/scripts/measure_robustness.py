"""Put the test blocks of all splits into paths, and measure each."""

from pathlib import Path

from walkforge.console import redirect_to
from walkforge.evaluation.robustness import Terms, measure_robustness
from walkforge.evaluation.stitch import record_of
from walkforge.frames import parquet_content, read_frame
from walkforge.provenance import canonical_json, read_json, write_artifacts
from walkforge.splits.combinatorial import robustness_config

redirect_to(snakemake.log[0])
files = snakemake.input
made = snakemake.output
sections = snakemake.params.config
config = robustness_config(sections["robustness"])
purge_days = sections["splits"]["purge_days"]
unscored = sum(block["unscored"] for block in read_json(Path(files.groups))["blocks"])
terms = Terms(config, purge_days, snakemake.params.execution, sections["warm_in_days"], unscored)
records = [record_of(path, read_frame(path)) for path in map(Path, files.agents)]
always_on = read_frame(Path(files.baselines))
returns = read_frame(Path(files.record))
found = measure_robustness(records, always_on, returns, terms)
contents = {Path(made.paths): parquet_content(found.paths)}
write_artifacts(snakemake, contents | {Path(made.figures): canonical_json(found.figures)})
