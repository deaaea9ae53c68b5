"""What an apply says at its end: how it went, what is left, and what to do about each doubt."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pushspec.plan.words import counted
from pushspec.views.doubt import doubt_lines
from pushspec.visible import visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pushspec.apply.result import RunResult
    from pushspec.lockfile.status import Doubt


def run_text(result: RunResult, lock: str, doubts: Sequence[Doubt]) -> str:
    """Return the end of an apply; it stands here since views know no runs."""
    return "\n".join(_lines(result, lock, doubts)) + "\n"


def _lines(result: RunResult, lock: str, doubts: Sequence[Doubt]) -> Iterator[str]:
    counts = [f"{result.sent} sent"]
    counts += [
        f"{number} {word}"
        for number, word in (
            (result.refused, "refused"),
            (result.not_sent, "not sent"),
            (result.left, "left"),
            (result.in_doubt, "in doubt"),
        )
        if number
    ]
    refused = f" · {counted(result.refused_accounts, 'account')} refused" if result.refused_accounts else ""
    yield ""
    yield f"Applied: {', '.join(counts)}{refused}. Recorded in {visible(lock)}"
    if result.text:
        yield f"Stopped: {visible(result.text)}"
    if result.error is not None:
        yield f"error: {visible(str(result.error))}"
    for doubt in doubts:
        yield ""
        yield from doubt_lines(doubt)
    if result.left and not doubts:
        yield "Apply again to go on where this run stopped; nothing is sent twice."
