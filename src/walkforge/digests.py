"""Digests of code: what a rule's script imports, so that only what changed reruns."""

import ast
import hashlib
import importlib.metadata
import sys
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path

DIGEST_LENGTH = 12


def code_digest(script: Path, source: Path, registered: Sequence[str] = ()) -> list[str]:
    """Return `module@digest` for every module under `source` that a script can reach.

    Imports are followed through the syntax tree (lazy ones and parent packages too); nothing is
    executed. Comments and docstrings do not count. Files under a package's templates/ do. Each
    third-party distribution that is imported adds `name==version`.

    Args:
        script: the Python file whose code matters; it is the first entry.
        source: the folder that holds the packages, for example src.
        registered: modules that the script loads by name at run time.

    Raises:
        FileNotFoundError: a registered module has no file under `source`.
    """
    found: dict[str, Path] = {}
    outside: set[str] = set()
    waiting = list(registered)
    for module in registered:
        if _module_file(module, source) is None:
            raise FileNotFoundError(f"registered module {module} has no file under {source}")
    for name in _imports(script):
        waiting.append(name)
    while waiting:
        _visit(waiting.pop(), source, found, outside, waiting)
    own = [f"{script.name}@{_file_digest(script)}"]
    modules = [f"{name}@{_file_digest(found[name])}" for name in sorted(found)]
    templates = [
        f"{path.relative_to(source)}@{_bytes_digest(path)}" for path in _templates(found.values())
    ]
    return own + modules + templates + _versions(outside)


def _visit(
    name: str, source: Path, found: dict[str, Path], outside: set[str], waiting: list[str]
) -> None:
    """Record one imported name: a module under source with its parents, or a distribution."""
    if name in found:
        return
    path = _module_file(name, source)
    if path is None:
        top = name.partition(".")[0]
        if _module_file(top, source) is None:
            outside.add(top)
        return
    found[name] = path
    waiting.extend(_imports(path))
    parent = name.rpartition(".")[0]
    if parent:
        waiting.append(parent)


@cache
def _module_file(name: str, source: Path) -> Path | None:
    """Return the file of a module under source, or None."""
    base = source.joinpath(*name.split("."))
    for path in (base.with_suffix(".py"), base / "__init__.py"):
        if path.is_file():
            return path
    return None


@cache
def _tree(path: Path) -> ast.Module:
    """Return a file's syntax tree without docstrings."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[0] if node.body else None
            if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
                node.body = node.body[1:]
    return tree


@cache
def _imports(path: Path) -> tuple[str, ...]:
    """Return every dotted name that a file may import, and the distributions it declares."""
    names: list[str] = []
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.append(node.module)
            names += [f"{node.module}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            raise ValueError(f"{path}:{node.lineno}: relative import: write it absolute")
        elif isinstance(node, ast.Assign) and _target(node) == "DISTRIBUTIONS":
            names += ast.literal_eval(node.value)
    return tuple(names)


def _target(node: ast.Assign) -> str:
    """Return the name that a simple assignment binds, or an empty string."""
    target = node.targets[0]
    return target.id if isinstance(target, ast.Name) else ""


@cache
def _file_digest(path: Path) -> str:
    """Return the digest of a file's code, comments and docstrings left out."""
    return hashlib.sha256(ast.dump(_tree(path)).encode()).hexdigest()[:DIGEST_LENGTH]


def _bytes_digest(path: Path) -> str:
    """Return the digest of a file's bytes."""
    return hashlib.sha256(path.read_bytes()).hexdigest()[:DIGEST_LENGTH]


def _templates(files: Iterable[Path]) -> list[Path]:
    """Return the files under templates/ beside any of the modules, sorted."""
    folders = {path.parent / "templates" for path in files}
    return sorted(path for folder in folders for path in folder.rglob("*") if path.is_file())


@cache
def _distributions() -> dict[str, list[str]]:
    """Return the installed distributions of each top-level module name."""
    return {
        name: sorted(set(of)) for name, of in importlib.metadata.packages_distributions().items()
    }


def _versions(tops: Iterable[str]) -> list[str]:
    """Return name==version of the distributions that give these top-level modules, sorted."""
    third_party = [top for top in tops if top not in sys.stdlib_module_names]
    names = {name for top in third_party for name in _distributions().get(top, [])}
    return sorted(f"{name}=={importlib.metadata.version(name)}" for name in names)
