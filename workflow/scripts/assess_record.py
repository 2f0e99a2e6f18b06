"""Judge the stitched record: intervals, tests against baselines, verdicts."""

from pathlib import Path

from walkforge.console import redirect_to
from walkforge.evaluation.assess import RunFacts, assess
from walkforge.evaluation.evidence import Bootstrap
from walkforge.evaluation.series import random_returns_of
from walkforge.frames import parquet_content, read_frame
from walkforge.provenance import canonical_json, write_artifacts

redirect_to(snakemake.log[0])
files = snakemake.input
params = snakemake.params
made = snakemake.output
section = params.config["verdict"]
bootstrap = Bootstrap(
    replications=section["replications"],
    confidence=section["confidence"],
    seed=section["bootstrap_seed"],
)
random = random_returns_of([(Path(x).parts[-3], read_frame(Path(x))) for x in files.random])
facts = RunFacts(params.trials, params.opened, params.execution, section["no_skill_sharpe"])
evidence = assess(read_frame(Path(files.returns)), random, bootstrap=bootstrap, facts=facts)
frames = {name: parquet_content(getattr(evidence, name)) for name in ("strategies", "against")}
verdict = {Path(made.verdict): canonical_json(evidence.verdict)}
write_artifacts(snakemake, verdict | {Path(made[k]): v for k, v in frames.items()})
