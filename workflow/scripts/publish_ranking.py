"""Copy the newest ranking to latest.*, with the symbols that a newer date waits for."""

import json
from pathlib import Path

from walkforge.console import redirect_to
from walkforge.provenance import canonical_json, read_bytes, read_json, write_artifacts
from walkforge.splits.arrived import waiting_told

warn = redirect_to(snakemake.log[0])
folder = Path(snakemake.input.newest).parent
made = snakemake.output
names = {kind: f"ranking.{kind}" for kind in ("parquet", "csv")}
names |= {"changes": "changes.csv", "summary": "summary.json"}
copies = {kind: read_bytes(folder / name) for kind, name in names.items()}
latest = read_json(Path(snakemake.input.latest))
if told := waiting_told(latest):
    warn(told)
    summary = json.loads(copies["summary"]) | {"waits": latest}
    copies["summary"] = canonical_json(summary).encode()
write_artifacts(snakemake, {Path(made[kind]): data for kind, data in copies.items()})
