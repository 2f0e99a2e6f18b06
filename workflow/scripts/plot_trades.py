"""Draw every fill of one agent's first seed on the prices of the symbols it traded most."""

from pathlib import Path

from walkforge.console import redirect_to
from walkforge.frames import read_frame
from walkforge.provenance import canonical_json, write_artifacts
from walkforge.reporting.trades_figure import draw_trades, traded_by

redirect_to(snakemake.log[0])
files = snakemake.input
made = snakemake.output
asked = snakemake.params
ledgers = [read_frame(Path(path)) for path in files.ledgers]
dailies = [read_frame(Path(path)) for path in files.dailies]
traded = traded_by(ledgers, dailies, read_frame(Path(files.bars)))
whose = f"{snakemake.wildcards.agent}, seed {asked.seed}"
told, pictures = draw_trades(traded, whose=whose, most=asked.most, execution=asked.execution)
folder = Path(made.pictures)
folder.mkdir(parents=True, exist_ok=True)  # also for a policy that never traded
contents = {folder / name: content for name, content in pictures.items()}
write_artifacts(snakemake, {**contents, Path(made.traded): canonical_json(told)})
