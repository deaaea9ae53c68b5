"""Mutation testing of the parts that decide: ``python -m simulation.mutate`` from ``tests/``.

Each mutant is one small change of one line, in a copy of the project. It is killed when a test of its part
fails. A survivor is a change that no test minds: either a test is missing, or the change changes nothing.
"""

from __future__ import annotations

import argparse
import ast
import copy
import importlib
import os
import shutil
import signal
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Change = Callable[[ast.AST], None]

PROJECT = Path(__file__).parents[2]
_PATIENCE_S = 60
PARTS: dict[str, tuple[str, ...]] = {
    "pushspec/lockfile/fold.py": ("tests/lockfile/test_fold.py",),
    "pushspec/lockfile/state.py": ("tests/lockfile/test_fold.py", "tests/apply/test_engine.py"),
    "pushspec/lockfile/lines.py": ("tests/lockfile/test_lines.py", "tests/lockfile/stores/test_file.py"),
    "pushspec/lockfile/journal.py": (
        "tests/lockfile/stores/test_conformance.py",
        "tests/lockfile/test_journal.py",
        "tests/apply/test_scribe.py",
    ),
    "pushspec/apply/classify.py": ("tests/apply/test_classify.py",),
    "pushspec/tencent/answers.py": ("tests/tencent/test_answers.py", "tests/apply/test_classify.py"),
}
_ONLY = "not git and not objects and not postgresql"
_OPPOSITE: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt,
    ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
}  # fmt: skip


def mutants_of(source: str) -> Iterator[tuple[int, str, str]]:
    """Yield line, what was changed, and the changed source, for every small change of a module."""
    tree = ast.parse(source)
    ignored = set(_without_behaviour(tree))
    for number, node in enumerate(ast.walk(tree)):
        if node in ignored:
            continue
        for what, change in _changes(node):
            mutant = copy.deepcopy(tree)
            twin = next(each for place, each in enumerate(ast.walk(mutant)) if place == number)
            change(twin)
            yield getattr(node, "lineno", 0), what, ast.unparse(ast.fix_missing_locations(mutant))


def _without_behaviour(tree: ast.Module) -> Iterator[ast.AST]:
    """Yield what is there for readers and type checkers only."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            for decorator in node.decorator_list:
                yield from ast.walk(decorator)
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            yield node


def _changes(node: ast.AST) -> Iterator[tuple[str, Change]]:
    match node:
        case ast.Compare(ops=[operator]):
            opposite = _OPPOSITE[type(operator)]
            yield f"{type(operator).__name__} -> {opposite.__name__}", _put("ops", [opposite()])
        case ast.BoolOp(op=operator):
            yield "and <-> or", _put("op", ast.Or() if isinstance(operator, ast.And) else ast.And())
        case ast.If():
            yield "if True", _put("test", ast.Constant(value=True))
            yield "if False", _put("test", ast.Constant(value=False))
        case ast.Constant(value=bool(value)):
            yield f"{value} -> {not value}", _put("value", not value)
        case ast.Constant(value=int(value)):
            yield f"{value} -> {value + 1}", _put("value", value + 1)
        case _:
            yield from _changes_of_statements(node)


def _changes_of_statements(node: ast.AST) -> Iterator[tuple[str, Change]]:
    match node:
        case ast.Return(value=ast.expr() as value) if ast.unparse(value) not in {"False", "None"}:
            yield "return None", _put("value", ast.Constant(value=None))
        case ast.Raise(exc=ast.expr()):
            yield "another error", _put("exc", ast.Name(id="Exception", ctx=ast.Load()))
        case ast.Expr(value=ast.Call()):
            yield "call -> nothing", _put("value", ast.Constant(value=None))
        case ast.BinOp(op=ast.Add()):
            yield "+ -> -", _put("op", ast.Sub())


def _put(name: str, value: object) -> Change:
    return lambda twin: setattr(twin, name, value)


def main() -> int:
    """Try every mutant of the chosen parts and list the survivors."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("parts", nargs="*", default=list(PARTS))
    chosen = options.parse_args().parts
    sys.dont_write_bytecode = True
    survivors = total = 0
    with tempfile.TemporaryDirectory() as folder:
        copied = Path(folder)
        for name in ("pushspec", "tests", "pyproject.toml"):
            source = PROJECT / name
            (shutil.copytree if source.is_dir() else shutil.copy)(source, copied / name)
        sys.path[:0] = [str(copied), str(copied / "tests")]
        os.chdir(copied)
        for library in ("hypothesis.stateful", "moto.server", "pytest"):
            importlib.import_module(library)  # once, before the children are forked
        for part in chosen:
            original = (PROJECT / part).read_text()
            if not _survives(PARTS[part]):
                print(f"the tests of {part} fail without any change")
                return 1
            for line, what, mutated in mutants_of(original):
                total += 1
                (copied / part).write_text(mutated)
                if _survives(PARTS[part]):
                    survivors += 1
                    print(f"{part}:{line}: {what}   {original.splitlines()[line - 1].strip()}", flush=True)
            (copied / part).write_text(original)
    print(f"mutants           {total} tried, {survivors} survived")
    return 0


def _survives(tests: tuple[str, ...]) -> bool:
    child = os.fork()
    if child == 0:
        code = 1
        try:
            code = _run_quietly([test for test in tests if Path(test).exists()])
        finally:
            os._exit(code)
    _, status = os.waitpid(child, 0)
    return status == 0


def _run_quietly(tests: list[str]) -> int:
    import pytest

    signal.alarm(_PATIENCE_S)
    quiet = os.open(os.devnull, os.O_WRONLY)
    os.dup2(quiet, 1)
    os.dup2(quiet, 2)
    # The libraries were loaded before the fork, of which pytest warns, and warnings are errors.
    options = ["-x", "-q", "-p", "no:randomly", "-p", "no:cacheprovider", "-W", "ignore::Warning"]
    return int(pytest.main([*options, "-k", _ONLY, *tests]))


if __name__ == "__main__":
    sys.exit(main())
