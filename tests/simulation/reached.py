"""Which tests run which lines of a module, so that a change of a line meets those tests and no others."""

from __future__ import annotations

import ast
import inspect
import sys
import threading
import time
from collections import defaultdict
from typing import TYPE_CHECKING

import hypothesis
import pytest

if TYPE_CHECKING:
    from collections.abc import Collection, Generator, Iterable, Mapping
    from types import FrameType
    from typing import Any


class Watch:
    """A plugin of pytest that notes for each line of some modules the tests that run it."""

    def __init__(self, files: Iterable[str]) -> None:
        """Watch files.

        Args:
            files: As their frames name them.
        """
        self._files = frozenset(files)
        self._lines: set[tuple[str, int]] = set()
        self._tests: dict[tuple[str, int], dict[str, float]] = defaultdict(dict)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        """Run a test, its fixtures included, with an eye on the files."""
        self._lines.clear()
        began = time.perf_counter()
        threading.settrace(self._look)
        sys.settrace(self._look)
        try:
            return (yield)
        finally:
            sys.settrace(None)
            threading.settrace(None)
            for line in self._lines:
                self._tests[line][item.nodeid] = time.perf_counter() - began

    def tests(self, file: str) -> dict[int, list[str]]:
        """Return for each line of a file that a test ran the tests that did, the quickest first."""
        return {
            line: sorted(tests, key=tests.__getitem__)
            for (name, line), tests in self._tests.items()
            if name == file
        }

    def _look(self, frame: FrameType, event: str, arg: Any) -> Any:
        # A module's own lines run once, as it is loaded, and what they made reaches every test.
        is_function = frame.f_code.co_flags & inspect.CO_OPTIMIZED
        return self._note if is_function and frame.f_code.co_filename in self._files else None

    def _note(self, frame: FrameType, event: str, arg: Any) -> Any:
        self._lines.add((frame.f_code.co_filename, frame.f_lineno))
        return self._note


def whole_statements(source: str) -> dict[int, range]:
    """Return for each line of a statement all of its lines, or those before what stands in it.

    What an expression of several lines asks may stand on another line than what it gives.
    """
    found: dict[int, range] = {}
    for node in ast.walk(ast.parse(source)):  # from the outside in
        if isinstance(node, ast.stmt):
            body = getattr(node, "body", None)
            end = body[0].lineno if body else (node.end_lineno or node.lineno) + 1
            lines = range(node.lineno, max(end, node.lineno + 1))
            found |= dict.fromkeys(lines, lines)
    return found


class Only:
    """A plugin of pytest that runs the named tests alone, in their order; all where none is found.

    A change may give tests of other parameters other names, and no test at all would look like a failure.
    """

    def __init__(self, tests: Collection[str]) -> None:
        """Name them as pytest does."""
        self._places: Mapping[str, int] = {test: place for place, test in enumerate(tests)}

    def pytest_configure(self) -> None:
        """Let a property test end at its first failure: nobody reads the smallest one of a mutant."""
        phases = (hypothesis.Phase.explicit, hypothesis.Phase.generate)
        hypothesis.settings.register_profile("mutant", hypothesis.settings.default, phases=phases)
        hypothesis.settings.load_profile("mutant")

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Leave the others out."""
        named = [item for item in items if item.nodeid in self._places]
        items[:] = sorted(named, key=lambda item: self._places[item.nodeid]) or items
