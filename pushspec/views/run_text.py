"""What a run did, as people read it at its end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pushspec.plan.words import counted
from pushspec.visible import visible

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pushspec.apply.result import RunResult


def run_text(result: RunResult, lock: str) -> str:
    """Return the end of an apply: how it went, what is left, and what to do about doubts."""
    return "\n".join(_lines(result, lock)) + "\n"


def _lines(result: RunResult, lock: str) -> Iterator[str]:
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
    yield f"Applied: {', '.join(counts)}{refused}. Recorded in {lock}"
    if result.text:
        yield f"Stopped: {visible(result.text)}"
    if result.error is not None:
        yield f"error: {visible(str(result.error))}"
    if result.doubts:
        yield from _doubt(result.doubts)
    elif result.left:
        yield "Apply again to go on where this run stopped; nothing is sent twice."


def _doubt(keys: tuple[str, ...]) -> Iterator[str]:
    yield ""
    yield f"IN DOUBT: {', '.join(keys)}"
    yield "  The request left this machine and no trustworthy answer came: it may have been sent, or not."
    yield "  pushspec will not send it again by itself."
    yield "  Look at the push record in the console or at your callbacks, then say what you found:"
    yield f"    pushspec resolve {keys[0]} --as sent --why '...'   or   --as not-sent --why '...'"
