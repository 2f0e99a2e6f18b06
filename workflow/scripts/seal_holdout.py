"""Write the hold-out's manifest: its window and the hash of its rows, and nothing else of them."""

from pathlib import Path

from walkforge.console import redirect_to
from walkforge.features.panel import load_panel
from walkforge.provenance import canonical_json, write_artifacts
from walkforge.splits.manifest import seal
from walkforge.splits.windows import holdout_window

redirect_to(snakemake.log[0])
config = snakemake.params.config
window = holdout_window(config["holdout"])
warm_in = config["warm_in_days"]
panel = load_panel(Path(snakemake.input.tensor), Path(snakemake.input.names))
sealed = canonical_json(seal(window, panel, warm_in_days=warm_in))
write_artifacts(snakemake, {Path(snakemake.output.manifest): sealed})
