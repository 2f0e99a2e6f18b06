"""The page of the newest ranking: that of its date, and what a newer date waits for."""

from html import escape

from walkforge.reporting.catalogue import Entry
from walkforge.reporting.material import Material
from walkforge.reporting.pages.ranking import ranking_html
from walkforge.splits.arrived import waiting_told

ENTRY = Entry(
    place="rankings/latest",
    inputs={
        "ranking": "rankings/{newest}/ranking.parquet",
        "changes": "rankings/{newest}/changes.parquet",
        "summary": "rankings/latest.json",
    },
    newer_than=("rankings/{newest}/ranking.html",),
    category="4. Ranking",
    caption=(
        "Symbols ranked by the agent as of the last bar, with the orders of the account "
        "rolled to it, what changed since the session before, and why."
    ),
)


def write(material: Material) -> str:
    """The page, of what it is made of."""
    files = material.files
    page = ranking_html(files["ranking"], files["changes"], files["summary"])
    waits = files["summary"].get("waits")
    told = waits and waiting_told(waits)
    return with_waiting(page, told) if told else page


def with_waiting(page: str, told: str) -> str:
    """A page with a sentence before its first, which says what a newer date waits for."""
    first = '<p class="finding">'
    before, found, after = page.partition(first)
    if not found:
        raise ValueError("the page has no finding to stand before")
    return f"{before}{first}{escape(told)}</p>\n{first}{after}"
