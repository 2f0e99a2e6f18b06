"""The folder is the catalogue: a module states what it is of, and its place is its own."""

from functools import cache
from pathlib import Path

import pytest

from walkforge.digests import code_digest
from walkforge.reporting.catalogue import FIGURES, PAGES, Entry, asked, catalogue, load, stated

ROOT = Path(__file__).parents[2]
SCRIPTS = sorted((ROOT / "workflow/scripts").glob("*.py"))
LOADED_BY = {PAGES: "write_page.py", FIGURES: "plot_figure.py"}
ALL = [(kind, module) for kind in LOADED_BY for module in catalogue(kind)]
STYLE = "walkforge/reporting/html/templates/style.css.j2"
MODULE = '''"""A page."""

from walkforge.reporting.catalogue import Entry

ENTRY = Entry(place="a/b_{agent}", inputs={"x": "x/{fold}.json"}, keys=("seeds",), after="")
'''


def names(script: Path, *modules: str) -> set[str]:
    found = code_digest(script, ROOT / "src", modules)
    return {entry.partition("@")[0] for entry in found}


@cache
def digests() -> dict[str, set[str]]:
    """What each script, and each page and figure, is digested by."""
    found = {path.stem: names(path) for path in SCRIPTS if path.name not in LOADED_BY.values()}
    for kind, module in ALL:
        found[module] = names(ROOT / "workflow/scripts" / LOADED_BY[kind], module)
    return found


def test_a_module_states_what_it_is_of_without_being_run(tmp_path: Path) -> None:
    path = tmp_path / "page.py"
    path.write_text(MODULE)
    entry = stated(path)
    assert entry == Entry(
        place="a/b_{agent}", inputs={"x": "x/{fold}.json"}, keys=("seeds",), after=""
    )
    assert entry.of == ("agent",)


@pytest.mark.parametrize(
    "text", ["", "ENTRY = 1\n", "ENTRY = Entry('a')\n", MODULE.replace('"seeds"', "seeds")]
)
def test_a_module_that_states_nothing_in_literals_is_named(tmp_path: Path, text: str) -> None:
    path = tmp_path / "page.py"
    path.write_text(text)
    with pytest.raises(ValueError, match=r"page\.py: state ENTRY"):
        stated(path)


@pytest.mark.parametrize(("kind", "module"), ALL)
def test_each_place_is_of_one_module(kind: str, module: str) -> None:
    entry = catalogue(kind)[module]
    of = {"agent": "ppo_of_2", "date": "2012-01-20"}
    place = entry.place.format(**of)
    found = asked(kind, place)
    assert (found.module, dict(found.of)) == (module, {name: of[name] for name in entry.of})
    assert entry == load(found).ENTRY
    assert not entry.category or entry.caption
    own = [each.place for each in catalogue(kind).values()]
    assert own.count(entry.place) == 1


def test_an_unknown_place_is_named() -> None:
    with pytest.raises(LookupError, match="figures is of none_such"):
        asked(FIGURES, "none_such")


def test_a_stylesheet_reruns_pages_and_nothing_else() -> None:
    styled = {name for name, known in digests().items() if STYLE in known}
    assert styled == {*catalogue(PAGES), "write_provenance"}


@pytest.mark.parametrize("module", catalogue(FIGURES))
def test_a_figure_s_module_reruns_that_figure_and_no_other_job(module: str) -> None:
    assert [name for name, known in digests().items() if module in known] == [module]
