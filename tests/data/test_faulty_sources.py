"""Small faulty inputs beside the project: the right result, or one clear message."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from bar_files import ingested
from walkforge.data.notes import notes_of
from walkforge.data.outcome import Ingested
from walkforge.data.quality import quality_of
from walkforge.errors import InputError

FAULTS = Path(__file__).parents[3] / "shared/data/faults"

pytestmark = pytest.mark.skipif(not FAULTS.is_dir(), reason=f"{FAULTS} is not here")


def read(case: str, **changes: Any) -> Ingested:
    """What ingest makes of a case."""
    section = yaml.safe_load((FAULTS / case / "mine.yaml").read_text())["data"]
    path = FAULTS / case / section.pop("path")
    section.pop("quality_gate", None)
    return ingested(section.pop("source"), path, **section | changes)


def test_a_calendar_that_begins_in_2021_reads_data_of_2022():
    found = quality_of(read("calendar_xsau"))
    assert (found["score"], found["first"], found["last"]) == (1.0, "2022-01-02", "2022-12-29")


def test_a_file_of_yfinance_names_the_layout_that_reads_it():
    with pytest.raises(
        InputError, match=r"COLUMNS: .*data\.layout: wide and data\.columns: \{open"
    ):
        read("yfinance_header")
    assert read("yfinance_header", layout="wide").bars["symbol"].unique().to_list() == ["AAA"]


def test_a_second_stamp_of_the_last_day_is_told_and_costs_that_bar_alone():
    found = read("today_twice")
    assert found.quarantine.select("symbol", "code").rows() == [("AAA", "DUPLICATE")] * 2
    (note,) = notes_of(found)
    assert "'AAA' has different bars of 2020-03-11 at several times (00:00:00, 13:27:11)" in note


def test_a_market_that_never_closes_scores_1_without_its_calendar():
    found = quality_of(read("crypto_24_7", calendar="observed"))
    assert (found["score"], found["market"]) == (1.0, [])
