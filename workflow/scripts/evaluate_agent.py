"""Roll one seed's policies through all test windows, once, in one account."""

from pathlib import Path

from walkforge.agents.policy import load_policy
from walkforge.agents.training import choose_device
from walkforge.console import redirect_to
from walkforge.evaluation.policies import roll_policies
from walkforge.evaluation.record import record_frames, test_windows
from walkforge.features.panel import load_panel
from walkforge.frames import parquet_content
from walkforge.market.closing import Closing, closing_content
from walkforge.market.config import market_config
from walkforge.market.market import market_of
from walkforge.provenance import write_artifacts

redirect_to(snakemake.log[0])
files, config, device = snakemake.input, snakemake.params.config, choose_device()
panel = load_panel(Path(files.tensor), Path(files.names))
windows, market = test_windows(map(Path, files.tests), panel), market_of(panel, device=device)
places = {Path(path).parts[-4]: Path(path).parent for path in files.policies}
rolled = roll_policies(
    [load_policy(places[fold], device=device) for fold in windows],
    market,
    list(windows.values()),
    config=market_config(config["market"]),
    warm_in_days=config["warm_in_days"],
)
frames = record_frames(rolled, list(windows))
made = {
    Path(path): parquet_content(frames[Path(path).parts[-3], Path(path).stem])
    for path in snakemake.output.frames
}
closing = Closing(rolled.windows[-1].daily["date"][-1], rolled.closing)
made[Path(snakemake.output.closing)] = closing_content(closing, market)
write_artifacts(snakemake, made)
