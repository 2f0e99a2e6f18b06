"""The page of all keys is what the dataclasses say."""

import re
import subprocess
import sys

from configurations import OWN, ROOT, SCHEMA, leaves
from walkforge.configuration.document import document

PAGE = (ROOT / "docs/configuration.md").read_text(encoding="utf-8")


def test_the_page_is_what_the_dataclasses_write():
    assert document(SCHEMA) == PAGE


def test_the_page_holds_every_key_of_the_configuration_with_a_sentence():
    rows = dict(re.findall(r"^\| `([^`]+)` \| .* \| (.*) \|$", PAGE, re.M))
    assert all(rows.values())
    keys = {".".join(path) for path in leaves(OWN) if path[0] not in ("agents", "universes")}
    assert keys <= set(rows)


def test_the_command_writes_the_page():
    written = subprocess.run(
        [sys.executable, "-m", "walkforge.configuration.document"],
        env={"PYTHONPATH": str(ROOT / "src")}, capture_output=True, check=True, cwd=ROOT,
    )  # fmt: skip
    assert written.stdout.decode() == PAGE
