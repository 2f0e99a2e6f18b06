"""Self-contained HTML pages: one style, one script, no network, all foreign text escaped."""

import base64
import hashlib
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from walkforge.reporting.colours import OKABE_ITO

TEMPLATES = Path(__file__).with_name("templates")


def render_page(template: str, *, title: str, **content: object) -> str:
    """The HTML of the template of that name, with its content autoescaped.

    A name that the template uses and the content lacks raises jinja2.UndefinedError.
    """
    environment = _environment()
    script = environment.get_template("sort.js.j2").render()
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    page = environment.get_template(template)
    # The browser runs the one script with this digest and no other, should an escape ever fail.
    return page.render(title=title, palette=OKABE_ITO, script_digest=f"sha256-{digest}", **content)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["plain"] = str  # text without the places of its figures
    return environment
