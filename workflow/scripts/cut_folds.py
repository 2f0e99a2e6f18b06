"""Write each fold's manifests: the rows it may read, and their hash."""

from pathlib import Path

from walkforge.console import redirect_to
from walkforge.features.panel import load_panel
from walkforge.provenance import write_json
from walkforge.splits.manifest import cut_folds
from walkforge.splits.windows import splits_config

redirect_to(snakemake.log[0])
panel = load_panel(Path(snakemake.input.tensor), Path(snakemake.input.names))
manifests = cut_folds(splits_config(snakemake.params.config["splits"]), panel)
for path in [*snakemake.output.train, *snakemake.output.test]:
    fold, name = Path(path).parts[-2:]
    write_json(Path(path), manifests[fold, name])
write_json(Path(snakemake.output.latest), {"as_of": panel.dates[-1].isoformat()})
