"""A study of real bars that lie beside the checkout: 29 members of the Dow Jones, 2005 to 2017."""

import re
import shutil

import pytest
import yaml

from walkforge.verify.page import Page
from workflow_study import ROOT, Study

DOW = ROOT.parent / "shared/data/us_dow2005_29_2005_2017.parquet"
BASELINES = {"cash", "equal_weight", "buy_and_hold", "momentum_12_1"}
PART = {
    "data": {"path": DOW.name, "columns": {"symbol": "ticker", "adj_close": None}},
    "features": {"select": ["log_return_5", "rsi_14"]},
    "audit": {"symbols": 1, "cuts": 1, "last_rows": 1},
    "splits": {"start": "2006-01-03", "end": "2009-01-03", "train_months": 12},
    "evaluation": {"baselines": sorted(BASELINES), "random_policies": 3},
    "sensitivity": {"cost_bps": [0.0, 10.0], "capital": [1.0e5, 1.0e7]},
    "verdict": {"replications": 100},
}
SUMMARY = "results/evaluation/summary.html"


@pytest.mark.slow
@pytest.mark.skipif(not DOW.is_file(), reason=f"no {DOW.name} in ../shared/data")
def test_a_study_of_the_dow_states_a_verdict_an_interval_and_every_baseline(unbuilt: Study) -> None:
    shutil.copy(DOW, unbuilt.folder)
    (unbuilt.folder / "dow.yaml").write_text(yaml.safe_dump(PART))
    unbuilt.build("--configfile", "small.yaml", "dow.yaml", "--", SUMMARY)
    page = Page((unbuilt.folder / SUMMARY).read_text())
    text = " ".join(page.texts())
    assert re.search(r"Verdict on ppo_weights: (skill|no skill|inconclusive)\b", text)
    (low, high) = map(float, re.findall(r"95 % interval (-?\d+\.\d\d) to (-?\d+\.\d\d)", text)[0])
    assert low < high
    assert "Daily bars of 29 symbols" in text
    (beside,) = [
        table
        for table in page.tables()
        if "agent's less its" in {head.label for head in table.heads}
    ]
    assert {row[0].text for row in beside.rows} == BASELINES | {"ppo_weights"}
    assert all(row[4].text != "–" for row in beside.rows if row[0].text in ("equal_weight",))
