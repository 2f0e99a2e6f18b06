"""Compare the selected indicators with the library ta on a sample of symbols."""

from pathlib import Path

from walkforge.console import redirect_to
from walkforge.features.compute import select_names
from walkforge.features.parity import EXCEPTIONS, TIES, TOLERANCE, check_parity, parity
from walkforge.frames import parquet_content, read_frame
from walkforge.provenance import canonical_json, write_artifacts

redirect_to(snakemake.log[0])
made = snakemake.output
settings = snakemake.params.config
bars = read_frame(Path(snakemake.input.bars))
names = select_names(settings["features"]["select"])
count = settings["audit"]["compared_symbols"]
found = check_parity(parity(bars, names, symbols=count))
terms = canonical_json({"exceptions": EXCEPTIONS, "ties": TIES, "tolerance": TOLERANCE})
write_artifacts(snakemake, {Path(made.found): parquet_content(found), Path(made.terms): terms})
