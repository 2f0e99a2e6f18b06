"""Annotations of a dataclass, read from its source: its module, and so torch, is not imported."""

import ast
import importlib
import sys
from functools import cache
from pathlib import Path
from typing import Any

OWN = "walkforge"
VOCABULARY = "walkforge.settings"
OPTIONAL = "__optional__"  # the fields with a default


@cache
def read_class(module: str, name: str, source: Path) -> type:
    """A class of the same name, docstring and annotated fields as one in a module, and no more.

    Args:
        module: dotted name. source: the folder of packages that it is looked for in.

    Raises:
        TypeError: there is no such class, or an annotation needs what cannot be read.
    """
    found = _value(module, name, source)
    if not isinstance(found, type):
        raise TypeError(f"{module}.{name} is no class: {found!r:.80}")
    return found


@cache
def _value(module: str, name: str, source: Path) -> Any:
    """What a name stands for at the top of a module: a class, an alias of a type, or an import."""
    for node in _parsed(module, source).body:
        match node:
            case ast.ClassDef(name=own) if own == name:
                return _class(node, module, source)
            case ast.Assign(targets=[ast.Name(id=own)], value=value) if own == name:
                return _evaluated(value, module, source)
            case ast.Import(names=aliases):
                for alias in aliases:
                    if (alias.asname or alias.name) == name:
                        return _imported(alias.name)
            case ast.ImportFrom(module=str(other), names=aliases):
                for alias in aliases:
                    if (alias.asname or alias.name) == name:
                        return _imported_from(other, alias.name, source)
    raise KeyError(name)  # a builtin


def _class(node: ast.ClassDef, module: str, source: Path) -> type:
    """A class with the docstring and the evaluated annotations of a definition."""
    for base in node.bases:
        if _evaluated(base, module, source).__annotations__:
            raise TypeError(
                f"{module}.{node.name} has a base class with fields: state all its fields in itself"
            )
    hints = {}
    optional = set()
    for field in node.body:
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name):
            hints[field.target.id] = _evaluated(field.annotation, module, source)
            if field.value is not None:
                optional.add(field.target.id)
    stated = {"__annotations__": hints, "__doc__": ast.get_docstring(node), OPTIONAL: optional}
    return type(node.name, (), stated)


def _imported(module: str) -> Any:
    """A module of the standard library."""
    if module.partition(".")[0] not in sys.stdlib_module_names:
        raise TypeError(f"an annotation needs {module}, which is not imported to read settings")
    return importlib.import_module(module)


def _imported_from(module: str, name: str, source: Path) -> Any:
    """What a module gives by a name: read from its source where it is one of ours."""
    if module == VOCABULARY:
        return getattr(importlib.import_module(module), name)
    if module.partition(".")[0] == OWN:
        return _value(module, name, source)
    return getattr(_imported(module), name)


class _Names(dict[str, Any]):
    """The names of a module, each looked up when an annotation asks for it."""

    def __init__(self, module: str, source: Path) -> None:
        super().__init__()
        self._place = (module, source)

    def __missing__(self, name: str) -> Any:
        module, source = self._place
        return _value(module, name, source)


def _evaluated(expression: ast.expr, module: str, source: Path) -> Any:
    """The value of an annotation or alias of our own code."""
    code = compile(ast.Expression(expression), f"<{module}>", "eval")
    return eval(code, {}, _Names(module, source))  # noqa: S307


@cache
def _parsed(module: str, source: Path) -> ast.Module:
    """The syntax tree of a module."""
    base = source.joinpath(*module.split("."))
    path = base.with_suffix(".py")
    if not path.is_file():
        path = base / "__init__.py"
    return ast.parse(path.read_text(encoding="utf-8"))
