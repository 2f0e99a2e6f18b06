"""A digest of code follows imports, and sees code but not words."""

import importlib.metadata
import json
import os
from pathlib import Path

import pytest

from walkforge import digests
from walkforge.digests import code_digest, keep_digests, recall_digests

FILES = {
    "pack/__init__.py": '"""Words."""\n',
    "pack/first.py": (
        '"""Words."""\nfrom pack import second\n\n\n'
        'def f():\n    """Words."""\n    return second.g()\n'
    ),
    "pack/second.py": "def g():\n    import pack.lazy, pack.kinds\n    return 1\n",
    "pack/lazy.py": "import numpy as np\nimport pack.settings\n",
    "pack/kinds.py": (
        '"""Of module."""\n\n\nclass C:\n    """Of class."""\n\n'
        '    async def f(self):\n        """Of coroutine."""\n\n'
        '        def g():\n            """Of inner."""\n            return "Of value"\n'
        '    X = "Of constant"\n\n\n'
        "def h():\n    C(1)\n"
    ),
    "pack/settings.py": (
        "from typing import Annotated\n\n"
        'Rate = Annotated[int, Bounds(below=9), "Of many keys"]\n\n\n'
        'class Config:\n    size: Annotated[int, Bounds(above=0), "Of a key"] = 1\n'
    ),
    "pack/other.py": "X = 1\n",
    "pack/named.py": "Y = 1\n",
    "view/__init__.py": "",
    "view/page.py": "X = 1\n",
    "view/templates/page.html.j2": "<p>",
    "script.py": "from pack.first import f\nfrom view.page import X\n",
}


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def digest(tree: Path, *named: str) -> list[str]:
    # parsed trees are remembered per path: a copy elsewhere is read afresh
    copy = tree.parent / f"{tree.name}_{len(list(tree.parent.iterdir()))}"
    for name in FILES:
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        (copy / name).write_text((tree / name).read_text())
    return code_digest(copy / "script.py", copy, named)


def test_the_closure_holds_lazy_imports_parents_templates_and_versions(tree: Path) -> None:
    names = [entry.partition("@")[0].partition("==")[0] for entry in digest(tree)]
    own = ["first", "kinds", "lazy", "second", "settings"]
    modules = ["pack", *(f"pack.{name}" for name in own), "view", "view.page"]
    assert names == ["script.py", *modules, "view/templates/page.html.j2", "numpy"]


@pytest.mark.parametrize(
    ("name", "old", "new", "changed"),
    [
        ("pack/first.py", "return second.g()", "return 2 * second.g()", ["pack.first"]),
        ("pack/lazy.py", "import numpy as np", "import numpy as np\nZ = 1", ["pack.lazy"]),
        ("pack/first.py", "Words", "Other words", []),
        ("pack/kinds.py", "Of module", "Other", []),
        ("pack/kinds.py", "Of class", "Other", []),
        ("pack/kinds.py", "Of coroutine", "Other", []),
        ("pack/kinds.py", "Of inner", "Other", []),
        ("pack/kinds.py", "Of value", "Other", ["pack.kinds"]),
        ("pack/kinds.py", "Of constant", "Other", ["pack.kinds"]),
        ("pack/kinds.py", "C(1)", "C(2)", ["pack.kinds"]),
        ("pack/settings.py", "Of a key", "Other", []),
        ("pack/settings.py", "Of many keys", "Other", []),
        ("pack/settings.py", "below=9", "below=8", ["pack.settings"]),
        ("pack/settings.py", "above=0", "above=1", ["pack.settings"]),
        ("pack/second.py", "return 1", "return 1  # why", []),
        ("pack/other.py", "X = 1", "X = 2", []),
        ("view/templates/page.html.j2", "<p>", "<b>", ["view/templates/page.html.j2"]),
        ("script.py", "import f", "import f as g", ["script.py"]),
    ],
)
def test_only_changed_code_that_is_reached_changes_its_entry(
    tree: Path, name: str, old: str, new: str, changed: list[str]
) -> None:
    before = digest(tree)
    (tree / name).write_text((tree / name).read_text().replace(old, new))
    entries = set(digest(tree)) - set(before)
    assert [entry.partition("@")[0] for entry in entries] == changed


def test_registered_modules_count_and_must_exist(tree: Path) -> None:
    assert any(entry.startswith("pack.named@") for entry in digest(tree, "pack.named"))
    with pytest.raises(FileNotFoundError, match=r"pack\.missing"):
        digest(tree, "pack.missing")


def test_a_folder_without_init_is_a_package_without_a_file(tmp_path: Path) -> None:
    (tmp_path / "bare/inner").mkdir(parents=True)
    (tmp_path / "bare/inner/module.py").write_text("X = 1\n")
    (tmp_path / "script.py").write_text("from bare.inner import module\n")
    names = [entry.partition("@")[0] for entry in code_digest(tmp_path / "script.py", tmp_path)]
    assert names == ["script.py", "bare.inner.module"]


NESTED = """
try:
    import a
except ImportError:
    import b
else:
    import c
finally:
    import d
for _ in ():
    import e
else:
    while False:
        import f
with open(__file__):
    match 1:
        case 1:
            import g
class C:
    async def method(self):
        if 1:
            pass
        elif 2:
            import h
        else:
            import i
"""


def test_imports_inside_every_kind_of_statement_count(tmp_path: Path) -> None:
    for name in "abcdefghi":
        (tmp_path / f"{name}.py").write_text("X = 1\n")
    (tmp_path / "script.py").write_text(NESTED)
    names = [entry.partition("@")[0] for entry in code_digest(tmp_path / "script.py", tmp_path)]
    assert names == ["script.py", *"abcdefghi"]


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where digests are kept, and nothing recalled before nor after the test."""
    known = digests._distributions()
    monkeypatch.setattr(digests, "_MEMORY", digests._Memory(distributions=known))
    return tmp_path / "kept.json"


def test_what_a_plan_keeps_spares_the_next_to_parse(
    tree: Path, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = digest(tree)
    keep_digests(place)
    monkeypatch.setattr(digests, "_MEMORY", digests._Memory())
    recall_digests(place)
    monkeypatch.setattr(digests, "_parsed", None)
    monkeypatch.setattr(importlib.metadata, "packages_distributions", None)
    assert digest(tree) == first


def test_a_file_that_changed_within_its_size_and_time_is_not_recalled(
    tree: Path, place: Path
) -> None:
    path = tree / "pack/settings.py"
    times = path.stat()
    first = code_digest(tree / "script.py", tree)
    keep_digests(place)
    recall_digests(place)
    path.write_text(path.read_text().replace("above=0", "above=1"))
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert (path.stat().st_size, path.stat().st_mtime_ns) == (times.st_size, times.st_mtime_ns)
    changed = {*first} ^ {*digest(tree)}
    assert {entry.partition("@")[0] for entry in changed} == {"pack.settings"}


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("by", "another Python"),
        ("files", []),
        ("files", {"0" * 64: ["not a digest", []]}),
        ("files", {"0" * 64: "no pair"}),
        (None, "{"),
        (None, "[]"),
    ],
)
def test_what_another_python_kept_or_is_damaged_is_left_alone(
    tree: Path, place: Path, key: str | None, value: object
) -> None:
    first = digest(tree)
    keep_digests(place)
    if key is None:
        place.write_text(str(value))
    else:
        place.write_text(json.dumps(json.loads(place.read_text()) | {key: value}))
    recall_digests(place)
    assert not digests._MEMORY.files
    assert digest(tree) == first


def test_another_set_of_installed_distributions_is_asked_again(tree: Path, place: Path) -> None:
    digest(tree)
    keep_digests(place)
    said = json.loads(place.read_text())
    said["distributions"]["numpy"] = ["numpy==0"]
    place.write_text(json.dumps(said))
    recall_digests(place)
    assert digest(tree)[-1] == "numpy==0"
    said["installed"] = said["installed"][1:]
    place.write_text(json.dumps(said))
    recall_digests(place)
    assert digest(tree)[-1] == f"numpy=={importlib.metadata.version('numpy')}"
