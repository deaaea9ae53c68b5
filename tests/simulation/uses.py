"""Which files of the project a module runs: itself, and all that is imported from there on, also late."""

from __future__ import annotations

import importlib.util
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import grimp

if TYPE_CHECKING:
    from collections.abc import Iterator

PROJECT = Path(__file__).parents[2]
_PACKAGES = ("pushspec", "simulation", "oracle", "web")
_ALWAYS = ("pyproject.toml", "requirements/dev.txt")
"""Which versions of other people's code run."""


def files_used(*modules: str) -> frozenset[str]:
    """Return the files, relative to the project, that running these modules may load.

    Imports for types alone do not count. Modules that are named as text are not seen: of the command
    line, which does that, name the whole package.
    """
    graph, found = _graph(), set[str]()
    todo = set(modules).union(*(graph.find_descendants(it) for it in modules if it in _PACKAGES))
    while todo:
        found |= todo
        imported = {other for module in todo for other in graph.find_modules_directly_imported_by(module)}
        # A package's own file runs before any module of it does.
        packages = {module.rpartition(".")[0] for module in todo} - {""}
        todo = (imported | packages) - found
    data = (file for module in modules if module in _PACKAGES for file in _data_of(module))
    return frozenset((*map(_file_of, found), *data, *_ALWAYS))


@cache
def _graph() -> grimp.ImportGraph:
    return grimp.build_graph(*_PACKAGES, exclude_type_checking_imports=True, cache_dir=None)


def _data_of(package: str) -> Iterator[str]:
    files = (PROJECT / _file_of(package)).parent.rglob("*")
    yield from (it.relative_to(PROJECT).as_posix() for it in files if it.is_file() and it.suffix != ".pyc")


def _file_of(module: str) -> str:
    spec = importlib.util.find_spec(module)
    if spec is None or spec.origin is None:
        raise LookupError(f"{module} is no module of a file")
    return Path(spec.origin).relative_to(PROJECT).as_posix()
