"""From the files to the phones: made-up projects and edits, played with the real command line."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from oracle.generate import draw_history
from oracle.judge import BrokenPromiseError
from oracle.killed import play_killed
from oracle.not_yet import NOT_YET
from oracle.planted import BUGS, PATIENCE
from oracle.play import broken_promise
from oracle.prove import play_batch
from oracle.shrink import shrink, story

if TYPE_CHECKING:
    from collections.abc import Iterator

    from oracle.planted import Bug

HISTORIES = 500
_AT_ONCE = 25
_TESTS = Path(__file__).parents[1]
_JUDGED = ("pushspec.spec", "pushspec.audience", "pushspec.plan", "pushspec.apply", "pushspec.api")


@pytest.mark.parametrize("first", range(0, HISTORIES, _AT_ONCE))
def test_what_the_files_allow_arrives_and_nothing_else(first: int) -> None:
    """Nobody else, nobody twice, no other byte, at no other time, and all that was approved."""
    figures = play_batch(range(first, first + _AT_ONCE))

    assert figures.broken == [], "play one with: cd tests && python -m oracle.play --seed N"
    assert figures.tally["requests"] > 0


@pytest.mark.parametrize("seed", [0, 4, 7])
def test_no_moment_of_death_sends_twice_or_forgets(seed: int) -> None:
    """The kernel kills where no test thought of, and the run behind it sends the rest."""
    play_killed(seed)


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.name)
def test_every_planted_bug_is_found(bug: Bug) -> None:
    """An oracle that passes with a bug planted before it proves nothing."""
    assert bug.found_at(bug.seed) is not None, f"not within {PATIENCE} histories from {bug.seed} on"


def test_a_file_history_is_the_same_each_time() -> None:
    """A seed in a report must lead to the same failure on another machine."""
    assert [draw_history(seed) for seed in range(40)] == [draw_history(seed) for seed in range(40)]


def test_a_failing_file_history_shrinks() -> None:
    """People read one campaign and one apply, not a project."""
    bug = next(bug for bug in BUGS if bug.name.startswith("no exclude"))
    with bug.planted():
        seed = bug.found_at(bug.seed)
        assert seed is not None
        history = draw_history(seed)
        broken = broken_promise(history)
        assert isinstance(broken, BrokenPromiseError)
        small = shrink(history, broken)

    assert len(small.steps) == 1
    assert len(story(small)) <= len(story(history))


def test_the_oracle_shares_no_code_with_what_it_judges() -> None:
    """Whoever reads the files with the product's own eyes sees what the product sees."""
    found = [
        f"{path.name}: {module}"
        for path in sorted((_TESTS / "oracle").glob("*.py"))
        if path.name != "planted.py"
        for module in _imported(path)
        if module.startswith(_JUDGED)
    ]

    assert found == []


def _imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{name.name}" for name in node.names)
        elif isinstance(node, ast.Import):
            yield from (name.name for name in node.names)


def test_what_is_not_asked_yet_has_a_reason() -> None:
    """A capability that is switched off is a gap, and a gap without a reason is forgotten."""
    assert [name for name, reason in NOT_YET.items() if not re.search(r"\w \w", reason)] == []
