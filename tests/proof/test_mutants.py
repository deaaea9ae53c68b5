"""The mutants themselves: what is changed, what is left alone, and that the accepted ones still exist."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from contextlib import suppress
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from simulation.equivalents import EQUIVALENTS
from simulation.mutants import changes_of, mutants_of
from simulation.mutate import BELOW_ALL_PARTS, ENGINE, PARTS, PROJECT
from simulation.reached import Only, Watch, whole_statements

if TYPE_CHECKING:
    from pathlib import Path


def changes(source: str) -> list[str]:
    return [mutant.change for mutant in mutants_of(source)]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("x = a < b", ["Lt -> LtE"]),
        ("x = a and b", ["and <-> or", "without a", "without b"]),
        ("x = not a", ["without not"]),
        ("x = 3", ["3 -> 4", "3 -> 2"]),
        ("x = 'sent'", ["'sent' -> 'XX'"]),
        ("x = {A, B}", ["without A", "without B"]),
        ("x = A | B", ["without B", "without A"]),
        ("x = max(a, b)", ["max -> min"]),
        ("x = f(a, b=c)", ["without b=c"]),
        ("x = {a: b}", ["without a"]),
        ("x.a = b", ["deleted"]),
        ("x += y", ["deleted"]),
        ("for x in y:\n    break", ["break -> continue"]),
        ("class A:\n    x: int | None = None", ["None -> 'XX'"]),
        ("match x:\n    case A() | B():\n        pass", ["without A()", "without B()"]),
    ],
)
def test_a_line_is_changed_in_each_way_that_matters(source: str, expected: list[str]) -> None:
    """A mutator that knows few changes finds few missing tests."""
    assert changes(source) == expected


@pytest.mark.parametrize(
    "source",
    [
        "'A sentence for a reader.'",
        "x = 'a sentence for a person'",
        "x = f'{code} was refused'",
        "raise_it(hint='word')",
        "def f(x: Literal['word']) -> Literal['word']: pass",
        "if TYPE_CHECKING:\n    x = 1",
        "__all__ = ['word']",
    ],
)
def test_what_only_people_read_is_left_alone(source: str) -> None:
    """Else every message would need a test of its wording."""
    assert [change for change in changes(source) if change != "deleted"] == []


def test_each_mutant_is_the_module_with_one_change() -> None:
    """The next one must not carry the change before it."""
    assert [mutant.source for mutant in mutants_of("x = [a < b, 1]")] == [
        "x = [a <= b, 1]",
        "x = [a < b, 2]",
        "x = [a < b, 0]",
    ]


def test_every_accepted_mutant_still_exists_and_has_its_reason() -> None:
    """A line that was changed since must be judged anew."""
    exist = {
        (part, line, change) for part in PARTS for line, change in changes_of((PROJECT / part).read_text())
    }
    assert set(EQUIVALENTS) <= exist
    assert all(EQUIVALENTS.values())


def test_the_engine_is_judged_by_tests_that_need_no_project() -> None:
    """They run without ``conftest.py``: a command's test would fail unchanged, and end the whole run."""
    assert {test.split("/")[1] for tests in ENGINE.values() for test in tests} <= {
        "apply",
        "lockfile",
        "operate",
        "tencent",
    }


def test_nothing_that_is_changed_is_loaded_before_it_is_changed() -> None:
    """A mutant of a module that was loaded already would never run, and so survive."""
    code = f"import {', '.join(BELOW_ALL_PARTS)}, sys; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    changed = {part.removesuffix(".py").replace("/", ".") for part in PARTS}
    assert changed & set(done.stdout.split()) == set()


def test_the_tests_that_judge_exist() -> None:
    """A test, or a file of them, that was renamed would judge nothing."""
    for test in {test for tests in PARTS.values() for test in tests}:
        file, _, name = test.partition("::")
        assert f"def {name}(" in (PROJECT / file).read_text() if name else (PROJECT / file).is_file(), test


def test_a_statement_of_several_lines_is_met_by_the_tests_of_each_of_them() -> None:
    """What decides between two texts stands behind the first, which a test of the second never runs."""
    source = (
        "def f(x):\n    return g(\n        1\n        if x\n        else 2\n    )\nif (\n    a\n):\n    b()\n"
    )

    lines = whole_statements(source)

    assert sorted(lines) == list(range(1, 11))
    assert {lines[line] for line in (2, 3, 4, 5, 6)} == {range(2, 7)}
    assert {lines[line] for line in (7, 8, 9)} == {range(7, 10)}
    assert (lines[1], lines[10]) == (range(1, 2), range(10, 11))


def test_a_line_is_reached_by_the_tests_that_run_it(tmp_path: Path) -> None:
    """What runs as the module is loaded is reached by no single one."""
    file = tmp_path / "judged.py"
    file.write_text("def chosen(one):\n    if one:\n        return 1\n    return 2\n")
    spec = importlib.util.spec_from_file_location("judged", file)
    assert spec is not None
    assert spec.loader is not None
    module, watch = importlib.util.module_from_spec(spec), Watch([str(file)])

    for name, argument in (("first", True), ("second", False)):
        item: Any = SimpleNamespace(nodeid=name)
        test = watch.pytest_runtest_protocol(item)
        next(test)
        spec.loader.exec_module(module)
        module.chosen(argument)
        with suppress(StopIteration):
            test.send(None)

    reached = watch.tests(str(file))
    assert {line: set(tests) for line, tests in reached.items()} == {
        2: {"first", "second"},
        3: {"first"},
        4: {"second"},
    }


@pytest.mark.parametrize(
    ("named", "left"), [(["c", "a"], ["c", "a"]), (["gone", "b"], ["b"]), (["gone"], ["a", "b", "c"])]
)
def test_a_mutant_meets_the_named_tests_and_never_none(named: list[str], left: list[str]) -> None:
    """Where a change gave them other names, no test at all would count as a kill."""
    items: Any = [SimpleNamespace(nodeid=name) for name in "abc"]

    Only(named).pytest_collection_modifyitems(items)

    assert [item.nodeid for item in items] == left
