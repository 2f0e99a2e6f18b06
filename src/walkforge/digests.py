"""Digests of code: what a rule's script imports, so that only what changed reruns.

To parse each file and to ask each installed distribution takes seconds: a plan keeps the answers
for the next one, by the bytes of the files and by what is installed, so that none is ever stale.
"""

import ast
import hashlib
import importlib.metadata
import json
import os
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import NamedTuple

DIGEST_LENGTH = 12
_DIGEST = re.compile(f"[0-9a-f]{{{DIGEST_LENGTH}}}")


def code_digest(script: Path, source: Path, registered: Sequence[str] = ()) -> list[str]:
    """`module@digest` for every module under `source` that a script can reach.

    Imports are followed through the syntax tree (lazy ones and parent packages too); nothing is
    executed. Comments, docstrings and the sentences of settings do not count. Files under a
    package's templates/ do. Each third-party distribution that is imported adds `name==version`.

    Args:
        script: the Python file whose code matters; it is the first entry.
        source: the folder that holds the packages, for example src.
        registered: modules that the script loads by name at run time.

    Raises:
        FileNotFoundError: a registered module has no file under `source`.
    """
    return list(_reached(script, source, tuple(registered)))


@cache
def _reached(script: Path, source: Path, registered: tuple[str, ...]) -> tuple[str, ...]:
    """The entries of code_digest: many jobs ask for the same."""
    first = _needs(script, source)
    waiting = dict(first.modules)
    outside = set(first.outside)
    for module in registered:
        named = _with_packages(module, source)
        if not named:
            raise FileNotFoundError(f"registered module {module} has no file under {source}")
        waiting |= named
    found: dict[str, Path] = {}
    while waiting:
        name, path = waiting.popitem()
        if name not in found:
            found[name] = path
            needs = _needs(path, source)
            waiting |= needs.modules
            outside.update(needs.outside)
    own = [f"{script.name}@{_read(script).digest}"]
    modules = [f"{name}@{_read(found[name]).digest}" for name in sorted(found)]
    folders = {path.parent for path in found.values()}
    templates = sorted(entry for folder in folders for entry in _templates(folder, source))
    return (*own, *modules, *templates, *_versions(outside))


class _Needs(NamedTuple):
    """What one file imports: files of modules under source, and top-level names from elsewhere."""

    modules: Mapping[str, Path]
    outside: frozenset[str]


@cache
def _needs(path: Path, source: Path) -> _Needs:
    """What a file imports."""
    modules: dict[str, Path] = {}
    outside: set[str] = set()
    for name in _read(path).imports:
        top = name.partition(".")[0]
        own = _with_packages(name, source)
        modules |= own
        if not own and _module_file(top, source) is None:
            outside.add(top)
    return _Needs(modules, frozenset(outside))


def _with_packages(name: str, source: Path) -> dict[str, Path]:
    """The files of a module under source and of the packages it is in; empty if none."""
    if _module_file(name, source) is None:
        return {}
    parts = name.split(".")
    names = [".".join(parts[:count]) for count in range(1, len(parts) + 1)]
    # a folder without __init__.py is a package that has no file
    return {each: file for each in names if (file := _module_file(each, source)) is not None}


@cache
def _module_file(name: str, source: Path) -> Path | None:
    """The file of a module under source, or None."""
    base = source.joinpath(*name.split("."))
    for path in (base.with_suffix(".py"), base / "__init__.py"):
        if path.is_file():
            return path
    return None


class _File(NamedTuple):
    """The digest of a file's code, and every dotted name that it may import."""

    digest: str
    imports: tuple[str, ...]


@dataclass(slots=True)
class _Memory:
    """What was found out of files, by the SHA-256 of their bytes, and of what is installed."""

    files: dict[str, _File] = field(default_factory=dict)
    used: dict[str, _File] = field(default_factory=dict)
    distributions: dict[str, list[str]] | None = None
    kept: str = ""  # the text of what was recalled


_MEMORY = _Memory()


def recall_digests(place: Path) -> None:
    """Take what an earlier plan kept with keep_digests, if the same code in the same Python did."""
    try:
        text = place.read_text(encoding="utf-8")
        said = json.loads(text)
        if said["by"] != _reader():
            return
        files = {key: _File(digest, tuple(names)) for key, (digest, names) in said["files"].items()}
        distributions = said["distributions"] if said["installed"] == _installed() else None
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return  # it is only kept to save time
    if all(_DIGEST.fullmatch(each.digest) for each in files.values()):
        _MEMORY.files = files
        _MEMORY.distributions = distributions
        _MEMORY.kept = text


def keep_digests(place: Path) -> None:
    """Keep what was found out of the files that were read, for recall_digests."""
    said = {
        "by": _reader(),
        "files": _MEMORY.used,
        "installed": _installed(),
        "distributions": _distributions(),
    }
    text = json.dumps(said, sort_keys=True)
    if text == _MEMORY.kept:
        return
    own = place.with_name(f"{place.name}.{os.getpid()}")
    with suppress(OSError):
        own.write_text(text, encoding="utf-8")
        own.replace(place)
        _MEMORY.kept = text


def _reader() -> str:
    """What a digest depends on besides a file: this module and the version of Python."""
    return f"{sys.version} {_bytes_digest(Path(__file__))}"


@cache
def _installed() -> list[str]:
    """The installed distributions by folder, version and time: of these top-level names are."""
    folders = [Path(each) for each in sys.path if Path(each).is_dir()]
    found = [each for folder in folders for each in folder.glob("*-info")]
    return sorted(f"{each} {each.stat().st_mtime_ns}" for each in found)


@cache
def _read(path: Path) -> _File:
    """What a file's syntax tree says, docstrings left out; each file is read once."""
    content = path.read_bytes()
    key = hashlib.sha256(content).hexdigest()
    found = _MEMORY.files.get(key) or _parsed(content, path)
    _MEMORY.used[key] = found
    return found


def _parsed(content: bytes, path: Path) -> _File:
    """What the syntax tree of a file's bytes says."""
    tree = ast.parse(content)
    names: list[str] = []
    for node in _statements(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[0] if node.body else None
            if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
                node.body = node.body[1:]
        if isinstance(node, ast.AnnAssign):
            _leave_out_sentence(node.annotation)
        names += _named(node, path)
    digest = hashlib.sha256(ast.dump(tree).encode()).hexdigest()[:DIGEST_LENGTH]
    return _File(digest, tuple(names))


def _leave_out_sentence(annotation: ast.expr) -> None:
    """Take the sentences out of `Annotated[type, bounds, "sentence"]`: they are documentation."""
    match annotation:
        case ast.Subscript(value=ast.Name(id="Annotated"), slice=ast.Tuple(elts=[kind, *said])):
            kept = [each for each in said if not isinstance(each, ast.Constant)]
            annotation.slice = ast.Tuple([kind, *kept], ast.Load())


def _statements(tree: ast.Module) -> Iterator[ast.AST]:
    """A module and all statements in it, however deep; no expression holds one."""
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        for block in ("body", "orelse", "finalbody", "handlers", "cases"):
            waiting += getattr(node, block, ())
        yield node


def _named(node: ast.AST, path: Path) -> list[str]:
    """The dotted names that one node imports, and the distributions that it declares."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        if node.level or not node.module:
            raise ValueError(f"{path}:{node.lineno}: relative import: write it absolute")
        return [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    if isinstance(node, ast.Assign) and _target(node) == "DISTRIBUTIONS":
        return list(ast.literal_eval(node.value))
    return []


def _target(node: ast.Assign) -> str:
    """The name that a simple assignment binds, or an empty string."""
    target = node.targets[0]
    return target.id if isinstance(target, ast.Name) else ""


def _bytes_digest(path: Path) -> str:
    """The digest of a file's bytes."""
    return hashlib.sha256(path.read_bytes()).hexdigest()[:DIGEST_LENGTH]


@cache
def _templates(folder: Path, source: Path) -> list[str]:
    """`path@digest` for the files under templates/ in a folder of modules, sorted."""
    files = sorted(path for path in (folder / "templates").rglob("*") if path.is_file())
    return [f"{path.relative_to(source)}@{_bytes_digest(path)}" for path in files]


def _distributions() -> dict[str, list[str]]:
    """The installed distributions of each top-level module name, each as name==version."""
    if _MEMORY.distributions is None:
        found = importlib.metadata.packages_distributions()
        versions = {name: importlib.metadata.version(name) for of in found.values() for name in of}
        _MEMORY.distributions = {
            top: sorted({f"{name}=={versions[name]}" for name in of}) for top, of in found.items()
        }
    return _MEMORY.distributions


def _versions(tops: Iterable[str]) -> list[str]:
    """Name==version of the distributions that give these top-level modules, sorted."""
    third_party = [top for top in tops if top not in sys.stdlib_module_names]
    return sorted({each for top in third_party for each in _distributions().get(top, [])})
