"""Roll every baseline through all test windows, each in one account."""

from pathlib import Path

from walkforge.console import redirect_to
from walkforge.evaluation.baselines import roll_baselines
from walkforge.evaluation.record import record_frames
from walkforge.evaluation.setting import setting_of
from walkforge.features.panel import load_panel
from walkforge.frames import parquet_content
from walkforge.market.config import market_config
from walkforge.provenance import read_json, write_artifacts
from walkforge.splits.manifest import check_rows

redirect_to(snakemake.log[0])
files, config = snakemake.input, snakemake.params.config
panel, money = load_panel(Path(files.tensor), Path(files.names)), market_config(config["market"])
settings = {}
for train_file, test_file in zip(files.trains, files.tests, strict=True):
    fold, train, test = (
        Path(test_file).parent.name,
        read_json(Path(train_file)),
        read_json(Path(test_file)),
    )
    check_rows(train, panel, fold=fold)
    check_rows(test, panel, fold=fold)
    settings[fold] = setting_of(
        panel, config["baselines"], train=train, test=test, execution=money.execution
    )
places = {Path(path): Path(path).parts[-3] for path in snakemake.output}
rolled = roll_baselines(
    sorted(set(places.values())),
    list(settings.values()),
    config=money,
    warm_in_days=config["warm_in_days"],
)
frames = {name: record_frames(each, list(settings)) for name, each in rolled.items()}
write_artifacts(
    snakemake,
    {
        path: parquet_content(frames[name][path.parent.name, path.stem])
        for path, name in places.items()
    },
)
