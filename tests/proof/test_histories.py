"""Sent once, whatever dies: thousands of made-up histories against the real engine."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from simulation.events import draw_history, shrink
from simulation.prove import BUGS
from simulation.universe import broken_promise

if TYPE_CHECKING:
    from simulation.planted import Bug

HISTORIES = 5_000
AT_ONCE = 100
PATIENCE = 3_000
"""A planted bug must be found within so many seeds."""
_PAGE = (Path(__file__).parents[2] / "docs" / "proof.md").read_text(encoding="utf-8")
_FOUND_AFTER = {
    name: int(count.replace(",", ""))
    for name, count in re.findall(r"^\| (.+?) \| ([\d,]+) \|$", _PAGE, flags=re.MULTILINE)
}
"""After how many histories each planted bug was found: where to look first, all others come after."""


@pytest.mark.parametrize("first", range(0, HISTORIES, AT_ONCE))
def test_no_history_breaks_a_promise(first: int) -> None:
    """0 double sends, 0 lost TaskIds, 0 forgotten calls; a failure names its seed and its smallest form."""
    for seed in range(first, first + AT_ONCE):
        history = draw_history(seed)
        broken = broken_promise(history)
        if broken:
            small = shrink(history, lambda candidate: bool(broken_promise(candidate)))
            pytest.fail(f"seed {seed}: {broken}\nsmallest: {small!r}\nwhich says: {broken_promise(small)}")


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.name)
def test_every_planted_bug_is_found(bug: Bug) -> None:
    """A proof that passes with a bug planted under it proves nothing."""
    first = _FOUND_AFTER[bug.name] - 1
    with bug.planted():
        assert any(broken_promise(draw_history(seed)) for seed in (*range(first, PATIENCE), *range(first)))


def test_the_page_of_the_proof_names_every_planted_bug() -> None:
    """Whoever reads it wants to know what was tried, and not what was tried last year."""
    assert list(_FOUND_AFTER) == [bug.name for bug in BUGS]


def test_a_history_is_the_same_each_time() -> None:
    """A seed in a report must lead to the same failure on another machine."""
    assert [draw_history(seed) for seed in range(50)] == [draw_history(seed) for seed in range(50)]


def test_a_failing_history_shrinks() -> None:
    """People read two events, not nine."""
    bug = next(bug for bug in BUGS if bug.name.startswith("a timeout"))
    with bug.planted():
        seed = next(seed for seed in range(PATIENCE) if broken_promise(draw_history(seed)))
        small = shrink(draw_history(seed), lambda candidate: bool(broken_promise(candidate)))
        assert len(small) == 1
