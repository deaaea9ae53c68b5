"""How an endpoint reads its request: the JSON object, and what a ``null`` in it means."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from pushspec.sandbox.checks.fields import drop_nulls, parse_object
from pushspec.sandbox.checks.send_fields import Rules

if TYPE_CHECKING:
    from pushspec.sandbox.answers import Body
    from pushspec.sandbox.state import State

_NULLS_NAMED = 5


def read_body(state: State, raw: bytes, code: int) -> Body:
    """Return the JSON object of a request.

    Clients in Go and Java send ``null`` for what they leave out, and no page speaks of it: by the reading
    ``null_is_absent`` such a field is not there, and the stream of calls says so.

    Raises:
        Refusal: ``code``, it is empty, not JSON, or no object.
    """
    body = parse_object(raw, code)
    if b"null" in raw and state.settings.readings.null_is_absent and (dropped := drop_nulls(body)):
        more = f" and {len(dropped) - _NULLS_NAMED} more" if len(dropped) > _NULLS_NAMED else ""
        state.remarks.append(f"null, read as absent: {', '.join(dropped[:_NULLS_NAMED])}{more}")
    return body


def rules_of(state: State) -> Rules:
    """Return what the checks of a send need to know of the app."""
    return Rules(
        state.settings.limits,
        state.settings.readings,
        state.accounts.attribute_slots,
        partial(read_body, state),
    )
