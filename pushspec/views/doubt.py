"""What a person reads who finds a call in doubt: what is known, what is not, whom it concerns, what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pushspec.instants import local_text
from pushspec.plan.words import counted
from pushspec.visible import visible

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pushspec.lockfile.status import Doubt


def doubt_lines(doubt: Doubt) -> Iterator[str]:
    """Yield the lines on one call in doubt."""
    call = doubt.call
    whom = counted(call.accounts, "account") if call.accounts else visible(doubt.audience)
    yield f"? {call.key} is IN DOUBT: it may have been sent, or not"
    yield f"  known      {call.endpoint}, to {whom}, begun {local_text(call.intended_at, seconds=True)}"
    if call.text:
        yield f"             {visible(call.text)}"
    yield "  not known  whether the service took it; pushspec never sends it again by itself"
    yield "  to do      look for it in the console's push record or in your callbacks, and say what you find:"
    yield f"             pushspec resolve {call.key} --as sent --why '...'"
    yield f"             pushspec resolve {call.key} --as not-sent --why '...'"
    since = local_text(doubt.resolvable_at, seconds=True)
    yield f"             (not-sent only from {since}: until then it may still arrive)"
