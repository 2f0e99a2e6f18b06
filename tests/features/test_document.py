"""The page of indicators is the catalogue's, word for word."""

import subprocess
import sys
from pathlib import Path

from walkforge.features.catalogue import CATALOGUE, CONTEXT, FEATURES
from walkforge.features.document import document

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/indicators.md").read_text(encoding="utf-8")


def test_page_is_what_the_catalogue_writes():
    assert document(CATALOGUE, CONTEXT) == PAGE


def test_page_holds_every_indicator_once_in_order():
    rows = [line.split("|") for line in PAGE.splitlines() if line.startswith("| `")]
    assert [row[1].strip(" `") for row in rows] == list(FEATURES)
    assert {len(row) for row in rows} == {8}


def test_command_writes_the_page():
    command = [sys.executable, "-m", "walkforge.features.document"]
    path = {"PYTHONPATH": str(ROOT / "src")}
    written = subprocess.run(command, env=path, capture_output=True, check=True, cwd=ROOT)
    assert written.stdout.decode() == PAGE
