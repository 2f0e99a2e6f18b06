"""Roll every baseline through one fold's test window."""

from pathlib import Path

from walkforge.console import redirect_to
from walkforge.evaluation.baselines import roll_baselines
from walkforge.evaluation.setting import setting_of
from walkforge.features.panel import load_panel
from walkforge.frames import parquet_content
from walkforge.market.config import market_config
from walkforge.provenance import read_json, write_artifacts
from walkforge.splits.manifest import check_rows

redirect_to(snakemake.log[0])
files, config, fold = snakemake.input, snakemake.params.config, snakemake.wildcards.fold
panel, money = load_panel(Path(files.tensor), Path(files.names)), market_config(config["market"])
train, test = (read_json(Path(path)) for path in (files.train, files.test))
for manifest in (train, test):
    check_rows(manifest, panel, fold=fold)
own = setting_of(panel, config["baselines"], train=train, test=test, execution=money.execution)
places = {Path(path): Path(path).parts[-3] for path in snakemake.output}
rolled = roll_baselines(sorted(set(places.values())), own, config=money)
frames = {path: rolled[name]._asdict()[path.stem] for path, name in places.items()}
write_artifacts(snakemake, {path: parquet_content(frame) for path, frame in frames.items()})
