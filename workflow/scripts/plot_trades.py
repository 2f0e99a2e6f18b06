"""Draw every fill of one agent's first seed on the prices of the symbols it traded most."""

from pathlib import Path

from walkforge.console import redirect_to
from walkforge.frames import read_frame
from walkforge.provenance import write_artifacts
from walkforge.reporting.trades_figure import traded_by
from walkforge.reporting.trades_page import draw_trades

redirect_to(snakemake.log[0])
files, made, agent = snakemake.input, snakemake.output, snakemake.wildcards.agent
ledgers, dailies = (
    [read_frame(Path(p)) for p in paths] for paths in (files.ledgers, files.dailies)
)
traded = traded_by(ledgers, dailies, read_frame(Path(files.bars)))
whose = f"{agent}, seed {snakemake.params.seed}"
asked = snakemake.params
html, pictures = draw_trades(traded, whose=whose, most=asked.most, execution=asked.execution)
folder = Path(made.pictures)
folder.mkdir(parents=True, exist_ok=True)  # also for a policy that never traded
contents = {folder / name: content for name, content in pictures.items()}
write_artifacts(snakemake, {**contents, Path(made.html): html})
