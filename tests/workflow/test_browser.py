"""Pages open in a browser with the network cut: no error, no request, nothing foreign runs."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import NamedTuple

import polars as pl
import pytest

from workflow_study import Study

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium: apt-get install chromium"),
]
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-sync",
    "--disable-extensions", "--disable-component-update", "--disable-background-networking",
    "--host-resolver-rules=MAP * ~NOTFOUND", "--enable-logging=stderr", "--dump-dom",
    "--virtual-time-budget=3000",
)  # fmt: skip
# What the browser itself asks for, whatever page it shows.
ITS_OWN = re.compile(r"https?://[a-z0-9.-]+\.(google|googleapis)\.com/")
# What the script of Snakemake's own report says of how it is packed.
ITS_REPORT = "cdn.tailwindcss.com should not be used in production"
PAYLOAD = "<img src=x onerror=document.title=1>"


class Opened(NamedTuple):
    """What a browser made of a page: its elements, what its console said, what it asked for."""

    elements: str
    console: list[str]
    requests: list[str]


def opened(page: Path, folder: Path) -> Opened:
    """Open a page with the network cut."""
    log = folder / f"{page.stem}.net.json"
    where = [f"--log-net-log={log}", f"--user-data-dir={folder / 'profile'}", page.as_uri()]
    done = subprocess.run(
        [str(CHROMIUM), *FLAGS, *where], capture_output=True, text=True, check=True, timeout=120
    )
    events = json.loads(log.read_text())["events"]
    asked = {str((each.get("params") or {}).get("url", "")) for each in events}
    return Opened(
        done.stdout,
        [line for line in done.stderr.splitlines() if "CONSOLE" in line and ITS_REPORT not in line],
        sorted(url for url in asked if re.match("(https?|wss?):", url) and not ITS_OWN.match(url)),
    )


def test_the_browser_tells_of_errors_and_requests(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text(
        "<p>here<script>console.error('loud')</script><img src='http://outside.invalid/x.png'>"
    )
    found = opened(page, tmp_path)
    assert "here" in found.elements
    assert any("loud" in line for line in found.console)
    assert found.requests == ["http://outside.invalid/x.png"]


@pytest.mark.parametrize("page", ["evaluation/summary.html", "report.html"])
def test_summary_and_report_need_no_network_and_raise_no_error(
    built: Study, tmp_path: Path, page: str
) -> None:
    found = opened(built.folder / "results" / page, tmp_path)
    assert "walkforge" in found.elements
    assert found.console == []
    assert found.requests == []


def test_every_link_of_the_summary_leads_to_a_page(built: Study) -> None:
    page = built.folder / "results/evaluation/summary.html"
    links = re.findall(r'href="([^"]+)"', page.read_text())
    assert len(links) >= 7
    for link in links:
        assert (page.parent / link).is_file(), link


def test_text_of_a_crafted_file_does_nothing_in_a_page(unbuilt: Study, tmp_path: Path) -> None:
    bars = pl.read_parquet(unbuilt.folder / "bars.parquet").drop("adj_close")
    source = unbuilt.folder / "crafted"
    source.mkdir()
    for place, symbol in enumerate(bars["symbol"].unique().sort()):
        bars.filter(symbol=symbol).write_csv(source / f"{place}.csv")
    (source / f"{PAYLOAD}.csv").write_text("no,bars\n")
    first = source / "0.csv"
    lines = first.read_text().splitlines()
    lines[5] = ",".join([*lines[5].split(",")[:2], PAYLOAD, *lines[5].split(",")[3:]])
    first.write_text("\n".join([*lines, ""]))
    unbuilt.edit(
        "small.yaml",
        lambda text: (
            text.replace("source: parquet", "source: csv")
            .replace("path: bars.parquet", "path: crafted")
            .replace("adj_close: adj_close", "adj_close: null")
        ),
    )
    done = unbuilt.snakemake("--cores", "2", "results/bars/quality.html")
    assert done.returncode == 0, done.stderr[-2_000:]
    found = opened(unbuilt.folder / "results/bars/quality.html", tmp_path)
    assert found.elements.count(PAYLOAD.replace("<", "&lt;").replace(">", "&gt;")) >= 2
    assert "<img" not in found.elements
    assert "<title>Data quality</title>" in found.elements
    assert found.console == []
    assert found.requests == []
