"""Write each fold's manifests: the rows it may read, and their hash."""

from pathlib import Path

from walkforge.console import redirect_to
from walkforge.features.panel import load_panel
from walkforge.provenance import canonical_json, write_artifacts
from walkforge.splits.arrived import newest_ranked
from walkforge.splits.manifest import cut_folds
from walkforge.splits.windows import splits_config

redirect_to(snakemake.log[0])
panel = load_panel(Path(snakemake.input.tensor), Path(snakemake.input.names))
config = snakemake.params.config
manifests = cut_folds(splits_config(config["splits"]), panel, warm_in_days=config["warm_in_days"])
latest = newest_ranked(panel, coverage=config["coverage"])
contents = {Path(snakemake.output.latest): canonical_json(latest)}
for path in map(Path, [*snakemake.output.train, *snakemake.output.test]):
    contents[path] = canonical_json(manifests[path.parts[-2:]])
write_artifacts(snakemake, contents)
