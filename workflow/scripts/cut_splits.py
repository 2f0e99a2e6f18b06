"""Write the manifests of every split of cross-validation: the rows it may read, and their hash."""

from pathlib import Path

from walkforge.console import redirect_to
from walkforge.features.panel import load_panel
from walkforge.provenance import canonical_json, write_artifacts
from walkforge.splits.combinatorial import robustness_config
from walkforge.splits.split_manifest import cut_splits
from walkforge.splits.windows import splits_config

redirect_to(snakemake.log[0])
panel = load_panel(Path(snakemake.input.tensor), Path(snakemake.input.names))
sections = snakemake.params.config
made = snakemake.output
robustness = robustness_config(sections["robustness"])
config = splits_config(sections["splits"])
warm_in = sections["warm_in_days"]
manifests = cut_splits(config, robustness, panel, warm_in_days=warm_in)
paths = map(Path, [*made.train, *made.test])
contents = {path: canonical_json(manifests[path.parts[-2:]]) for path in paths}
write_artifacts(snakemake, contents)
