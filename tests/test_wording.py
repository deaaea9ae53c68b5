"""What pushspec writes for people keeps one style: its hints, and the words that no text uses."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parent.parent
MODULES = sorted(path for path in (ROOT / "pushspec").rglob("*.py") if "sandbox" not in path.parts)
CARRIERS = {"problem": 4, "warning": 4, "AliasError": 2, "_add": 4, "_refuse": 4, "_exclude_problem": 5}
"""Functions whose last of so many arguments is a hint, beside all that take ``hint=``."""
NAMES = re.compile(r"[A-Z][A-Za-z]*_?[A-Z]")
"""What may begin a hint in capitals: a name such as SDKAppID."""
AVOIDED = re.compile(r"\b(anew|for ever|mend(s|ed|ing)?)\b")
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("benchmarks/*.md")])


def ends_of(node: ast.expr) -> Iterator[tuple[str, str]]:
    """Yield the first and the last characters of every text that an expression may be; empty if unknown."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value[:12], node.value[-3:]
    elif isinstance(node, ast.JoinedStr) and node.values:
        first, last = node.values[0], node.values[-1]
        yield (
            str(first.value)[:12] if isinstance(first, ast.Constant) else "",
            str(last.value)[-3:] if isinstance(last, ast.Constant) else "",
        )
    elif isinstance(node, ast.IfExp):
        yield from ends_of(node.body)
        yield from ends_of(node.orelse)
    elif isinstance(node, ast.BoolOp | ast.Dict):
        for value in node.values:
            yield from ends_of(value)
    elif isinstance(node, ast.BinOp):
        yield from ((first, "") for first, _ in ends_of(node.left))
        yield from (("", last) for _, last in ends_of(node.right))


def hints(tree: ast.Module) -> Iterator[tuple[int, ast.expr]]:
    """Yield the line and the expression of every hint of a module."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            named = [keyword.value for keyword in node.keywords if keyword.arg == "hint"]
            last = node.args[-1:] if len(node.args) == CARRIERS.get(name) else []
            yield from ((node.lineno, value) for value in [*named, *last])
        elif isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if any(isinstance(it, ast.Name) and "HINT" in it.id.upper() for it in targets):
                yield node.lineno, node.value
        elif isinstance(node, ast.FunctionDef) and "hint" in node.name:
            for it in ast.walk(node):
                if isinstance(it, ast.Return) and it.value is not None:
                    yield it.lineno, it.value


def faults(source: str) -> list[tuple[int, str]]:
    """Return the hints that begin with a capital letter or end with a full stop."""
    return [
        (line, first or last)
        for line, hint in hints(ast.parse(source))
        for first, last in ends_of(hint)
        if (first[:1].isupper() and not NAMES.match(first))
        or (last.endswith(".") and not last.endswith("..."))
    ]


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_hints_are_lower_case_without_a_full_stop(module: Path) -> None:
    """A hint follows ``hint:`` on its line; two styles read as two authors."""
    assert faults(module.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "source",
    [
        'raise UsageError("no", hint="Do this")',
        'raise UsageError("no", hint=f"do this with {name}.")',
        'raise UsageError("no", hint=known or "Do this")',
        'context.problem(path, "rule", "message", "do this.")',
        '_HINTS = {28: "Make room"}',
        'def _hint(error):\n    return "Make room"',
    ],
)
def test_the_check_finds_hints_wherever_they_are(source: str) -> None:
    """A check that misses a place lets the other style back in."""
    assert len(faults(source)) == 1


def test_texts_avoid_words_that_nobody_says() -> None:
    """Messages, help and pages use the words of the field: again, permanent, fix."""
    found = [
        (path.relative_to(ROOT).as_posix(), number, match[0])
        for path in [*MODULES, *PAGES]
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if (match := AVOIDED.search(line))
    ]

    assert found == []


def test_a_package_opens_with_its_sentence() -> None:
    """Whoever opens a folder reads first what it is for."""
    folders = {path.parent for path in [*MODULES, *(ROOT / "tests").rglob("*.py")]} - {ROOT / "tests"}
    silent = [
        folder.relative_to(ROOT).as_posix()
        for folder in sorted(folders)
        if not (folder / "__init__.py").exists()
        or ast.get_docstring(ast.parse((folder / "__init__.py").read_text(encoding="utf-8"))) is None
    ]

    assert silent == []
