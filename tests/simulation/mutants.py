"""Small changes of a module, each of which some test should mind.

Left alone is what only people or type checkers read: docstrings, annotations, hints, and texts, which are
f-strings and strings of more than one word. A string of one word is a name, and a name is behaviour.
"""

from __future__ import annotations

import ast
import re
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Change = tuple[str, ast.AST]

_FOR_READERS = frozenset({"annotation", "returns", "decorator_list", "type_comment"})
_NAME = re.compile(r"\w*")
_COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt,
    ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
}  # fmt: skip
_SUMS: dict[type[ast.operator], type[ast.operator]] = {ast.Add: ast.Sub, ast.Sub: ast.Add}
_LISTS: dict[type[ast.AST], str] = {
    ast.BoolOp: "values", ast.MatchOr: "patterns", ast.Set: "elts", ast.Tuple: "elts", ast.Call: "keywords"
}  # fmt: skip
_FUNCTIONS = {"max": "min", "min": "max", "any": "all", "all": "any"}


class Mutant(NamedTuple):
    """A module with one small change.

    Attributes:
        line: Where it is, from 1.
        text: The line as it was, without indentation.
        change: What was changed.
        source: The changed module.
    """

    line: int
    text: str
    change: str
    source: str


def mutants_of(source: str) -> Iterator[Mutant]:
    """Yield a mutant for every small change of a module."""
    tree, lines = ast.parse(source), source.splitlines()
    for line, change in _changed(tree):
        yield Mutant(line, lines[line - 1].strip(), change, ast.unparse(ast.fix_missing_locations(tree)))


def changes_of(source: str) -> Iterator[tuple[str, str]]:
    """Yield line and change of every mutant of a module, whose sources would take long to write."""
    lines = source.splitlines()
    return ((lines[line - 1].strip(), change) for line, change in _changed(ast.parse(source)))


def _changed(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Change a module in each way in turn, and back; yield line and change while it is changed."""
    for node, put, line in _places(tree, 1):
        for change, twin in _changes(node):
            put(twin)
            yield line, change
            put(node)


def _places(parent: ast.AST, line: int) -> Iterator[tuple[ast.AST, Callable[[ast.AST], None], int]]:
    """Yield what may be changed below a node, how to put something in its place, and its line."""
    for name, value in ast.iter_fields(parent):
        if name in _FOR_READERS:
            continue
        for number, child in enumerate(value if isinstance(value, list) else [value]):
            if isinstance(child, ast.AST) and not _is_for_readers(child):
                put = (
                    partial(value.__setitem__, number)
                    if isinstance(value, list)
                    else partial(setattr, parent, name)
                )
                here = getattr(child, "lineno", line)
                yield child, put, here
                yield from _places(child, here)


def _is_for_readers(node: ast.AST) -> bool:
    match node:
        case ast.JoinedStr() | ast.Expr(value=ast.Constant()) | ast.keyword(arg="hint"):
            return True
        case ast.If(test=ast.Name(id="TYPE_CHECKING")) | ast.Tuple(ctx=ast.Store()):
            return True
        case ast.Assign(value=ast.Call(func=ast.Name(id="TypeVar"))):
            return True
        case ast.Assign(targets=[ast.Name(id="__all__")]):
            return True
        case ast.Expr(value=ast.Call(func=ast.Name(id="assert_never"))):
            return True
    return False


def _changes(node: ast.AST) -> Iterator[Change]:
    yield from _of_values(node)
    yield from _of_conditions(node)
    yield from _of_parts(node)
    yield from _of_statements(node)


def _of_values(node: ast.AST) -> Iterator[Change]:
    match node:
        case ast.Constant(value=bool(value)):
            yield f"{value} -> {not value}", ast.Constant(not value)
        case ast.Constant(value=int(value) | float(value)):
            yield f"{value} -> {value + 1}", ast.Constant(value + 1)
            yield f"{value} -> {value - 1}", ast.Constant(value - 1)
        case ast.Constant(value=str(value)) if _NAME.fullmatch(value):
            yield f"{value!r} -> 'XX'", ast.Constant("XX")
        case ast.BinOp(op=ast.Add() | ast.Sub() as operator):
            opposite = _SUMS[type(operator)]
            yield f"{type(operator).__name__} -> {opposite.__name__}", _with(node, op=opposite())
        case ast.Call(func=ast.Name(id=name)) if name in _FUNCTIONS:
            yield f"{name} -> {_FUNCTIONS[name]}", _with(node, func=ast.Name(_FUNCTIONS[name], ast.Load()))
        case ast.Call(func=ast.Name(id="sorted"), keywords=keywords):
            backwards = ast.keyword("reverse", ast.Constant(value=True))
            yield "sorted backwards", _with(node, keywords=[*keywords, backwards])


def _of_conditions(node: ast.AST) -> Iterator[Change]:
    match node:
        case ast.Compare(ops=[operator]):
            opposite = _COMPARISONS[type(operator)]
            yield f"{type(operator).__name__} -> {opposite.__name__}", _with(node, ops=[opposite()])
        case ast.BoolOp(op=operator):
            yield "and <-> or", _with(node, op=ast.Or() if isinstance(operator, ast.And) else ast.And())
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            yield "without not", operand
        case ast.If() | ast.IfExp():
            yield "if True", _with(node, test=ast.Constant(value=True))
            yield "if False", _with(node, test=ast.Constant(value=False))
        case ast.While():
            yield "while False", _with(node, test=ast.Constant(value=False))
        case ast.comprehension(ifs=[_, *_]):
            yield "without its condition", _with(node, ifs=[])


def _of_parts(node: ast.AST) -> Iterator[Change]:
    match node:
        case ast.BinOp(op=ast.BitOr(), left=left, right=right):
            yield f"without {ast.unparse(right)}", left
            yield f"without {ast.unparse(left)}", right
        case ast.Dict(keys=keys, values=values):
            for number, key in enumerate(keys):
                fewer = _with(node, keys=_without(keys, number), values=_without(values, number))
                yield f"without {key and ast.unparse(key)}", fewer
        case _ if type(node) in _LISTS:
            name = _LISTS[type(node)]
            parts = getattr(node, name)
            for number, part in enumerate(parts):
                if not _is_for_readers(part):
                    yield f"without {ast.unparse(part)}", _with(node, **{name: _without(parts, number)})


def _of_statements(node: ast.AST) -> Iterator[Change]:
    match node:
        case ast.Return(value=ast.expr() as value) if ast.unparse(value) not in {"False", "None"}:
            yield "return None", _with(node, value=ast.Constant(None))
        case ast.Raise(exc=ast.expr()):
            yield "another error", _with(node, exc=ast.Name("Exception", ast.Load()))
        case ast.Raise() | ast.AugAssign() | ast.Assign(targets=[ast.Attribute() | ast.Subscript()]):
            yield "deleted", ast.Pass()
        case ast.Expr(value=ast.Call() | ast.Await() | ast.Yield() | ast.YieldFrom()):
            yield "deleted", ast.Pass()
        case ast.AnnAssign(value=ast.Constant(value=None)):
            yield "None -> 'XX'", _with(node, value=ast.Constant("XX"))
        case ast.Break():
            yield "break -> continue", ast.Continue()
        case ast.Continue():
            yield "continue -> break", ast.Break()


def _with(node: ast.AST, **fields: object) -> ast.AST:
    return ast.copy_location(type(node)(**{**dict(ast.iter_fields(node)), **fields}), node)


def _without(parts: list[Any], number: int) -> list[Any]:
    return parts[:number] + parts[number + 1 :]
