"""Copy the newest ranking to latest.*."""

from pathlib import Path

from walkforge.console import redirect_to
from walkforge.provenance import read_bytes, write_artifacts

redirect_to(snakemake.log[0])
folder, made = Path(snakemake.input.newest).parent, snakemake.output
names = {kind: f"ranking.{kind}" for kind in ("parquet", "csv", "html")}
names |= {"changes": "changes.csv", "summary": "summary.json"}
copies = {Path(made[kind]): read_bytes(folder / name) for kind, name in names.items()}
write_artifacts(snakemake, copies)
