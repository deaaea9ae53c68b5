"""How listed accounts become calls: as few as the service's limits allow, the same ones every time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pushspec.canonical import wire_json
from pushspec.tencent.endpoints import EndpointName

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pushspec.canonical import Json
    from pushspec.tencent.endpoints import Endpoint
    from pushspec.tencent.limits import Limits

_FIXED_BYTES = len(wire_json({"To_Account": [], "MsgRandom": 4_294_967_295})) + 1
"""What every body has beside its content: the two fields, at their longest, and a comma."""


def split_accounts(
    accounts: Sequence[str], content: Mapping[str, Json], endpoint: Endpoint, limits: Limits
) -> list[tuple[int, int]]:
    """Return the parts of a list of accounts as half-open ranges; joined, they are the whole list.

    A part holds as many accounts as a call may name. On ``openim/batchsendmsg`` the whole body is bounded as
    well (its code 93000), so that long ids make for more parts.

    Raises:
        ValueError: Not even one account fits beside the content.
    """
    if endpoint.name is not EndpointName.BATCHSENDMSG:
        step = limits.accounts_per_call.value
        return [(start, min(start + step, len(accounts))) for start in range(0, len(accounts), step)]
    room = limits.batchsendmsg_body_bytes.value - len(wire_json(dict(content))) - _FIXED_BYTES
    parts: list[tuple[int, int]] = []
    start, used = 0, 0
    for index, account in enumerate(accounts):
        size = len(wire_json(account)) + 1
        if size > room:
            raise ValueError("not even one account fits beside the content")
        if index - start == limits.accounts_per_call.value or used + size > room:
            parts.append((start, index))
            start, used = index, 0
        used += size
    return [*parts, (start, len(accounts))]
