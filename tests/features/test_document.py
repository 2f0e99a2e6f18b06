"""The page of indicators and the list of families are the catalogue's, word for word."""

import subprocess
import sys
from pathlib import Path

from walkforge.features.catalogue import CATALOGUE, CONTEXT, FEATURES
from walkforge.features.document import document
from walkforge.features.selection import FAMILIES_FILE

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/indicators.md").read_text(encoding="utf-8")


def test_page_is_what_the_catalogue_writes():
    assert document(CATALOGUE, CONTEXT) == PAGE


def test_page_holds_every_indicator_once_in_order():
    rows = [line.split("|") for line in PAGE.splitlines() if line.startswith("| `")]
    assert [row[1].strip(" `") for row in rows] == list(FEATURES)
    assert {len(row) for row in rows} == {8}


def test_command_writes_page_and_list(tmp_path):
    listed = tmp_path / "src" / FAMILIES_FILE
    for folder in (tmp_path / "docs", listed.parent):
        folder.mkdir(parents=True)
    command = [sys.executable, "-m", "walkforge.features.document"]
    subprocess.run(command, env={"PYTHONPATH": str(ROOT / "src")}, check=True, cwd=tmp_path)
    assert (tmp_path / "docs/indicators.md").read_text(encoding="utf-8") == PAGE
    assert listed.read_bytes() == (ROOT / "src" / FAMILIES_FILE).read_bytes()
