"""The files of a record: a folder for each fold in order of time, and one for its warm-in."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from polars.testing import assert_frame_equal

from panels import panel
from walkforge.errors import InputError
from walkforge.evaluation import record
from walkforge.evaluation.baselines.naive import equal_weight
from walkforge.frames import read_frame
from walkforge.market.closing import read_closing
from walkforge.market.rollout import Rollout, Stretch, roll_record
from walkforge.provenance import canonical_json, write_artifacts
from walkforge.splits.manifest import cut_folds
from walkforge.splits.windows import SplitsConfig, Window
from worlds import money, random_walks

SEEDS = ("seed_0", "seed_1")
SHARES = (0.7, 0.15, 0.15)
STUDY = SplitsConfig(
    scheme="expanding", start=date(2010, 1, 1), end=date(2012, 1, 1), train_months=6,
    validation_months=6, test_months=6, shares=SHARES, purge_days=3,
)  # fmt: skip


def manifests(folder: Path, data) -> list[Path]:
    cut = cut_folds(STUDY, data, warm_in_days=20)
    contents = {folder / fold / file: canonical_json(each) for (fold, file), each in cut.items()}
    write_artifacts("cut_folds", contents)
    return [path for path in contents if path.name == "test.json"]


def test_windows_come_in_order_of_time_and_their_rows_are_checked(tmp_path: Path) -> None:
    data = panel()
    paths = manifests(tmp_path, data)
    windows = record.test_windows(reversed(paths), data)
    assert list(windows) == ["fold_1", "fold_2"]
    assert windows["fold_1"].end == windows["fold_2"].start
    close = data.close.copy()
    close[data.dates.index(date(2011, 1, 3))] += 1.0
    with pytest.raises(InputError, match="fold_1: the rows .* are not those of its manifest"):
        record.test_windows(paths, replace(data, close=close))


def test_a_record_is_a_folder_for_each_fold_and_one_for_the_warm_in(tmp_path: Path) -> None:
    market = random_walks(1, days=40)
    cuts = [(20, 28), (28, 36)]
    windows = [Window(market.dates[start], market.dates[stop]) for start, stop in cuts]
    stretches = [Stretch(window, equal_weight, market) for window in windows]
    rolled = roll_record(stretches, config=money(), warm_in_days=6)
    folders = [tmp_path / fold / seed for seed in SEEDS for fold in ("warm_in", "fold_1", "fold_2")]
    paths = [folder / f"{name}.parquet" for folder in folders for name in Rollout._fields]
    write_artifacts("evaluate_agent", record.record_contents(rolled, ["fold_1", "fold_2"], paths))
    warm_in = read_frame(folders[0] / "ledger.parquet")
    assert_frame_equal(warm_in, rolled.warm_ins[0].ledger)
    for path in paths:
        assert record.fold_of(path) == path.parts[-3]
    dailies = record.read_dailies(path for path in paths if path.stem == "daily")
    assert [each["date"].to_list() for each in dailies] == [list(market.dates[14:36])] * 2
    write_artifacts("evaluate_agent", {tmp_path / "end": record.closing_of(rolled, market)})
    closing = read_closing(tmp_path / "end", market.symbols, single_symbol=False)
    assert closing.day == market.dates[35]
