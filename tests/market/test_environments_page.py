"""The examples of docs/environments.md run as they stand, on any folder of results."""

import os
import re
import subprocess
import sys
from pathlib import Path

from panels import panel
from walkforge.features.panel import names_content, tensor_content
from walkforge.provenance import write_artifacts

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs/environments.md"


def test_the_examples_of_the_page_run_one_after_another(tmp_path: Path) -> None:
    stored = panel(300)
    features = tmp_path / "results/features"
    contents = {"market.safetensors": tensor_content(stored), "market.json": names_content(stored)}
    write_artifacts("made", {features / name: content for name, content in contents.items()})
    example = "\n".join(re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.S))
    done = subprocess.run(
        [sys.executable, "-c", example], cwd=tmp_path, capture_output=True, text=True,
        check=False, env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert re.search(r"^equity \d+\.\d+$", done.stdout, re.M)
    assert re.search(r"^[AB] \(30, 4\)$", done.stdout, re.M)
    assert int(re.search(r"^(\d+) fills$", done.stdout, re.M)[1]) > 0


def test_every_adapter_is_on_the_page() -> None:
    named = set(re.findall(r"`(\w+)` \(walkforge\.market\.(\w+)\)", PAGE.read_text()))
    for name, module in named:
        assert re.search(
            rf"^(class|def) {name}\b",
            (ROOT / f"src/walkforge/market/{module}.py").read_text(),
            re.M,
        )
    adapters = (ROOT / "src/walkforge/market/adapters.py").read_text()
    classes = set(re.findall(r"^class (\w+)", adapters, re.M))
    assert classes <= {name for name, _ in named}
