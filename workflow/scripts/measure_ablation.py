"""Measure an agent without some of its features beside the same agent with all of them."""

from pathlib import Path

from walkforge.console import redirect_to
from walkforge.evaluation.ablation import measure_ablation
from walkforge.evaluation.evidence import Bootstrap
from walkforge.evaluation.stitch import record_of, stitch
from walkforge.frames import parquet_content, read_frame
from walkforge.provenance import canonical_json, write_artifacts

redirect_to(snakemake.log[0])
asked = snakemake.params.config
made = snakemake.output
draws = dict(asked["bootstrap"])
bootstrap = Bootstrap(seed=draws.pop("bootstrap_seed"), **draws)
returns = stitch([record_of(Path(p), read_frame(Path(p))) for p in snakemake.input.dailies])
done = measure_ablation(
    returns, asked["strategies"], bootstrap=bootstrap, execution=asked["execution"]
)
contents = {Path(made.parquet): parquet_content(done.frame)}
write_artifacts(snakemake, contents | {Path(made.json): canonical_json(done.found)})
