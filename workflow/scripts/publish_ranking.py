"""Copy the newest ranking to latest.*."""

from pathlib import Path

from walkforge.console import redirect_to
from walkforge.provenance import write_bytes_atomic

redirect_to(snakemake.log[0])
newest = Path(snakemake.input.newest)
for kind in ("parquet", "csv", "html"):
    write_bytes_atomic(Path(snakemake.output[kind]), newest.with_suffix(f".{kind}").read_bytes())
